"""How likely a reader's summary names a word of the story: logistic regression on where and how often the word stands.

It is a model of words, not of sentences: an article has hundreds of them, so a few hundred summaries fit it well, and
nothing in it knows a language, a site or a layout. `fit.py` finds the weights, `weights.json` holds them.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from operator import mul
from pathlib import Path

import msgspec

WEIGHTS = Path(__file__).parent / "weights.json"
READ = 30  # sentences that tell what the story is about
_FADE = [math.exp(-at / 4) for at in range(READ)]  # what a place counts: a third of the one four sentences earlier
_LOG = [-math.inf, *(math.log(count) for count in range(1, 100))]
_NO_STOP = (0.0, 0.0, 0.0)
_LITTLE = 0.05  # added to a share, so that its logarithm does not run away where a word stands late
_LONG = 12  # characters: longer words are as telling
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff]")
_QUOTE = re.compile('["“”«„「]')
_NONE: frozenset[str] = frozenset()
_OWN = frozenset({"i", "we", "you", "my", "our", "your"})


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log-odds that a summary names a word."""

    bias: float
    first: float  # it stands in the first sentence
    second: float  # … not there, but in the second
    third: float
    count: float  # by the logarithm of how often it stands
    share: float  # by its places, early ones counting more
    log_share: float
    digit: float  # it begins or ends with a digit
    length: float  # by its characters, in shares of twelve
    quoted: float  # by the share of its sentences with a quotation
    own: float  # by the share of its sentences in the first or second person
    stop: float  # it is a stop word
    stop_count: float  # the same as above, on top, for stop words
    stop_share: float


class Terms:
    """The words of a sentence as they are weighed: in lower case; pairs of characters where no spaces part words."""

    __slots__ = ("all", "distinct", "own", "quoted", "twice", "words")

    def __init__(self, text: str) -> None:
        found = _WORD.findall(text.lower())
        self.words = len(found)
        if not text.isascii() and _UNSPACED.search(text):
            found = [word[at : at + 2] for word in found for at in range(max(1, len(word) - 1))]
            self.words = (len(found) + 1) // 2
        self.all = found
        self.distinct = dict.fromkeys(found)  # ordered: sums of floats must come out alike in every process
        self.twice = _NONE
        if len(self.distinct) < len(found):
            self.twice = frozenset([term for term, count in Counter(found).items() if count > 1])
        self.quoted = _QUOTE.search(text) is not None
        self.own = not _OWN.isdisjoint(self.distinct)


@cache
def weights() -> Weights:
    """Read the weights that newsflow ships."""
    return msgspec.json.decode(WEIGHTS.read_bytes(), type=Weights)


def features(read: Sequence[Terms], stop: frozenset[str]) -> dict[str, tuple[float, ...]]:
    """Describe each word of a story's sentences, in the order of `Weights`, without the bias."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    count: Counter[str] = Counter()
    for at, sentence in enumerate(read):
        count.update(sentence.all)
        for term in sentence.distinct:
            places[term].append(at)
    alone = [_stands(read, [at]) for at in range(len(read))]  # most words stand in one sentence only
    described: dict[str, tuple[float, ...]] = {}
    for term, held in places.items():
        first, second, third, shared, log_share, quoted, own = alone[held[0]] if len(held) == 1 else _stands(read, held)
        often = _LOG[count[term]] if count[term] < len(_LOG) else math.log(count[term])
        digit = term[0].isdigit() or term[-1].isdigit()
        length = len(term) / _LONG if len(term) < _LONG else 1.0
        tail = (1.0, often, log_share) if term in stop else _NO_STOP
        described[term] = (first, second, third, often, shared, log_share, digit, length, quoted, own, *tail)
    return described


def _stands(read: Sequence[Terms], held: Sequence[int]) -> tuple[bool, bool, bool, float, float, float, float]:
    """Describe by its sentences where a word stands."""
    shared = sum([_FADE[at] for at in held])
    quoted = sum([read[at].quoted for at in held]) / len(held)
    own = sum([read[at].own for at in held]) / len(held)
    return held[0] == 0, held[0] == 1, held[0] == 2, shared, math.log(shared + _LITTLE), quoted, own  # noqa: PLR2004


def likelihoods(read: Sequence[Terms], stop: frozenset[str], w: Weights) -> dict[str, float]:
    """How likely a summary names each word of a story's sentences."""
    bias, *by = msgspec.structs.astuple(w)
    exp = math.exp
    return {term: 1 / (1 + exp(-bias - sum(map(mul, by, known)))) for term, known in features(read, stop).items()}
