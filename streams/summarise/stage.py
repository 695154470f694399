"""The summarise stage: the story in three sentences. Its front door is `summarise`."""

from streams.events import EXPECTED, EnrichedArticle, TaggedArticle
from streams.summarise.extract import extract


def summarise(article: TaggedArticle) -> EnrichedArticle:
    """Add the summary, and say what the article lacks.

    A pure function of the article. The summary is verbatim sentences of the article in its order, each with its place:
    `paragraphs[paragraph][start:end] == text`. It raises nothing for any text.

    Args:
        article: what tag passed on.

    Returns:
        The finished article: `summary` (null only without text), `missing` (of `events.EXPECTED`, in that order) and
        `complete` (nothing is missing).
    """
    summary = extract(article.title, article.paragraphs, article.language)
    fields = {name: getattr(article, name) for name in TaggedArticle.__struct_fields__}
    present = fields | {
        "body": article.paragraphs,
        "language": article.language if article.language != "und" else None,
        "summary": summary,
    }
    missing = [name for name in EXPECTED if not present[name]]
    return EnrichedArticle(**fields, summary=summary, complete=not missing, missing=missing)
