"""dedupe: the same story once. The first copy passes, a changed one is a revision, a repeat is a duplicate with proof.

A copy is recognised by its URL (its `article_id`) and by its text with case, punctuation and white space folded away.
The verdict on an article is a function of the articles before it, and of nothing else: the same input in the same
order gives the same verdicts, crashes and restarts included. A story is named after its first article.
"""

from typing import Literal

from msgspec import structs

from streams.dedupe.state import Arrival, Row, Verdict, View, is_original, recent
from streams.events import Article, Dedupe, Duplicate, Passage, UniqueArticle
from streams.identity import folded, short_hash

# A body under 20 words (an English news sentence) does not name a story by itself: "Watch the video." Its title does.
SHORT_BODY_WORDS = 20
# Enough of the text to see with one's own eyes that it is the same; an event stays small.
EVIDENCE_CHARS = 300


def dedupe(article: Article, state: View, arrival: Arrival) -> tuple[UniqueArticle | Duplicate, list[Row]]:
    """Judge one article against those before it.

    Args:
        article: the clean article.
        state: the rows of earlier articles.
        arrival: where the article's page stands in the input, when it came, and which pipeline version judges.

    Returns:
        The article with its verdict, or the duplicate with its evidence; and the rows to remember.
    """
    known = state.row(article.article_id, arrival.ingested_at)
    verdict = _judge(article, state, arrival, known)
    verdict = structs.replace(verdict, position=arrival.position, version=arrival.version)
    row = Row(
        article_id=article.article_id,
        seen_at=max(arrival.ingested_at, known.seen_at if known else 0),
        original=is_original(article),
        verdicts=recent(known.verdicts if known else [], verdict),
    )
    return _outcome(article, verdict), [row]


def _judge(article: Article, state: View, arrival: Arrival, known: Row | None) -> Verdict:  # noqa: PLR0911 - a rule each
    text_key = _text_key(article)
    told = known.verdict_at(arrival.position) if known else None
    if told and told.version == arrival.version:
        return told  # a redelivery meets itself: its old verdict, value included
    if told and (told.passed or told.kind == "revision_unchanged"):
        # Re-processed by another version: the same article, passed on again with what that version makes of it.
        return structs.replace(told, text_key=text_key, text_sha256=article.text_sha256)
    twin = state.with_text(text_key, arrival.ingested_at)
    twin = twin if twin and twin.article_id != article.article_id else None
    if known and not told:
        if known.last.text_sha256 == article.text_sha256:
            return structs.replace(known.last, kind="revision_unchanged")
        if any(verdict.passed for verdict in known.verdicts):
            return _verdict(article, "revision", known.last.revision + 1, known.last.story_id, claims=twin is None)
    if twin:
        story = twin.last.story_id
        if is_original(article) and not twin.original:
            return _verdict(article, "revision", 1, story, supersedes=[twin.article_id], claims=True)
        return _verdict(article, "exact", known.last.revision if known else 1, story)
    if known and not told:  # it was a copy of another article, and is no more
        return _verdict(article, "revision", known.last.revision + 1, known.last.story_id, claims=True)
    return _verdict(article, "unique", 1, article.article_id, claims=True)


def _verdict(
    article: Article,
    kind: Literal["unique", "revision", "exact"],
    revision: int,
    story_id: str,
    *,
    supersedes: list[str] | None = None,
    claims: bool = False,
) -> Verdict:
    return Verdict(
        kind=kind,
        revision=revision,
        story_id=story_id,
        supersedes=supersedes or [],
        text_key=_text_key(article),
        text_sha256=article.text_sha256,
        claims=claims,
    )


def _text_key(article: Article) -> str:
    text = " ".join(article.paragraphs)
    if article.word_count < SHORT_BODY_WORDS:
        text = f"{article.title or ''}\n{text}"
    return short_hash(folded(text) or text)


def _outcome(article: Article, verdict: Verdict) -> UniqueArticle | Duplicate:
    if verdict.kind == "unique" or verdict.kind == "revision":  # noqa: PLR1714 - mypy narrows this form only
        return UniqueArticle(
            **{name: getattr(article, name) for name in Article.__struct_fields__},
            revision=verdict.revision,
            story_id=verdict.story_id,
            supersedes=verdict.supersedes,
            dedupe=Dedupe(verdict=verdict.kind, nearest=[]),
        )
    return Duplicate(
        article_id=article.article_id,
        url=article.url,
        source=article.source,
        title=article.title,
        language=article.language,
        part_of=article.part_of,
        story_id=verdict.story_id,
        duplicate_of=verdict.story_id,
        kind=verdict.kind,
        similarity=1.0,
        shared_passages=[
            Passage(text=text[:EVIDENCE_CHARS], paragraph=number, start=0, end=len(text[:EVIDENCE_CHARS]))
            for number, text in enumerate(article.paragraphs[:1])
        ],
    )
