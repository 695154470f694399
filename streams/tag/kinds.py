"""What English capitals name: the features by which a linear model knows a name and its kind, and its weights.

The weights were found by `fit_kinds.py`, a structured perceptron (Collins 2002) over the segments of a run (Sarawagi
and Cohen 2004): `segments.py` asks which cut of a run has the highest sum. Most features tell of one word in one role:
the first of a name, the last, the one before it. What a word adds in a role is summed once.
"""

import gzip
import json
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from streams.tag.lexicon import known, word_class
from streams.tag.names import clusters, cues, given, organisations, places, surnames, towns
from streams.tag.stopwords import stopwords

WEIGHTS = Path(__file__).parent / "data" / "kinds.json.gz"
KINDS = ("person", "organisation", "place", "other", "none")  # none: no name
NONE = len(KINDS) - 1
Row = int  # what something adds to each kind, 64 bits a kind: one sum of numbers takes an eighth of five
_BITS = 64
LIFTED = 2**40  # no sum of an article comes near: added to each kind, it makes all of them positive
_LIFT = sum(LIFTED << _BITS * at for at in range(len(KINDS)))
_BYTES = len(KINDS) * _BITS // 8
_unpacked = struct.Struct(f"<{len(KINDS)}Q").unpack
Pairs = dict[str, dict[str, Row]]
_LINKS_LISTED = (
    "of the and & for de la le los las da do dos das del della di du des van der den von bin ibn al el y e ul 's ’s"
)
LINKS = frozenset(_LINKS_LISTED.split())  # what stands inside a name, in lower case
_LISTS = ("role", "organisation", "place", "other", "skip")
_SHOWN = 5  # words of a name whose shapes tell


@cache
def weights() -> dict[str, Row]:
    """Read the weights: feature → what it adds to each kind."""
    return {name: row_of(*row) for name, row in json.loads(gzip.decompress(WEIGHTS.read_bytes())).items()}


@cache
def pairs_before() -> Pairs:
    """Tell what both words before a name add: by the nearest, then the one further."""
    found: Pairs = defaultdict(dict)
    for name, row in weights().items():
        if name.startswith("-2="):
            further, nearest = name[3:].split(" ")
            found[nearest][further] = row
    return dict(found)


@cache
def pairs_after() -> Pairs:
    """Tell what both words after a name add: by the nearest, then the one further."""
    found: Pairs = defaultdict(dict)
    for name, row in weights().items():
        if name.startswith("+2="):
            nearest, further = name[3:].split(" ")
            found[nearest][further] = row
    return dict(found)


def row_of(*scores: int) -> Row:
    """Pack a score of each kind, in the order of `KINDS`; kinds left out have 0."""
    return sum(score << _BITS * at for at, score in enumerate(scores))


def lifted(row: Row) -> tuple[int, ...]:
    """Tell the score of each kind, plus LIFTED."""
    return _unpacked((row + _LIFT).to_bytes(_BYTES, "little"))


def total_of(features: list[str]) -> Row:
    """Add up the rows of features."""
    rows = weights()
    return sum([rows[name] for name in features if name in rows])


def before(word: str) -> list[str]:
    """Tell of a name by the word before it, in lower case."""
    told = ["-1=" + word]
    if word in cues("role"):
        told.append("-role")
    if cluster := clusters().get(word):
        told.append("-c" + cluster)
    return told


def after(word: str) -> list[str]:
    """Tell of a name by the word after it, in lower case."""
    cluster = clusters().get(word)
    return ["+1=" + word, "+c" + cluster] if cluster else ["+1=" + word]


def two_before(further: str, nearest: str) -> str:
    """Tell of a name by both words before it."""
    return f"-2={further} {nearest}"


def two_after(nearest: str, further: str) -> str:
    """Tell of a name by both words after it."""
    return f"+2={nearest} {further}"


class Facts(NamedTuple):
    """What is known of a word of a run: in lower case it has no stop."""

    text: str
    lower: str
    shape: str
    lists: tuple[str, ...]  # that hold it
    cluster: str


def facts_of(text: str) -> Facts:
    """Tell what is known of a word."""
    lower = text.lower().rstrip(".")
    lists = [kind for kind, listed in _lists() if lower in listed]
    if text in places():
        lists.append("named place")
    if word_class(text, first=False) == "J":
        lists.append("adjective")
    if lower in known():
        lists.append("word")
    return Facts(text, lower, _shape(text), tuple(lists), clusters().get(lower, ""))


def only(word: Facts) -> list[str]:
    """Tell of a name of one word."""
    lower, cluster = word.lower, word.cluster
    told = ["size=1", "w=" + lower, "p3=" + lower[:3], "1s2=" + lower[-2:], "s3=" + lower[-3:], "s4=" + lower[-4:]]
    told += ["shape=" + word.shape, "1" + _class_of(word), "1c" + cluster, *["1" + kind for kind in word.lists]]
    if lower in stopwords("en"):
        told.append("stop")
    return told + _listed(word.text)


def beginning(word: Facts) -> list[str]:
    """Tell more of a name of one word that begins a sentence."""
    return ["b" + word.shape, "b1" + _class_of(word), "b=" + word.lower]


def leading(word: Facts) -> list[str]:
    """Tell of a name by the first of its words."""
    lower = word.lower
    return ["f=" + lower, "p3=" + lower[:3], "fc" + word.cluster, *["F" + kind for kind in word.lists]]


def closing(word: Facts) -> list[str]:
    """Tell of a name by the last of its words."""
    lower = word.lower
    told = ["l=" + lower, "s3=" + lower[-3:], "s4=" + lower[-4:], "lc" + word.cluster]
    return told + ["L" + kind for kind in word.lists]


def within(word: Facts) -> list[str]:
    """Tell of a name by a word in its middle."""
    return ["i=" + word.lower, *["I" + kind for kind in word.lists]]


def neighbour_before(word: Facts) -> list[str]:
    """Tell of a name by the word of the same run before it."""
    return [*before(word.lower), "<run", "<" + word.shape, *["<" + kind for kind in word.lists]]


def neighbour_after(word: Facts) -> list[str]:
    """Tell of a name by the word of the same run after it."""
    return [*after(word.lower), ">run", ">" + word.shape, *[">" + kind for kind in word.lists]]


def as_whole(part: Sequence[Facts], *, begins: bool) -> list[str]:
    """Tell of a name of several words by all of them."""
    told = [f"size={min(len(part), _SHOWN)}", "shape=" + " ".join([word.shape for word in part[:_SHOWN]])]
    told.append("w=" + " ".join([word.lower for word in part]))
    if begins:
        told.append("begins known" if part[0].lower in known() else "begins")
    return told + _listed(" ".join([word.text for word in part]))


Role = Callable[[Facts], list[str]]


def roles(words: Sequence[Facts], first: int, last: int, *, begins: bool) -> Iterator[tuple[Role, Facts]]:
    """Yield which word tells of a part of a run in which role.

    Args:
        words: of the run.
        first: of the part.
        last: the word after it.
        begins: the run begins a sentence.
    """
    if last - first == 1:
        yield only, words[first]
        if begins and not first:
            yield beginning, words[first]
    else:
        yield leading, words[first]
        yield closing, words[last - 1]
        for word in words[first + 1 : last - 1]:
            yield within, word
    if first:
        yield neighbour_before, words[first - 1]
    if last < len(words):
        yield neighbour_after, words[last]


def around_before(words: Sequence[Facts], first: int) -> tuple[str, str]:
    """Tell the two words of a run, or its beginning, before a part that does not begin it."""
    return words[first - 2].lower if first > 1 else "^", words[first - 1].lower


def around_after(words: Sequence[Facts], last: int) -> tuple[str, str]:
    """Tell the two words of a run, or its end, after a part that does not end it."""
    return words[last].lower, words[last + 1].lower if last + 1 < len(words) else "$"


class Word(NamedTuple):
    """What a word of a run adds in each role."""

    facts: Facts
    only: Row
    beginning: Row
    leading: Row
    closing: Row
    within: Row
    before: Row
    after: Row


def word_of(text: str) -> Word:
    """Score a word of a run in each role."""
    facts = facts_of(text)
    told = (only, beginning, leading, closing, within, neighbour_before, neighbour_after)
    return Word(facts, *[total_of(role(facts)) for role in told])


def _class_of(word: Facts) -> str:
    return "known" if "word" in word.lists else word_class(word.text, first=False)


def _listed(whole: str) -> list[str]:
    """Tell which lists hold a name as a whole."""
    told = []
    if whole in places() or (whole.isupper() and whole.title() in places()):
        told.append("is place")
    if whole in towns():
        told.append("is town")
    if whole in organisations():
        told.append("is organisation")
    return told


@cache
def _lists() -> tuple[tuple[str, frozenset[str]], ...]:
    return (*((kind, cues(kind)) for kind in _LISTS), ("given", given()), ("surname", surnames()))


def _shape(word: str) -> str:
    if word in LINKS:
        return "l"
    if word.isupper():
        return "A" if len(word) == 1 else "A." if "." in word else "AA"
    if word.isalpha():
        return "Aa" if word[1:].islower() else "AaA"
    return "A1" if any(map(str.isdigit, word)) else "A-a"
