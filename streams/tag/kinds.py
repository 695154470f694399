"""What a name names, in English: a linear classifier over its words, its neighbours and what lists tell of both.

The weights were found by `fit_kinds.py`, an averaged perceptron (Collins 2002); each place where a name stands votes.
"""

import gzip
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from streams.tag.lexicon import known, word_class
from streams.tag.names import cues, given, places

WEIGHTS = Path(__file__).parent / "data" / "kinds.json.gz"
KINDS = ("person", "organisation", "place", "other", "none")  # none: no name
Row = tuple[tuple[int, int], ...]  # (number of the kind, weight)
_NEAR = 40  # characters on each side, which hold two words
_TELLING = frozenset(["the", "a", "an", "who", "whose"])
_LISTS = ("role", "organisation", "place", "other", "skip")


@cache
def weights() -> dict[str, Row]:
    """Read the weights: feature → those of the kinds that it speaks for or against."""
    read = json.loads(gzip.decompress(WEIGHTS.read_bytes())).items()
    return {name: tuple((at, weight) for at, weight in enumerate(row) if weight) for name, row in read}


class Mention(NamedTuple):
    """One place of a name in a text; whether a role stands before it, and whether it begins a sentence."""

    words: tuple[str, ...]
    start: int
    end: int
    titled: bool
    begins: bool


def add_scores(votes: list[int], mention: Mention, text: str) -> None:
    """Weigh the kinds of a name at one of its places: add to the number of each of `KINDS`."""
    listed = weights()
    rows = [listed[name] for name in _outer(mention, text) if name in listed]
    for row in (_inner_scores(mention.words), *rows):
        for at, weight in row:
            votes[at] += weight


@lru_cache(maxsize=20_000)  # the names of some hundred articles
def _inner_scores(words: tuple[str, ...]) -> Row:
    listed = weights()
    total = [0] * len(KINDS)
    for name in _inner(words):
        for at, weight in listed.get(name, ()):
            total[at] += weight
    return tuple((at, weight) for at, weight in enumerate(total) if weight)


def features(mention: Mention, text: str) -> list[str]:
    """Tell what the kind of a name is known by: its words, then its neighbours."""
    return _inner(mention.words) + _outer(mention, text)


def _outer(mention: Mention, text: str) -> list[str]:
    """Tell of a name by what stands around it."""
    _, start, end, titled, begins = mention
    before = text[max(0, start - _NEAR) : start].lower().rsplit(None, 2)[-2:]
    after = text[end : end + _NEAR].lower().replace(",", " , ", 1).split(None, 2)[:2]
    last = before[-1] if before else "^"
    following = after[0] if after else "$"
    told = ["-1=" + last, "+1=" + following]
    if len(before) > 1:
        told.append(f"-2={before[-2]} {last}")
    if len(after) > 1:
        told.append(f"+2={following} {after[1]}")
        if following == "," and after[1] in _TELLING:
            told.append("told after")
    if titled:
        told.append("titled")
    if begins:
        told.append("begins")
    if last.strip(",.\"'“(") in cues("role"):
        told.append("role before")
    return told


def _inner(words: tuple[str, ...]) -> list[str]:
    """Tell of a name by itself."""
    whole = " ".join(words)
    lower = [word.lower().rstrip(".") for word in words]
    first, last = lower[0], lower[-1]
    found = ["", "first=" + first, "last=" + last, "ends=" + last[-3:], f"size={min(4, len(words))}"]
    found += ["in=" + word for word in lower[1:-1]]
    found += ["shape=" + _shape(words[0]) + _shape(words[-1])]
    found += [f"first {kind}" for kind in _LISTS if first in cues(kind)]
    found += [f"last {kind}" for kind in _LISTS if last in cues(kind)]
    if first in given():
        found.append("given" if len(words) > 1 else "given alone")
    if last in given():
        found.append("given last")
    if whole in places() or (whole.isupper() and whole.title() in places()):
        found.append("place")
    elif words[-1] in places() or words[0] in places():
        found.append("holds a place")
    if word_class(words[-1], first=False) == "J":
        found.append("adjective")
    if len(words) == 1:
        found.append("known word" if last in known() else "word " + word_class(last, first=False))
    return found


def _shape(word: str) -> str:
    if word.isupper():
        return "A" if len(word) == 1 else "AA" if word.isalpha() else "A."
    return (
        "Aa" if word.isalpha() and word[1:].islower() else "a" if word.islower() else "AaA" if word.isalpha() else "A1"
    )
