"""Which rows hold a hash: chained hash tables in packed arrays, so that a row costs some 270 bytes of memory.

A row has a slot with room for POSTINGS hashes. The slots that share a bucket of the table are a doubly linked list, the
newest first, as are all slots in the order in which they were written: adding, dropping and finding the oldest row take
a time that does not grow with the number of rows. Memory is touched only where there are rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

POSTINGS = 21  # 16 keys, the article_id, a title, and the last 3 texts
BUCKETS_A_ROW = 8  # a chain of 2.6 postings when full; 4 bytes each
TAG_BITS = 16


class Index:
    """Rows by the hashes (32 bits) that they hold.

    Args:
        capacity: rows at most.
    """

    def __init__(self, capacity: int) -> None:
        self._bits = max(1, (BUCKETS_A_ROW * capacity - 1).bit_length() - 1)
        self._mask = (1 << self._bits) - 1
        self._base = 1 << self._bits  # posting p stands at base + p; below it are the heads of the chains
        postings = self._base + (capacity + 1) * POSTINGS
        if postings >= 2**32:
            raise ValueError(f"an index of {capacity} rows needs more than 32 bits for a place: use more partitions")
        self._next = _zeros(postings, np.uint32)
        self._before = _zeros(postings - self._base, np.uint32)  # heads have none
        self._tag = _zeros(postings - self._base, np.uint16)
        self._newer = _zeros(capacity + 1, np.uint32)  # slot 0 is both ends of the list of all slots
        self._older = _zeros(capacity + 1, np.uint32)
        self._seen_at = _zeros(capacity + 1, np.int64)
        self._number = _zeros(capacity + 1, np.uint64)
        self._free: list[int] = []
        self._top = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def memory(self) -> int:
        """Memory that rows have touched: an upper bound."""
        a_row = POSTINGS * (4 + 4 + 2) + 4 + 4 + 8 + 8
        return self._top * a_row + min(4 * self._base, 4096 * POSTINGS * self._top)  # a page for each head at most

    @property
    def oldest(self) -> int:
        """The slot written longest ago; 0: there is none."""
        return self._newer[0]

    def number(self, slot: int) -> int:
        """Number under which the row of a slot is stored."""
        return self._number[slot]

    def seen_at(self, slot: int) -> int:
        """When the row of a slot was last seen (ms)."""
        return self._seen_at[slot]

    def add(self, number: int, seen_at: int, hashes: Sequence[int]) -> None:
        """Add a row, as the newest."""
        if self._free:
            slot = self._free.pop()
        else:
            self._top = slot = self._top + 1
        newest = self._older[0]
        self._older[slot], self._newer[slot] = newest, 0
        self._newer[newest] = self._older[0] = slot
        self._number[slot], self._seen_at[slot] = number, seen_at
        following, before, tag, base = self._next, self._before, self._tag, self._base
        place = slot * POSTINGS
        for each in hashes[:POSTINGS]:
            head = each & self._mask
            second = following[head]
            following[base + place] = second
            before[place] = head
            tag[place] = each >> TAG_BITS
            if second:
                before[second - base] = base + place
            following[head] = base + place
            place += 1
        self._count += 1

    def drop(self, slot: int) -> None:
        """Drop the row of a slot."""
        older, newer = self._older[slot], self._newer[slot]
        self._newer[older], self._older[newer] = newer, older
        following, before, base = self._next, self._before, self._base
        # A place that is not in use is no place's next.
        for place in range(slot * POSTINGS, (slot + 1) * POSTINGS):
            if following[before[place]] != base + place:
                break  # the row had fewer hashes
            after = following[base + place]
            following[before[place]] = after
            if after:
                before[after - base] = before[place]
            following[base + place] = before[place] = 0
        self._free.append(slot)
        self._count -= 1

    def find(self, each: int) -> Iterator[int]:
        """Yield the slots of rows with this hash, the newest first; one in some hundreds holds another hash."""
        following, tags, base = self._next, self._tag, self._base
        wanted = each >> TAG_BITS
        place = following[each & self._mask]
        while place:
            if tags[place - base] == wanted:
                yield (place - base) // POSTINGS
            place = following[place]


def _zeros(length: int, kind: type[np.number[Any]]) -> "memoryview[int]":
    return memoryview(np.zeros(length, kind).data)  # an index into it costs a third of one into the array
