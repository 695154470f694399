"""The rules by which one article is judged, in the order in which they are asked."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from msgspec import structs

from streams.dedupe.evidence import PASSAGE_CHARS, passages
from streams.dedupe.fingerprint import Text
from streams.dedupe.likeness import Likeness, judge
from streams.dedupe.rows import Row, Verdict, is_original, name_hash, recent
from streams.dedupe.state import Arrival, View
from streams.events import Article
from streams.identity import folded, short_hash

HOUR_MS = 3_600_000
# A body under 20 words (an English news sentence) does not name a story by itself: "Watch the video." Its title does.
SHORT_BODY_WORDS = 20
NEAR_WORDS = 25  # the trees know no shorter text (`fit.py`), and in one of 20 words one other name is another report
TITLE_WORDS = 5  # of a title that names a story by itself; "Weather" and "Letters to the editor" do not
# A copy is contained in another when this much of it stands there and it is shorter: the rest is furniture.
CONTAINED = 0.9
SHORTER = 0.9
# A copy is fuller when it holds most of another and half as much again: less is furniture, or a paragraph more.
FULLER_HOLDS = 0.85
FULLER_WORDS = 1.5
# A copy that differs this much from those known is indexed itself: a copy of it may share little with the others.
# But no more than so many of a story, so that one that everybody copies fills no index.
DIFFERS = 0.8
COPIES = 6
NEAREST = 3
RESEMBLES = 0.1  # of the shorter text shared: less is chance, or a phrase


class Case:
    """One article, and what is known of its like.

    Args:
        article: the article.
        state: the rows of those before it.
        arrival: where its page stands in the input, when it came, who judges.
        near_hours: how far back copies with changes are looked for.
        same_source: whether it can be a copy of an article of its own source.
    """

    def __init__(
        self, article: Article, state: View, arrival: Arrival, *, near_hours: float, same_source: bool
    ) -> None:
        self._article = article
        self._state = state
        self._now = arrival.ingested_at
        self._near_ms = round(near_hours * HOUR_MS)
        self._same_source = same_source
        self._source = name_hash((article.source.domain or article.source.name or "").lower())
        self._original = is_original(article)
        self._known = state.row(article.article_id, self._now)
        self._told = self._known.verdict_at(arrival.position) if self._known else None
        self._redelivered = self._told is not None and self._told.version == arrival.version
        self._text = Text(article.title, article.paragraphs)
        self._text_key = _text_key(article, self._text)
        self._title_key = _title_key(article.title)

    def verdict(self) -> Verdict:
        """Judge."""
        known, told = self._known, self._told
        if told and self._redelivered:
            return told  # it meets itself: its old verdict, value included
        if told and (told.passed or told.kind == "revision_unchanged"):
            # Re-processed by another version: the same article, passed on again with what that version makes of it.
            whole = [] if told.passed else self._whole()
            return structs.replace(told, text_key=self._text_key, text_sha256=self._article.text_sha256, passages=whole)
        if known and not told:
            if known.last.text_sha256 == self._article.text_sha256:
                return structs.replace(
                    known.last, kind="revision_unchanged", similarity=1.0, passages=self._whole(), nearest=[]
                )
            if known.passed:
                return self._changed(known)
        return self._exact() or self._near() or self._by_title() or self._new()

    def row(self, verdict: Verdict) -> Row:
        """Make the row to remember."""
        known = self._known
        indexed = self._is_indexed(verdict)
        return Row(
            article_id=self._article.article_id,
            first_at=known.first_at if known else self._now,
            seen_at=max(self._now, known.seen_at if known else 0),
            original=self._original or (known is not None and known.original),
            source=self._source,
            title_key=self._title_key,
            verdicts=recent(known.verdicts if known else [], verdict),
            keys=np.array(self._alike[0], np.uint32).tobytes() if indexed else known.keys if known else b"",
            fingerprint=self._text.fingerprint if indexed else known.fingerprint if known else None,
        )

    def _is_indexed(self, verdict: Verdict) -> bool:
        if self._redelivered or verdict.kind in {"exact", "revision_unchanged"}:
            return False
        if verdict.passed or (self._known and self._known.passed):
            return verdict.passed
        copies = [likeness for likeness, row in self._pairs if row.last.story_id == verdict.story_id]
        return len(copies) < COPIES and all(likeness.jaccard < DIFFERS for likeness in copies)

    # ------------------------------------------------------------------------------------------------------ the rules

    def _changed(self, known: Row) -> Verdict:
        """Judge another text under a known URL: a revision, unless a teaser of the page comes after the page."""
        last = known.last
        if known.original and not self._original and known.fingerprint:
            likeness = judge(self._text, [known.fingerprint])[0]
            if not self._article.paragraphs or likeness.of_text >= CONTAINED:
                found = self._verdict("contained", last.revision, last.story_id, likeness=likeness, row=known)
                # What is known of the page stays what is known.
                return structs.replace(found, text_key=last.text_key, text_sha256=last.text_sha256)
        return self._verdict("revision", last.revision + 1, last.story_id, claims=self._twin is None)

    def _exact(self) -> Verdict | None:
        """The same words, whatever their type, under another URL."""
        twin = self._twin
        if twin is None:
            return None
        if self._original and not twin.original and twin.passed:
            return self._verdict("revision", 1, twin.last.story_id, supersedes=[twin.article_id], claims=True)
        return self._copy("exact", twin)

    def _near(self) -> Verdict | None:
        """Most of the same words."""
        if not self._pairs or not self._pairs[0][0].same:
            return None
        likeness, row = self._pairs[0]
        story = row.last.story_id
        standing = [pair for pair in self._pairs if pair[0].same and pair[1].last.story_id == story and pair[1].passed]
        beaten = [other.article_id for of, other in standing if self._beats(of, other)]
        if beaten and len(beaten) == len(standing):
            return self._verdict("revision", 1, story, supersedes=beaten, claims=True, likeness=likeness)
        shorter = row.fingerprint is not None and self._text.words < SHORTER * row.fingerprint.words
        return self._copy("contained" if shorter and likeness.of_text >= CONTAINED else "near", row, likeness)

    def _beats(self, likeness: Likeness, other: Row) -> bool:
        """Whether this copy takes the place of an earlier one."""
        words = other.fingerprint.words if other.fingerprint else 0
        if self._original and not other.original:
            return self._text.words >= SHORTER * words
        fuller = likeness.of_other >= FULLER_HOLDS and self._text.words >= FULLER_WORDS * words
        return fuller and (self._original or not other.original)

    def _by_title(self) -> Verdict | None:
        """The same headline, where that is all there is of this article or of the earlier one."""
        twin = self._state.with_title(self._title_key, self._now) if self._title_key else None
        if twin is None or not self._counts(twin):
            return None
        if not self._article.paragraphs:
            return self._copy("contained", twin)
        if self._original and not twin.original and twin.passed and twin.fingerprint and not twin.fingerprint.words:
            return self._verdict("revision", 1, twin.last.story_id, supersedes=[twin.article_id], claims=True)
        return None

    def _new(self) -> Verdict:
        known = self._known
        nearest = [
            (row.article_id, likeness.similarity)
            for likeness, row in self._pairs[:NEAREST]
            if likeness.similarity >= RESEMBLES
        ]
        if known and not self._told:  # it was a copy of another article, and is no more
            return self._verdict("revision", known.last.revision + 1, known.last.story_id, claims=True, nearest=nearest)
        return self._verdict("unique", 1, self._article.article_id, claims=True, nearest=nearest)

    def _copy(self, kind: Literal["exact", "near", "contained"], row: Row, likeness: Likeness | None = None) -> Verdict:
        story, own = row.last.story_id, self._article.article_id
        if not row.passed and (story == own or self._state.row(story, self._now) is None):
            # What it repeats was taken down, or forgotten: somebody has to tell the story.
            return self._verdict("unique", 1, story, claims=True)
        revision = self._known.last.revision if self._known else 1
        made = self._verdict(kind, revision, story, claims=kind != "exact", likeness=likeness, row=row)
        return structs.replace(made, duplicate_of=row.article_id) if story == own else made

    # -------------------------------------------------------------------------------------------- what they lean on

    @cached_property
    def _twin(self) -> Row | None:
        twin = self._state.with_text(self._text_key, self._now)
        return twin if twin and self._counts(twin) else None

    @cached_property
    def _alike(self) -> tuple[list[int], list[Row]]:
        if self._text.words < NEAR_WORDS:
            return [], []
        return self._state.alike(*self._text.keys, self._now, self._near_ms)

    @cached_property
    def _pairs(self) -> Sequence[tuple[Likeness, Row]]:
        """Earlier articles that share something, the likeliest first."""
        rows = [row for row in self._alike[1] if self._counts(row)]
        likenesses = judge(self._text, [row.fingerprint for row in rows if row.fingerprint])
        return sorted(zip(likenesses, rows, strict=True), key=lambda pair: -pair[0].probability)

    def _counts(self, row: Row) -> bool:
        """Whether an article can be a copy of this row's. One that is re-processed looks only at those before it."""
        if row.article_id == self._article.article_id or (row.source == self._source and not self._same_source):
            return False
        told, known = self._told, self._known
        if told is None or known is None:
            return True
        # What it was a copy of was read before it, whatever the brokers' clocks said of the two raw records.
        return row.article_id in {told.story_id, told.duplicate_of} or row.first_at <= known.first_at

    def _whole(self) -> list[tuple[int, int, int]]:
        return [(0, 0, len(self._article.paragraphs[0][:PASSAGE_CHARS]))] if self._article.paragraphs else []

    def _verdict(
        self,
        kind: Literal["unique", "revision", "exact", "near", "contained"],
        revision: int,
        story_id: str,
        *,
        supersedes: Sequence[str] = (),
        claims: bool = False,
        nearest: Sequence[tuple[str, float]] = (),
        likeness: Likeness | None = None,
        row: Row | None = None,
    ) -> Verdict:
        if kind == "exact":
            evidence = self._whole()
        elif row and row.fingerprint:
            evidence = passages(self._text, self._article.paragraphs, row.fingerprint)
        else:
            evidence = []
        return Verdict(
            kind=kind,
            revision=revision,
            story_id=story_id,
            supersedes=list(supersedes),
            text_key=self._text_key,
            text_sha256=self._article.text_sha256,
            claims=claims,
            similarity=likeness.similarity if likeness else 1.0,
            passages=evidence,
            nearest=list(nearest),
        )


def _text_key(article: Article, text: Text) -> str:
    words = text.folded if text.whole else folded("\n".join(article.paragraphs))
    if article.word_count < SHORT_BODY_WORDS:
        words = folded(f"{article.title or ''}\n{words}") or f"{article.title}\n{article.paragraphs}"
    return short_hash(words)


def _title_key(title: str | None) -> str:
    words = folded(title or "")
    return short_hash("title", words)[:12] if words.count(" ") >= TITLE_WORDS - 1 else ""
