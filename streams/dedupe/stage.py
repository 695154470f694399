"""dedupe: the same story once. The first copy passes, a changed one is a revision, a repeat is a duplicate with proof.

A copy is recognised by its URL (its `article_id`), by its text with case, punctuation and white space folded away, and
by what it shares with an earlier text: candidates come from an inverted index of shingle hashes (`state.py`, Broder
1997), and trees fitted on pairs of copies and look-alikes judge them (`likeness.py`). The rules stand in `verdict.py`.
The verdict on an article is a function of the articles before it, and of nothing else: the same input in the same
order gives the same verdicts, crashes and restarts included. A story is named after its first article, and its copies
are duplicates of that one.
"""

from typing import Literal

from msgspec import structs

from streams.dedupe.rows import Row, Verdict
from streams.dedupe.state import Arrival, View
from streams.dedupe.verdict import Case
from streams.events import Article, Dedupe, Duplicate, Neighbour, Passage, UniqueArticle

PASSED_ON = {"near": frozenset[str](), "contained": frozenset({"near"}), "exact": frozenset({"near", "contained"})}


def dedupe(
    article: Article,
    state: View,
    arrival: Arrival,
    *,
    dedupe_near_hours: float = 72.0,
    dedupe_hold: Literal["near", "contained", "exact"] = "near",
    dedupe_same_source: bool = True,
) -> tuple[UniqueArticle | Duplicate, list[Row]]:
    """Judge one article against those before it.

    Args:
        article: the clean article.
        state: the rows of earlier articles.
        arrival: where the article's page stands in the input, when it came (ms), and which pipeline version judges.
        dedupe_near_hours: copies with changes are looked for among the articles seen in so many hours before.
        dedupe_hold: which copies are held back as duplicates: all (`near`), those that are whole or part of another
            (`contained`), those with the same words (`exact`). The others pass, as articles of the same story.
        dedupe_same_source: whether an article can be a copy of one of its own source under another URL.

    Returns:
        The article with its verdict, or the duplicate with its evidence; and the rows to remember.
    """
    case = Case(article, state, arrival, near_hours=dedupe_near_hours, same_source=dedupe_same_source)
    verdict = case.verdict()
    if verdict.kind in PASSED_ON[dedupe_hold]:
        original = (verdict.duplicate_of or verdict.story_id, verdict.similarity)
        verdict = structs.replace(verdict, kind="unique", nearest=[original], passages=[])
    verdict = structs.replace(verdict, position=arrival.position, version=arrival.version)
    return _outcome(article, verdict), [case.row(verdict)]


def _outcome(article: Article, verdict: Verdict) -> UniqueArticle | Duplicate:
    if verdict.kind == "unique" or verdict.kind == "revision":  # noqa: PLR1714 - mypy narrows this form only
        return UniqueArticle(
            **{name: getattr(article, name) for name in Article.__struct_fields__},
            revision=verdict.revision,
            story_id=verdict.story_id,
            supersedes=verdict.supersedes,
            dedupe=Dedupe(
                verdict=verdict.kind,
                nearest=[Neighbour(article_id=other, similarity=similarity) for other, similarity in verdict.nearest],
            ),
        )
    return Duplicate(
        article_id=article.article_id,
        url=article.url,
        source=article.source,
        title=article.title,
        language=article.language,
        part_of=article.part_of,
        story_id=verdict.story_id,
        duplicate_of=verdict.duplicate_of or verdict.story_id,
        kind=verdict.kind,
        similarity=verdict.similarity,
        shared_passages=[
            Passage(text=article.paragraphs[number][start:end], paragraph=number, start=start, end=end)
            for number, start, end in verdict.passages
        ],
    )
