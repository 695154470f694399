"""What dedupe knows: the rows of one partition, on disk, and an index of them in memory.

The rows of a batch are an overlay (`View`) until the batch's transaction is committed, and are dropped with it
otherwise: what is in `State` is exactly what is in the topic, in the order of the topic. Time is `news_ingested_at`,
never the clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from streams.dedupe.fingerprint import KEYS, LEAD_KEYS
from streams.dedupe.index import Index
from streams.dedupe.rows import Row, decode, encode, name_hash, readable
from streams.dedupe.store import Store
from streams.settings import Settings
from streams.topics import DAY_MS

# A row is dropped this long after its window has run out: lanes mix pages whose times are not quite in order.
SLACK_MS = DAY_MS
# Rows looked at for one key. A key that as many hold names no story but a site's furniture: others take its place.
# 20 to 60 find the same copies (0.9986 of them in a set of 4,000 articles).
BUCKET = 30
CANDIDATES = 12  # compared with an article; it takes 25 µs each
RARE = 100  # a key that few hold counts as much as all that many hold


class Arrival(Struct, frozen=True):
    """Where a record's page stands in the input (topic/partition/offset/part), when it came (ms), who judges it."""

    position: str
    ingested_at: int
    version: str


class Change(NamedTuple):
    """What a record of the state topic does to the state.

    Attributes:
        article_id: its key.
        value: the row as it is written; null: the article is forgotten.
        seen_at: the row's.
        hashes: the row's.
    """

    article_id: str
    value: bytes | None = None
    seen_at: int = 0
    hashes: Sequence[int] = ()


class State:
    """The committed rows of one partition, bounded by a window in time and in entries.

    Args:
        window_ms: rows that were not seen for longer are forgotten.
        max_entries: above it, the rows seen longest ago are forgotten at the end of a batch: unlike the window, this
            bound can move a verdict with the place where batches end, so it is to be far above what a window holds.
        path: where the rows are kept; none: in a temporary file.

    Raises:
        StoreError: from every method: the disk fails.
    """

    def __init__(self, *, window_ms: int, max_entries: int, path: Path | None = None) -> None:
        self.window_ms = window_ms
        self._max_entries = max_entries
        self.index = Index(max_entries + 1)
        self._store = Store(path)
        self._last = 0

    @classmethod
    def empty(cls, settings: Settings, path: Path | None = None) -> "State":
        """Make a state with the bounds that the settings name; empty, but for what `path` holds once it is revived."""
        window_ms = round(settings.dedupe_window_days * DAY_MS)
        return cls(window_ms=window_ms, max_entries=settings.dedupe_max_entries, path=path)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def memory(self) -> int:
        """Memory that the index takes."""
        return self.index.memory

    @property
    def offset(self) -> int:
        """Up to which offset of its topic the state was kept on disk."""
        return self._store.offset

    @property
    def written_at(self) -> int:
        """When it was last kept on disk (ms since 1970)."""
        return self._store.written_at

    def revive(self) -> Iterator[int]:
        """Index what is on disk; yields now and then, so that others can run."""
        for count, (number, value) in enumerate(self._store.rows()):
            row = decode(value)
            self.index.add(number, row.seen_at, row.hashes)
            self._last = number
            self._expire(row.seen_at)  # the bounds may be others by now
            if count % 1000 == 0:
                yield count

    def clear(self) -> None:
        """Drop what is on disk: it does not fit the topic."""
        self._store.clear()

    def keep(self, offset: int, now_ms: int) -> None:
        """Keep the rows on disk, as the topic up to an offset."""
        self._store.commit(offset, now_ms)

    def close(self) -> None:
        """Let go of the disk."""
        self._store.close()

    def row_of(self, slot: int) -> Row:
        """Read a row."""
        return decode(self._store.get(self.index.number(slot)))

    def slot(self, article_id: str) -> int:
        """Find an article's row; 0: there is none."""
        for slot in self.index.find(name_hash(article_id)):
            if self.row_of(slot).article_id == article_id:
                return slot
        return 0

    def row(self, article_id: str) -> Row | None:
        """Look an article up."""
        slot = self.slot(article_id)
        return self.row_of(slot) if slot else None

    def in_window(self, seen_at: int, now: int) -> bool:
        """Whether a row still counts for an article that came at `now` (ms)."""
        return seen_at >= now - self.window_ms

    def load(self, article_id: str, value: bytes | None) -> None:
        """Take in one record of the state topic; null: the article is forgotten."""
        if value is None or not readable(value):
            self.apply(Change(article_id))
        else:
            row = decode(value)
            self.apply(Change(article_id, value, row.seen_at, row.hashes))

    def apply(self, change: Change) -> None:
        """Take in what was made here and is in the topic by now."""
        slot = self.slot(change.article_id)
        if slot:
            self._drop(slot)
        if change.value is None:
            return
        self._last += 1
        self._store.put(self._last, change.value)
        self.index.add(self._last, change.seen_at, change.hashes)
        self._expire(change.seen_at)

    def _drop(self, slot: int) -> None:
        self._store.delete(self.index.number(slot))
        self.index.drop(slot)

    def _expire(self, now: int) -> None:
        while oldest := self.index.oldest:
            if len(self) <= self._max_entries and self.in_window(self.index.seen_at(oldest), now - SLACK_MS):
                return
            self._drop(oldest)


class View:
    """The state as a batch sees it: the committed rows, under what the batch itself decided so far.

    What has left its window is not seen, dropped or not: verdicts do not depend on where batches end.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._rows: dict[str, Row | None] = {}
        self._hidden: set[int] = set()  # slots of rows that the batch replaced or forgot
        self._found: dict[int, dict[str, None]] = {}  # hash → articles of the batch, the newest last

    def row(self, article_id: str, now: int) -> Row | None:
        """Look an article up, as of `now` (ms)."""
        row = self._rows[article_id] if article_id in self._rows else self._state.row(article_id)
        return row if row is not None and self._state.in_window(row.seen_at, now) else None

    def with_text(self, text_key: str, now: int) -> Row | None:
        """Find the article that first had this text, or the better copy that took its place."""
        rows = list(islice((row for row in self._named(text_key, now) if row.claims(text_key)), BUCKET))
        taken = {gone for row in rows for verdict in row.verdicts for gone in verdict.supersedes}
        return min((row for row in rows if row.article_id not in taken), key=_age, default=None)

    def with_title(self, title_key: str, now: int) -> Row | None:
        """Find the first article that had this title."""
        rows = islice((row for row in self._named(title_key, now) if row.title_key == title_key), BUCKET)
        return min(rows, key=_age, default=None)

    def alike(self, lead: list[int], rest: list[int], now: int, near_ms: int) -> tuple[list[int], list[Row]]:
        """Find rows that share keys with a text.

        Args:
            lead: keys of its beginning, best first, more than are needed.
            rest: keys of all of it.
            now: when the text came (ms).
            near_ms: rows that were not seen for longer do not count.

        Returns:
            The keys under which the text is to be found itself, and the rows that share most, best first.
        """
        keys: dict[int, None] = {}
        votes: dict[int | str, int] = {}
        since = now - min(near_ms, self._state.window_ms)
        for wanted, count in ((lead, LEAD_KEYS), (rest, KEYS - LEAD_KEYS)):
            chosen = 0
            for rank, key in enumerate(wanted):
                if chosen == count:
                    break
                if key in keys:
                    continue
                holders = self._holders(key, since)
                full = len(holders) == BUCKET
                if not full:
                    keys[key] = None
                    chosen += 1
                if not full or rank < count:
                    for holder in holders:
                        votes[holder] = votes.get(holder, 0) + (1 if full else RARE)
        best = sorted(votes, key=votes.__getitem__, reverse=True)[:CANDIDATES]
        rows = [self._rows[it] if isinstance(it, str) else self._state.row_of(it) for it in best]
        return list(keys), [row for row in rows if row is not None and row.fingerprint is not None]

    def _holders(self, key: int, since: int) -> list[int | str]:
        found: list[int | str] = []
        for article_id in reversed(self._found.get(key, {})):
            row = self._rows[article_id]
            if len(found) == BUCKET:
                break
            if row is not None and row.seen_at >= since:
                found.append(article_id)
        index = self._state.index
        for slot in index.find(key):
            if len(found) == BUCKET:
                break
            if index.seen_at(slot) >= since and slot not in self._hidden:
                found.append(slot)
        return found

    def _named(self, name: str, now: int) -> Iterator[Row]:
        each = name_hash(name)
        for article_id in reversed(self._found.get(each, {})):
            row = self._rows[article_id]
            if row is not None and self._state.in_window(row.seen_at, now):
                yield row
        for slot in self._state.index.find(each):
            if slot not in self._hidden and self._state.in_window(self._state.index.seen_at(slot), now):
                yield self._state.row_of(slot)

    def put(self, rows: Iterable[Row]) -> list[Change]:
        """Remember rows for the rest of the batch: what is to be written and applied of them."""
        changes = []
        for row in rows:
            self._forget(row.article_id)
            self._rows[row.article_id] = row
            hashes = row.hashes
            for each in hashes:
                self._found.setdefault(each, {})[row.article_id] = None
            changes.append(Change(row.article_id, encode(row), row.seen_at, hashes))
        return changes

    def forget(self, article_id: str) -> Change:
        """Forget an article for the rest of the batch: what is to be written and applied of that."""
        self._forget(article_id)
        return Change(article_id)

    def _forget(self, article_id: str) -> None:
        before = self._rows.get(article_id)
        if before is not None:
            for each in before.hashes:
                self._found[each].pop(article_id, None)
        elif slot := self._state.slot(article_id):
            self._hidden.add(slot)
        self._rows[article_id] = None


def _age(row: Row) -> tuple[int, str]:
    return row.first_at, row.article_id
