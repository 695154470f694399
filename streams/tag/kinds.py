"""What English capitals name: the features by which a linear model knows a name and its kind, and its weights.

The weights were found by `fit_kinds.py`, a structured perceptron (Collins 2002) over the segments of a run (Sarawagi
and Cohen 2004): `segments.py` asks which cut of a run has the highest sum. Most features tell of one word in one role:
the first of a name, the last, the one before it. What a word adds in a role is summed once.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from streams.tag.lexicon import known, word_class
from streams.tag.names import clusters, cues, given, organisations, places, surnames, towns
from streams.tag.stopwords import stopwords

WEIGHTS = Path(__file__).parent / "data" / "kinds.json.gz"
KINDS = ("person", "organisation", "place", "other", "none")  # none: no name
NONE = len(KINDS) - 1
Row = tuple[int, int, int, int, int]  # of each kind
ZERO: Row = (0, 0, 0, 0, 0)
_LINKS_LISTED = (
    "of the and & for de la le los las da do dos das del della di du des van der den von bin ibn al el y e ul 's ’s"
)
LINKS = frozenset(_LINKS_LISTED.split())  # what stands inside a name, in lower case
_LISTS = ("role", "organisation", "place", "other", "skip")
_SHOWN = 5  # words of a name whose shapes tell
_REMEMBERED = 50_000  # words of some hundred articles, 150 bytes each


@cache
def weights() -> dict[str, Row]:
    """Read the weights: feature → what it adds to each kind."""
    return {name: tuple(row) for name, row in json.loads(gzip.decompress(WEIGHTS.read_bytes())).items()}


def add(one: Row, other: Row) -> Row:
    """Add two rows."""
    a, b, c, d, e = one
    f, g, h, i, j = other
    return a + f, b + g, c + h, d + i, e + j


class Scores(dict[str, Row]):
    """What each word that was met adds in one role. A dictionary, as it is asked for every word."""

    def __init__(self, role: Callable[[str], list[str]]) -> None:
        super().__init__()
        self._role = role

    def __missing__(self, word: str) -> Row:
        if len(self) == _REMEMBERED:
            self.clear()
        total = self[word] = total_of(self._role(word))
        return total


def total_of(features: list[str]) -> Row:
    """Add up the rows of features."""
    rows, total = weights(), ZERO
    for name in features:
        if row := rows.get(name):
            total = add(total, row)
    return total


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


def only(word: str) -> list[str]:
    """Tell of a name of one word."""
    lower = lowered(word)
    word_kind = "known" if lower in known() else word_class(word, first=False)
    told = ["size=1", "w=" + lower, "p3=" + lower[:3], "1s2=" + lower[-2:], "s3=" + lower[-3:], "s4=" + lower[-4:]]
    told += ["shape=" + _shape(word), "1" + word_kind, "1c" + clusters().get(lower, "")]
    told += ["1" + kind for kind in _lists_of(word)]
    if lower in stopwords("en"):
        told.append("stop")
    return told + _listed(word)


def beginning(word: str) -> list[str]:
    """Tell more of a name of one word that begins a sentence."""
    lower = lowered(word)
    word_kind = "known" if lower in known() else word_class(word, first=False)
    return ["b" + _shape(word), "b1" + word_kind, "b=" + lower]


def leading(word: str) -> list[str]:
    """Tell of a name by the first of its words."""
    lower = lowered(word)
    return ["f=" + lower, "p3=" + lower[:3], "fc" + clusters().get(lower, ""), *("F" + k for k in _lists_of(word))]


def closing(word: str) -> list[str]:
    """Tell of a name by the last of its words."""
    lower = lowered(word)
    told = ["l=" + lower, "s3=" + lower[-3:], "s4=" + lower[-4:], "lc" + clusters().get(lower, "")]
    return told + ["L" + kind for kind in _lists_of(word)]


def within(word: str) -> list[str]:
    """Tell of a name by a word in its middle."""
    return ["i=" + lowered(word), *("I" + kind for kind in _lists_of(word))]


def neighbour_before(word: str) -> list[str]:
    """Tell of a name by the word of the same run before it."""
    return [*before(lowered(word)), "<run", "<" + _shape(word), *("<" + kind for kind in _lists_of(word))]


def neighbour_after(word: str) -> list[str]:
    """Tell of a name by the word of the same run after it."""
    return [*after(lowered(word)), ">run", ">" + _shape(word), *(">" + kind for kind in _lists_of(word))]


def as_whole(part: Sequence[str], *, begins: bool) -> list[str]:
    """Tell of a name of several words by all of them."""
    lower = [lowered(word) for word in part]
    told = [f"size={min(len(part), _SHOWN)}", "shape=" + " ".join([_shape(word) for word in part[:_SHOWN]])]
    told.append("w=" + " ".join(lower))
    if begins:
        told.append("begins known" if lower[0] in known() else "begins")
    return told + _listed(" ".join(part))


Role = Callable[[str], list[str]]


def roles(words: Sequence[str], first: int, last: int, *, begins: bool) -> Iterator[tuple[Role, str]]:
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


def pair_before(words: Sequence[str], first: int) -> str:
    """Tell of a part of a run, not its beginning, by the two words of the run before it."""
    return two_before(lowered(words[first - 2]) if first > 1 else "^", lowered(words[first - 1]))


def pair_after(words: Sequence[str], last: int) -> str:
    """Tell of a part of a run, not its end, by the two words of the run after it."""
    return two_after(lowered(words[last]), lowered(words[last + 1]) if last + 1 < len(words) else "$")


@lru_cache(maxsize=20_000)
def lowered(word: str) -> str:
    """Write a word in lower case, without its stop."""
    return word.lower().rstrip(".")


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


@lru_cache(maxsize=20_000)
def _lists_of(word: str) -> tuple[str, ...]:
    """Tell which lists hold a word."""
    lower = lowered(word)
    found = [kind for kind, listed in _lists() if lower in listed]
    if word in places():
        found.append("named place")
    if word_class(word, first=False) == "J":
        found.append("adjective")
    if lower in known():
        found.append("word")
    return tuple(found)


@lru_cache(maxsize=20_000)
def _shape(word: str) -> str:
    if word in LINKS:
        return "l"
    if word.isupper():
        return "A" if len(word) == 1 else "A." if "." in word else "AA"
    if word.isalpha():
        return "Aa" if word[1:].islower() else "AaA"
    return "A1" if any(map(str.isdigit, word)) else "A-a"
