"""What English capitals name: the features by which a linear model knows a name and its kind, and its weights.

The weights were found by `fit_kinds.py`, a structured perceptron (Collins 2002) over the segments of a run (Sarawagi
and Cohen 2004): `segments.py` asks which cut of a run has the highest sum. Most features tell of one word in one role:
the first of a name, the last, the one before it. What a word adds in a role is summed once.
"""

import gzip
import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
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
NO_PAIRS: dict[str, Row] = {}  # one for all words that stand in none
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
    return _pairs("-2=", nearest=1)


@cache
def pairs_after() -> Pairs:
    """Tell what both words after a name add: by the nearest, then the one further."""
    return _pairs("+2=", nearest=0)


def _pairs(role: str, *, nearest: int) -> Pairs:
    found: Pairs = defaultdict(dict)
    for name, row in weights().items():
        if name.startswith(role):
            words = name.removeprefix(role).split(" ")
            found[words[nearest]][words[1 - nearest]] = row
    return dict(found)


def row_of(*scores: int) -> Row:
    """Pack a score of each kind, in the order of `KINDS`; kinds left out have 0."""
    return sum(score << _BITS * at for at, score in enumerate(scores))


def lifted(row: Row) -> tuple[int, ...]:
    """Tell the score of each kind, plus LIFTED."""
    return _unpacked((row + _LIFT).to_bytes(_BYTES, "little"))


def total_of(features: Iterable[str]) -> Row:
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
    kind: str  # known to the dictionary, or its class
    cluster: str
    lists: tuple[str, ...]  # that hold it


def facts_of(text: str) -> Facts:
    """Tell what is known of a word."""
    lower, kind = text.lower().rstrip("."), word_class(text, first=False)
    lists = [name for name, listed in _lists() if lower in listed]
    if text in places():
        lists.append("named place")
    if kind == "J":
        lists.append("adjective")
    if lower in known():
        lists.append("word")
        kind = "known"
    return Facts(text, lower, _shape(text), kind, clusters().get(lower, ""), tuple(lists))


# A word of a run tells of a name as its only word, more so at the beginning of a sentence; as its first, its last, or
# another; as the one before or after it. What tells in these roles is grouped by what it asks: many words have the same
# shape, cluster and lists.
ONLY, BEGINNING, FIRST, LAST, INNER, BEFORE, AFTER = range(7)
Told = tuple[Sequence[str], ...]  # features, by role
Rows = tuple[Row, ...]  # by role
_NOTHING: Rows = (0,) * 7
_WORDS = ("w=", "b=", "f=", "l=", "i=", "-1=", "+1=")


def _by_word(lower: str) -> Told:
    return tuple([(role + lower,) for role in _WORDS])


def _by_letters(word: Facts) -> Told:
    first, last, more = "p3=" + word.lower[:3], "s3=" + word.lower[-3:], "s4=" + word.lower[-4:]
    only = [first, last, more, "1s2=" + word.lower[-2:], *_listed(word.text)]
    if word.lower in stopwords("en"):
        only.append("stop")
    return only, (), (first,), (last, more), (), (), ()


def _by_shape(shape: str, kind: str) -> Told:
    only, beginning = ("size=1", "shape=" + shape, "1" + kind), ("b" + shape, "b1" + kind)
    return only, beginning, (), (), (), ("<run", "<" + shape), (">run", ">" + shape)


def _by_cluster(cluster: str) -> Told:
    before, after = (("-c" + cluster,), ("+c" + cluster,)) if cluster else ((), ())
    return ("1c" + cluster,), (), ("fc" + cluster,), ("lc" + cluster,), (), before, after


def _by_lists(lists: tuple[str, ...]) -> Told:
    only, first, last, inner, before, after = ([role + name for name in lists] for role in "1FLI<>")
    return only, (), first, last, inner, [*before, "-role"] if "role" in lists else before, after


def told(word: Facts, role: int) -> list[str]:
    """Tell of a name by a word of its run in a role."""
    lower, shape, kind, cluster, lists = word[1:]
    groups = _by_word(lower), _by_letters(word), _by_shape(shape, kind), _by_cluster(cluster), _by_lists(lists)
    return [name for group in groups for name in group[role]]


def as_whole(part: Sequence[Facts], *, begins: bool) -> list[str]:
    """Tell of a name of several words by all of them."""
    shapes, size = " ".join([word.shape for word in part[:_SHOWN]]), len(part)
    return [*_by_shapes(shapes, size), *_by_words(part), *(_by_beginning(part[0].lower) if begins else ())]


def whole_of(part: Sequence[Facts], *, begins: bool) -> Row:
    """Score a name of several words by all of them."""
    row = _row_by_shapes(" ".join([word.shape for word in part[:_SHOWN]]), len(part))
    if part[0].lower in _opening():
        row += total_of(_by_words(part))
    return row + total_of(_by_beginning(part[0].lower)) if begins else row


def _by_shapes(shapes: str, size: int) -> list[str]:
    return [f"size={min(size, _SHOWN)}", "shape=" + shapes]


def _by_words(part: Sequence[Facts]) -> list[str]:
    return ["w=" + " ".join([word.lower for word in part]), *_listed(" ".join([word.text for word in part]))]


def _by_beginning(first: str) -> list[str]:
    return ["begins known" if first in known() else "begins"]


@lru_cache(maxsize=5_000)  # 200 bytes each
def _row_by_shapes(shapes: str, size: int) -> Row:
    return total_of(_by_shapes(shapes, size))


@cache
def _opening() -> frozenset[str]:
    """Tell which words, in lower case, begin the names of several words that are known."""
    names = [name.removeprefix("w=") for name in weights() if name.startswith("w=")]
    names += [*places(), *towns(), *organisations()]
    return frozenset(name.split(" ")[0].lower().rstrip(".") for name in names if " " in name)


def roles(words: Sequence[Facts], first: int, last: int, *, begins: bool) -> Iterator[tuple[Facts, int]]:
    """Yield which word tells of a part of a run in which role.

    Args:
        words: of the run.
        first: of the part.
        last: the word after it.
        begins: the run begins a sentence.
    """
    if last - first == 1:
        yield words[first], ONLY
        if begins and not first:
            yield words[first], BEGINNING
    else:
        yield words[first], FIRST
        yield words[last - 1], LAST
        for word in words[first + 1 : last - 1]:
            yield word, INNER
    if first:
        yield words[first - 1], BEFORE
    if last < len(words):
        yield words[last], AFTER


class Word(NamedTuple):
    """What a word of a run adds in each role."""

    facts: Facts
    pairs_before: dict[str, Row]  # with one further before it
    pairs_after: dict[str, Row]  # with one further after it
    only: Row
    beginning: Row
    first: Row
    last: Row
    inner: Row
    before: Row
    after: Row


def word_of(text: str) -> Word:
    """Score a word of a run in each role."""
    facts = facts_of(text)
    groups = (
        _rows_by_word().get(facts.lower, _NOTHING),
        _rows(_by_letters(facts)),
        _rows_by_shape(facts.shape, facts.kind),
        _rows_by_cluster(facts.cluster),
        _rows_by_lists(facts.lists),
    )
    rows = [a + b + c + d + e for a, b, c, d, e in zip(*groups, strict=True)]
    return Word(facts, pairs_before().get(facts.lower, NO_PAIRS), pairs_after().get(facts.lower, NO_PAIRS), *rows)


def _rows(told: Told) -> Rows:
    return tuple([total_of(names) if names else 0 for names in told])


@cache
def _rows_by_word() -> dict[str, Rows]:
    """Tell what each word that the weights name adds: most names have none."""
    names = [name for name in weights() if name.startswith(_WORDS) and " " not in name]
    words = {name.partition("=")[2] for name in names}
    return {word: _rows(_by_word(word)) for word in words}


@lru_cache(maxsize=1_000)  # 18 in 900 articles, 600 bytes each
def _rows_by_shape(shape: str, kind: str) -> Rows:
    return _rows(_by_shape(shape, kind))


@lru_cache(maxsize=1_000)  # there are 170 clusters
def _rows_by_cluster(cluster: str) -> Rows:
    return _rows(_by_cluster(cluster))


@lru_cache(maxsize=1_000)  # 58 in 900 articles, 600 bytes each
def _rows_by_lists(lists: tuple[str, ...]) -> Rows:
    return _rows(_by_lists(lists))


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
