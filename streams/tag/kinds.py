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
_NEAR = 40  # characters on each side, which hold two words
_TELLING = frozenset(["the", "a", "an", "who", "whose"])
_LISTS = ("role", "organisation", "place", "other", "skip")


@cache
def weights() -> dict[str, tuple[int, ...]]:
    """Read the weights: feature → one for each kind."""
    return {name: tuple(row) for name, row in json.loads(gzip.decompress(WEIGHTS.read_bytes())).items()}


class Mention(NamedTuple):
    """One place of a name in a text; whether a role stands before it, and whether it begins a sentence."""

    words: tuple[str, ...]
    start: int
    end: int
    titled: bool
    begins: bool


def scores(mention: Mention, text: str) -> list[int]:
    """Weigh the kinds of a name at one of its places: a number for each of `KINDS`."""
    listed = weights()
    rows = [listed[name] for name in _outer(mention, text) if name in listed]
    return [sum(column) for column in zip(_inner_scores(mention.words), *rows, strict=True)]


@lru_cache(maxsize=20_000)  # the names of some hundred articles
def _inner_scores(words: tuple[str, ...]) -> list[int]:
    listed = weights()
    rows = [listed[name] for name in _inner(words) if name in listed]
    return [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * len(KINDS)


def features(mention: Mention, text: str) -> list[str]:
    """Tell what the kind of a name is known by: its words, then its neighbours."""
    return _inner(mention.words) + _outer(mention, text)


def _outer(mention: Mention, text: str) -> list[str]:
    """Tell of a name by what stands around it."""
    _, start, end, titled, begins = mention
    before = text[max(0, start - _NEAR) : start].lower().split()
    after = text[end : end + _NEAR].lower().replace(",", " , ", 1).split()
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
