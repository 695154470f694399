"""What dedupe keeps of a text: hashes of its shingles, its numbers, its names, its title.

A shingle is a run of consecutive words (Broder 1997), folded as `identity.folded` does; in scripts without spaces a run
of characters. Five words name a place in a text (candidates are looked up by the smallest such hashes, a bottom-k
sketch); three words measure how much two texts share. Of those the ones divisible by a power of two are kept
(FracMinHash, Irber 2022), in text order, each with a hash of the words up to the next: two texts that have both the
same hold the same words in between.
"""

import itertools
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.identity import folded

Hashes = NDArray[np.uint64]

SHINGLE = 3  # words; characters hold half as much each
KEY_SHINGLE = 5
KEYS = 16  # with which copies are found: 0.9986 of those in a set of 4,000 articles; 12 find 0.9980
LEAD_KEYS = 6  # of them from the beginning, which teasers keep: all from the whole text find 0.987
LEAD_WORDS = 60
SPARE = 3  # times as many are looked at where the first ones are a site's furniture, which names no story
LONGEST = 2**18  # characters read: the longest reports; what follows cannot make two texts of this length differ
MARKS = 256  # of a text at most, so that a row is bounded; 1,000 words keep a quarter of their shingles
EVERY = 4  # scores as well as all of them from SHORT_WORDS on; below it all are kept
SHORT_WORDS = 100
MOST_NAMES = 128  # and numbers: of a list of results
_PRIME = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64 (the golden ratio's, Knuth 6.4)
_INVERSE = pow(_PRIME, -1, 2**64)

# Han, kana, Thai, Lao, Khmer, Burmese: written without spaces.
_DENSE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W_]+")  # as in identity.folded
_UNIT = re.compile(rf"{_DENSE.pattern}|(?:(?!{_DENSE.pattern})[^\W_])+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MARKS = ".,;:!?'\"’”»)]…"  # after a name
_ALL = 0xFFFFFFFF


class Fingerprint(Struct, array_like=True, frozen=True, gc=False):
    """A text, as far as copies of it must be recognised. Hashes are little-endian, 4 bytes a mark, 2 the rest."""

    words: int
    every: int
    marks: bytes
    links: bytes
    numbers: bytes
    names: bytes
    title: bytes


class Text:
    """A text with all its shingles, to be compared with fingerprints.

    Args:
        title: its headline.
        paragraphs: its body.
    """

    def __init__(self, title: str | None, paragraphs: Sequence[str]) -> None:
        body = "\n".join(paragraphs)
        self.whole = len(body) <= LONGEST
        self._body = body = body[:LONGEST]
        self._title = title or ""
        words = self.folded = folded(body)
        self.shingle = SHINGLE
        if _DENSE.search(words):
            spaced = _DENSE.sub(r" \g<0> ", words).split()
            if sum(len(word) == 1 for word in spaced) * 2 > len(spaced):
                self.shingle = 2 * SHINGLE
            words = " ".join(spaced)
        codes = np.frombuffer(words.encode("utf-32-le", "replace"), np.uint32)
        gaps = np.flatnonzero(codes == ord(" "))
        some = bool(len(codes))
        self._starts = np.concatenate(([0], gaps + 1)) if some else gaps
        self._ends = np.concatenate((gaps, [len(codes)])) if some else gaps
        powers, self._inverses = _powers(len(codes) + 1)
        self._sums = np.concatenate(([np.uint64(0)], np.cumsum(codes * powers[: len(codes)], dtype=np.uint64)))
        self.words = len(self._starts)
        self._samples: dict[int, Sample] = {}

    def _hash(self, first: NDArray[np.intp], last: NDArray[np.intp]) -> Hashes:
        """Hash the text from each first word to the last one of it."""
        begin = self._starts[first]
        hashes = (self._sums[self._ends[last]] - self._sums[begin]) * self._inverses[begin]
        hashes ^= hashes >> np.uint64(32)
        hashes *= np.uint64(0xD6E8FEB86659FD93)  # mix: Degski's 64-bit finaliser
        return hashes ^ (hashes >> np.uint64(32))

    def _shingles(self, size: int) -> Hashes:
        first = np.arange(max(0, self.words - size + 1))
        return self._hash(first, first + size - 1) & np.uint64(_ALL)

    @cached_property
    def keys(self) -> tuple[list[int], list[int]]:
        """The smallest hashes of five words: of its beginning, and of all of it; more than are kept, best first."""
        hashes = self._shingles(KEY_SHINGLE * self.shingle // SHINGLE)
        lead = sorted(set(hashes[:LEAD_WORDS].tolist()))[: SPARE * LEAD_KEYS]
        most = 2 * SPARE * KEYS  # a text repeats some of them
        if len(hashes) > most:
            hashes = np.partition(hashes, most)[:most]
        return lead, sorted(set(hashes.tolist()))[: SPARE * (KEYS - LEAD_KEYS)]

    @cached_property
    def _marks(self) -> Hashes:
        return self._shingles(self.shingle)

    def sample(self, every: int) -> "Sample":
        """Take the shingles of three words whose hash is divisible by `every`, a power of two."""
        if every not in self._samples:
            at = np.flatnonzero((self._marks & np.uint64(every - 1)) == 0) if every > 1 else np.arange(len(self._marks))
            links = self._hash(at[:-1], at[1:] + self.shingle - 1) & np.uint64(0xFFFF) if len(at) else at
            self._samples[every] = Sample(self._marks[at].tolist(), [*links.tolist(), 0][: len(at)], at.tolist())
        return self._samples[every]

    @cached_property
    def numbers(self) -> frozenset[int]:
        """Hashes of the numbers in it."""
        found = dict.fromkeys(_NUMBER.findall(self._body))
        return frozenset(_small(number.replace(",", "")) for number in list(found)[:MOST_NAMES])

    @cached_property
    def names(self) -> frozenset[int]:
        """Hashes of its words with a capital in the middle of a sentence."""
        words = self._body.split()
        found = dict.fromkeys(
            word.rstrip(_MARKS)
            for before, word in itertools.pairwise(words)
            if word[0].isupper() and (before[-1].isalnum() or before[-1] == ",")
        )
        return frozenset(map(_small, list(found)[:MOST_NAMES]))

    @cached_property
    def title(self) -> frozenset[int]:
        """Hashes of the words of its title."""
        words = folded(self._title)
        words = _DENSE.sub(r" \g<0> ", words) if _DENSE.search(words) else words
        return frozenset(_small(word) for word in words.split()[:MOST_NAMES])

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What is kept of it."""
        every = EVERY if self.words > SHORT_WORDS else 1
        while len(self.sample(every).marks) > MARKS:
            every *= 2
        sample = self.sample(every)
        return Fingerprint(
            words=self.words,
            every=every,
            marks=_packed(sample.marks, np.uint32),
            links=_packed(sample.links, np.uint16),
            numbers=_packed(sorted(self.numbers), np.uint16),
            names=_packed(sorted(self.names), np.uint16),
            title=_packed(sorted(self.title), np.uint16),
        )


class Sample(Struct, gc=False):
    """Shingles in text order, a hash of the words from each to the next, and the number of each one's first word."""

    marks: list[int]
    links: list[int]
    at: list[int]


def units(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word of a text stands; in scripts without spaces each character."""
    for found in (_UNIT if _DENSE.search(text) else _WORD).finditer(text):
        yield found.span()


def unpacked(packed: bytes, size: int) -> list[int]:
    """Read hashes of 2 or 4 bytes."""
    return memoryview(packed).cast("I" if size == 4 else "H").tolist()  # noqa: PLR2004 - bytes of an unsigned int


def _packed(hashes: list[int], kind: type[np.unsignedinteger]) -> bytes:
    return np.array(hashes, kind).tobytes()


def _small(word: str) -> int:
    return zlib.crc32(unicodedata.normalize("NFKC", word).casefold().encode("utf-8", "replace")) & 0xFFFF


_tables: list[Hashes] = []


def _powers(length: int) -> tuple[Hashes, Hashes]:
    if not _tables or len(_tables[0]) < length:
        size = 1 << max(14, (length - 1).bit_length())
        _tables[:] = (np.cumprod(np.full(size, factor, np.uint64), dtype=np.uint64) for factor in (_PRIME, _INVERSE))
        # The first power is the factor itself, in both: r^(i+1) · r^-(i+1) = 1, so hashes do not depend on the place.
    return _tables[0], _tables[1]
