"""What the reader remembers: the newest articles and their copies, bounded in number and in bytes.

Newest first, by the time of the record. An article that comes again takes its new place; one that another supersedes,
or that is taken down, goes. Whatever changes, changes `version`, by which the page's live connection knows what it
missed.
"""

import asyncio
from bisect import bisect_left, insort
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import msgspec

from streams.reader.cards import Card, Copy, Kept, copy_of, keep, supersedes

MOST_BYTES = 256 * 2**20  # 10,000 articles of 500 words count 123 MiB, for a character counts the most it may take
COPIES_A_STORY = 50
CHANGES = 200  # remembered for live connections; who missed more asks anew


class Query(NamedTuple):
    """What the list is narrowed to; empty: everything."""

    words: tuple[str, ...] = ()
    tag: str = ""
    section: str = ""
    source: str = ""
    entity: str = ""

    def takes(self, kept: Kept) -> bool:
        """Whether an article is in the list."""
        card = kept.card
        return (
            (not self.tag or self.tag.casefold() in (tag.casefold() for tag in card.hashtags))
            and (not self.section or self.section in card.sections)
            and (not self.source or self.source == card.source)
            and (not self.entity or self.entity in card.entities)
            and all(word in kept.hay for word in self.words)
        )


class Change(NamedTuple):
    """Something that happened: an article came (its card), or went (null)."""

    version: int
    id: str
    card: Card | None


class Shelf:
    """The articles at hand.

    Args:
        most: articles that are kept.
    """

    def __init__(self, most: int) -> None:
        self.version = 0
        self.unreadable = 0
        self._most = most
        self._bytes = 0
        self._kept: dict[str, Kept] = {}
        self._order: list[tuple[int, str]] = []  # by time of arrival, oldest first
        self._copies: OrderedDict[str, dict[str, Copy]] = OrderedDict()
        self._changes: list[Change] = []
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._kept)

    def enter(self, key: str, value: bytes | None, headers: Mapping[str, str | None], arrived: int) -> None:
        """Take a record of the enriched topic: an article, or the tombstone of one."""
        if value is None:
            self._remove(key)
            return
        try:
            kept = keep(value, headers, arrived)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.unreadable += 1  # another's record: the reader of a topic does not choose who writes it
            return
        for replaced in (kept.card.id, *supersedes(value)):
            self._remove(replaced, silent=replaced == kept.card.id)
        self._kept[kept.card.id] = kept
        self._bytes += kept.size
        insort(self._order, (arrived, kept.card.id))
        self._note(kept.card.id, kept.card)
        while len(self._order) > self._most or (self._bytes > MOST_BYTES and len(self._order) > 1):
            self._remove(self._order[0][1], silent=True)

    def enter_copy(self, value: bytes | None) -> None:
        """Take a record of the duplicate topic."""
        if value is None:
            return
        try:
            story, copy = copy_of(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.unreadable += 1
            return
        copies = self._copies.setdefault(story, {})
        if len(copies) < COPIES_A_STORY:
            copies[copy.id] = copy
        self._copies.move_to_end(story)
        while len(self._copies) > self._most:
            self._copies.popitem(last=False)

    def newest(self, query: Query) -> Iterator[Kept]:
        """Give the articles of a query, newest first."""
        for _, name in reversed(self._order):
            kept = self._kept[name]
            if query.takes(kept):
                yield kept

    def get(self, name: str) -> Kept | None:
        """Give one article."""
        return self._kept.get(name)

    def copies(self, story: str) -> list[Copy]:
        """Give the duplicates of a story, most similar first."""
        return sorted(self._copies.get(story, {}).values(), key=lambda copy: -copy.similarity)

    def of_story(self, story: str) -> list[Card]:
        """Give the story's articles on the shelf."""
        return [kept.card for kept in self._kept.values() if kept.card.story == story]

    def since(self, version: int) -> list[Change] | None:
        """Give what changed after a version; null: too much, or a version of another run."""
        if version > self.version or (self._changes and version < self._changes[0].version - 1):
            return None
        at = bisect_left(self._changes, version + 1, key=lambda change: change.version)
        return list(islice(self._changes, at, None))

    async def changed(self) -> None:
        """Wait for the next change."""
        await self._changed.wait()

    def _note(self, name: str, card: Card | None) -> None:
        self.version += 1
        self._changes.append(Change(self.version, name, card))
        if len(self._changes) > 2 * CHANGES:
            del self._changes[:CHANGES]
        self._changed.set()
        self._changed = asyncio.Event()

    def _remove(self, name: str, *, silent: bool = False) -> None:
        kept = self._kept.pop(name, None)
        if kept is None:
            return
        self._bytes -= kept.size
        del self._order[bisect_left(self._order, (kept.card.arrived, name))]
        if not silent:
            self._note(name, None)


def facets(cards: list[Card]) -> dict[str, Counter[str]]:
    """Count what a list can be narrowed by."""
    return {
        "sections": Counter(section for card in cards for section in card.sections),
        "hashtags": Counter(tag for card in cards for tag in card.hashtags),
        "sources": Counter(card.source for card in cards),
    }
