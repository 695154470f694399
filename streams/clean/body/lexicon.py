"""Names of elements and words of texts, with the log-odds that what they mark is a story's.

Names are of the web, not of a language ("entry-content", "sidebar"); words are English where the pages fitted on were.
A text in another language has none of them and is judged by everything else.
"""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import repeat

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

LONGEST_NAME = 30  # characters of an element's name taken whole
LONGEST_READ = 2000  # characters of a block whose words are looked at
JUDGED = 80  # words of a block that are looked up: its first sentences
BORDER = "\0\0"  # stands behind the words of each block: the parser leaves no NUL in a text
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
WORD = re.compile(r"[^\W\d_]{2,}")
_TYPOGRAPHY = "’‘“”–—…·•|»«©"  # what else most English text has
_LETTERS = bytes(i if not i or i > 127 or chr(i).isalpha() else 32 for i in range(256))  # noqa: PLR2004 - ASCII's last


class Table(Struct, frozen=True):
    """Words with their log-odds."""

    numbers: dict[str, int]
    odds: Array

    @classmethod
    def of(cls, odds: Mapping[str, float]) -> "Table":
        """Number the words."""
        numbers = {word: number for number, word in enumerate((*odds, BORDER))}
        return cls(numbers, np.array([*odds.values(), 0.0], dtype=np.float64))


class Words(Struct, frozen=True):
    """The words of a page's blocks, in small letters, all in one list with a border behind each block's."""

    flat: list[str]
    block: Numbers  # of each word or border
    amount: Numbers  # of the words of each block
    scores: Array  # of each block: lowest, highest and mean log-odds of the words that it is judged by, as `score`


def names(signature: str) -> set[str]:
    """Part an element's names: "article-body__Content" → itself, -article, -body, -content."""
    whole = {name.lower() for name in signature.split() if len(name) <= LONGEST_NAME}
    return whole | {"-" + part.lower() for part in _PART.findall(signature) if len(part) > 1}


def score(table: Mapping[str, float], parts: Iterable[str]) -> tuple[float, float, float]:
    """Give the lowest, highest and mean log-odds of the parts that the table knows, each drawn towards 0."""
    odds = [found for found in map(table.get, parts) if found is not None]
    if not odds:
        return 0.0, 0.0, 0.0
    return min(0.0, *odds), max(0.0, *odds), math.fsum(odds) / (len(odds) + 1)  # exact, so in any order


def words(texts: list[str]) -> list[str]:
    """Give the words of all blocks, runs of two letters and more, with a border behind each block."""
    page = "\0".join([text[:LONGEST_READ] for text in texts]).lower() + "\0"
    if not page.isascii():
        for mark in _TYPOGRAPHY:
            page = page.replace(mark, " ")
    page = page.replace("\0", f" {BORDER} ").encode("utf-8", "replace").translate(_LETTERS).decode()
    if not page.isascii():
        page = "\0".join(map(_letters, page.split("\0")))
    return [word for word in page.split() if len(word) > 1]


def _letters(text: str) -> str:
    return text if text.isascii() or text.replace(" ", "").isalpha() else " ".join(["", *WORD.findall(text), ""])


def read(texts: list[str], table: Table) -> Words:
    """Judge the words of each block by a table, all blocks at once: a word counts once in a block."""
    flat, size, n = words(texts), len(table.odds), len(texts)
    numbers = np.fromiter(map(table.numbers.get, flat, repeat(-1)), np.int64, len(flat))
    (border,) = (numbers == size - 1).nonzero()
    begins = np.concatenate(([0], border[:-1] + 1))
    amount = border - begins
    block = np.arange(n).repeat(amount + 1)
    judged = (np.arange(len(flat)) < (begins + np.minimum(amount, JUDGED))[block]) & (numbers >= 0)
    known = block[judged] * size + numbers[judged]
    known.sort()
    known = known[_changes(known)]
    block_of, odds = known // size, table.odds[known % size]
    scores = np.zeros((3, n))
    (begins,) = _changes(block_of).nonzero()  # of the blocks that have a known word
    if len(begins):
        having = block_of[begins]
        scores[0, having] = np.minimum(np.minimum.reduceat(odds, begins), 0)
        scores[1, having] = np.maximum(np.maximum.reduceat(odds, begins), 0)
        scores[2, having] = np.add.reduceat(odds, begins) / (np.concatenate((begins[1:], [len(odds)])) - begins + 1)
    return Words(flat, block, amount, scores.T)


def _changes(values: Numbers) -> NDArray[np.bool_]:
    """Mark the values that differ from the one before."""
    found = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
