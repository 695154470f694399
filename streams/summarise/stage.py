"""The summarise stage: the story in three sentences. Its front door is `summarise`."""

from streams.events import EXPECTED, NARROWER_TOPICS_IN, EnrichedArticle, TaggedArticle
from streams.flow import Backend
from streams.settings import Settings
from streams.summarise.abstract import judge
from streams.summarise.extract import read_sentences, told_by
from streams.summarise.prompt import Answer


def summarise(article: TaggedArticle, answer: Answer | None = None) -> EnrichedArticle:
    """Add the summary, and say what the article lacks.

    A pure function of the article and the answer. The summary is verbatim sentences of the article in its order, each
    with its place: `paragraphs[paragraph][start:end] == text`; or what a language model said, where the article bears
    it out, with the sentences that do. It raises nothing for any text or answer.

    Args:
        article: what tag passed on.
        answer: what a language model said of it, or why it said nothing; None where no model is asked.

    Returns:
        The finished article: `summary` (null only without text), `missing` (of `events.EXPECTED`, in that order) and
        `complete` (nothing is missing).
    """
    read = read_sentences(article.title, article.paragraphs, article.language)
    summary = told_by(read, article.title, article.language)
    if summary and answer:
        summary = judge(answer, article, read, summary)
    fields = {name: getattr(article, name) for name in TaggedArticle.__struct_fields__}
    present = fields | {
        "body": article.paragraphs,
        "language": article.language if article.language != "und" else None,
        "narrower_topics": article.language.partition("-")[0] == NARROWER_TOPICS_IN,
        "summary": summary,
    }
    missing = [name for name in EXPECTED if not present[name]]
    return EnrichedArticle(**fields, summary=summary, complete=not missing, missing=missing)


def warm() -> None:
    """Load the tables that tell how likely a summary names a word."""
    told = ["The harbour council of Norvik voted for the pier.", "It will cost nine million.", "Work begins in May."]
    told_by(read_sentences("Norvik votes for a pier", told, "en"), "Norvik votes for a pier", "en")


def without_model(settings: Settings) -> bool:
    """Whether the stage is all that makes a summary: a model's answers are waited for in the worker."""
    return settings.llm_url is None


def language_model(settings: Settings) -> Backend | None:
    """Open the language model that the settings name; None, and nothing loaded, where they name none."""
    if settings.llm_url is None:
        return None
    from streams.summarise.backend import LanguageModel  # noqa: PLC0415 - httpx is not loaded without a model

    return LanguageModel(settings)
