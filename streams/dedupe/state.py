"""What dedupe remembers: a row for each article, as JSON in the state topic and in memory.

The rows of a batch are an overlay (`View`) until the batch's transaction is committed, and are dropped with it
otherwise: what is in `State` is exactly what is in the topic. Time is `news_ingested_at`, never the clock.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from streams.events import Article
from streams.settings import Settings
from streams.topics import DAY_MS

# A row is dropped this long after its window has run out: lanes mix pages whose times are not quite in order.
SLACK_MS = DAY_MS
# Visits of one article that are told apart; an older one that comes back counts as a re-fetch. A news page that is
# fetched every half hour stands for 8 hours.
HISTORY = 16


class Arrival(Struct, frozen=True):
    """Where a record's page stands in the input (topic/partition/offset/part), when it came (ms), who judges it."""

    position: str
    ingested_at: int
    version: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What was decided on one visit of an article."""

    kind: Literal["unique", "revision", "exact", "revision_unchanged"]
    revision: int
    story_id: str
    supersedes: list[str]
    text_key: str
    text_sha256: str
    claims: bool = False  # copies of this text are from now on judged against this article
    position: str = ""
    version: str = ""

    @property
    def passed(self) -> bool:
        """Whether the article went on to the next stage."""
        return self.kind in {"unique", "revision"}


class Row(Struct, frozen=True, kw_only=True):
    """An article: its last visits and verdicts, the last one last, and how good a copy it is."""

    article_id: str
    seen_at: int
    original: bool  # the publisher's own page, rather than a part of another page or an aggregator's copy
    verdicts: list[Verdict]

    @property
    def last(self) -> Verdict:
        """The verdict on the last visit."""
        return self.verdicts[-1]

    def verdict_at(self, position: str) -> Verdict | None:
        """Find what was decided when this very record was read before."""
        return next((verdict for verdict in self.verdicts if verdict.position == position), None)


def is_original(article: Article) -> bool:
    """Whether this copy is the publisher's own: it wins over an equal one from an aggregator or out of a page."""
    return article.part_of is None and article.source.kind != "aggregator"


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Row).decode


class State:
    """The committed rows of one partition, bounded by a window in time and in entries.

    Args:
        window_ms: rows that were not seen for longer are forgotten.
        max_entries: above it, the rows seen longest ago are forgotten at the end of a batch: unlike the window, this
            bound can move a verdict with the place where batches end, so it is to be far above what a window holds.
    """

    def __init__(self, *, window_ms: int, max_entries: int) -> None:
        self._window_ms = window_ms
        self._max_entries = max_entries
        self._rows: dict[str, bytes] = {}  # in the order of their last visit
        self._texts: dict[str, str] = {}  # text_key → article_id of the story's best copy with that text
        self.bytes = 0

    @classmethod
    def empty(cls, settings: Settings) -> "State":
        """Make an empty state with the bounds that the settings name."""
        return cls(window_ms=round(settings.dedupe_window_days * DAY_MS), max_entries=settings.dedupe_max_entries)

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, article_id: str) -> Row | None:
        """Look an article up."""
        raw = self._rows.get(article_id)
        return _decode(raw) if raw is not None else None

    def owner(self, text_key: str) -> str | None:
        """Name the article that first had this text, or the better copy that took its place."""
        return self._texts.get(text_key)

    def in_window(self, row: Row, now: int) -> bool:
        """Whether a row still counts for an article that came at `now` (ms)."""
        return row.seen_at >= now - self._window_ms

    def load(self, article_id: str, value: bytes | None) -> None:
        """Take in one record of the state topic; null: the article is forgotten."""
        self._drop(article_id)
        if value is None:
            return
        row = _decode(value)
        self._rows[article_id] = value
        self.bytes += len(value)
        for text_key in _claimed(row, self._texts.get, self.row):
            self._texts[text_key] = article_id
        self._expire(row.seen_at)

    def _drop(self, article_id: str) -> None:
        value = self._rows.pop(article_id, None)
        if value is None:
            return
        self.bytes -= len(value)
        for verdict in _decode(value).verdicts:
            if self._texts.get(verdict.text_key) == article_id:
                del self._texts[verdict.text_key]

    def _expire(self, now: int) -> None:
        while self._rows:
            oldest = next(iter(self._rows))
            row = _decode(self._rows[oldest])
            if len(self._rows) <= self._max_entries and self.in_window(row, now - SLACK_MS):
                return
            self._drop(oldest)


class View:
    """The state as a batch sees it: the committed rows, under what the batch itself decided so far.

    What has left its window is not seen, dropped or not: verdicts do not depend on where batches end.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._rows: dict[str, Row | None] = {}
        self._texts: dict[str, str] = {}

    def row(self, article_id: str, now: int) -> Row | None:
        """Look an article up, as of `now` (ms)."""
        row = self._any_row(article_id)
        return row if row is not None and self._state.in_window(row, now) else None

    def with_text(self, text_key: str, now: int) -> Row | None:
        """Find the article that first had this text, or the better copy that took its place."""
        article_id = self._owner(text_key)
        row = self.row(article_id, now) if article_id is not None else None
        # The batch may have forgotten the article, or that visit of it, since it claimed the text.
        return row if row and any(verdict.claims and verdict.text_key == text_key for verdict in row.verdicts) else None

    def _any_row(self, article_id: str) -> Row | None:
        return self._rows[article_id] if article_id in self._rows else self._state.row(article_id)

    def _owner(self, text_key: str) -> str | None:
        return self._texts.get(text_key) or self._state.owner(text_key)

    def put(self, rows: Iterable[Row]) -> list[tuple[str, bytes]]:
        """Remember rows for the rest of the batch.

        Returns:
            The records for the state topic: (article_id, value).
        """
        records = []
        for row in rows:
            self._rows[row.article_id] = row
            for text_key in _claimed(row, self._owner, self._any_row):
                self._texts[text_key] = row.article_id
            records.append((row.article_id, _encode(row)))
        return records

    def forget(self, article_id: str) -> None:
        """Forget an article for the rest of the batch."""
        self._rows[article_id] = None


def _claimed(row: Row, owner: Callable[[str], str | None], find: Callable[[str], Row | None]) -> Iterator[str]:
    """Give the texts that a row claims, but those whose owner took them over from it."""
    for verdict in row.verdicts:
        if not verdict.claims:
            continue
        article_id = owner(verdict.text_key)
        other = find(article_id) if article_id not in {None, row.article_id} else None
        if other is None or not any(row.article_id in taken.supersedes for taken in other.verdicts):
            yield verdict.text_key


def recent(verdicts: list[Verdict], added: Verdict) -> list[Verdict]:
    """Add a verdict to an article's history, in place of an earlier one on the same record."""
    if any(verdict.position == added.position for verdict in verdicts):
        return [added if verdict.position == added.position else verdict for verdict in verdicts]
    return [*verdicts[-HISTORY + 1 :], added]
