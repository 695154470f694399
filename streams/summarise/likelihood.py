"""How likely a reader's summary names a word of the story: logistic regression on where and how often the word stands.

It is a model of words, not of sentences: an article has hundreds of them, so a few hundred summaries fit it well, and
nothing in it knows a language, a site or a layout. `fit.py` finds the weights, `weights.json` holds them.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path

import msgspec

WEIGHTS = Path(__file__).parent / "weights.json"
READ = 30  # sentences that tell what the story is about
_FADE = [math.exp(-at / 4) for at in range(READ)]  # what a place counts: a third of the one four sentences earlier
_MANY = 100  # times that a word stands
_LOG = [-math.inf, *(math.log(count) for count in range(1, _MANY))]
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
    count = _counts(read)
    described: dict[str, tuple[float, ...]] = {}
    for term, held in _places(read).items():
        often, shared = math.log(count[term]), sum([_FADE[at] for at in held])
        log_share = math.log(shared + _LITTLE)
        quoted = sum([read[at].quoted for at in held]) / len(held)
        own = sum([read[at].own for at in held]) / len(held)
        first, second, third = (float(held[0] == at) for at in range(3))
        length = min(len(term) / _LONG, 1.0)
        tail = (1.0, often, log_share) if term in stop else (0.0, 0.0, 0.0)
        described[term] = (first, second, third, often, shared, log_share, _numeric(term), length, quoted, own, *tail)
    return described


def _counts(read: Sequence[Terms]) -> Counter[str]:
    return Counter(chain.from_iterable([sentence.all for sentence in read]))


def _places(read: Sequence[Terms]) -> dict[str, list[int]]:
    """Tell by number in which sentences each word stands."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, sentence in enumerate(read):
        for term in sentence.distinct:
            places[term].append(at)
    return places


def _numeric(term: str) -> bool:
    return term[0].isdigit() or term[-1].isdigit()


def likelihoods(read: Sequence[Terms], stop: frozenset[str], w: Weights) -> dict[str, float]:
    """How likely a summary names each word of a story's sentences: the logistic of its weighed `features`.

    They are not made one by one, as what places add is the same for all words of a sentence that stand nowhere else.
    """
    bias, counts, long, exp = w.bias, w.count, w.length, math.exp  # as names of its own they are found faster
    begins = [w.first, w.second, w.third, *[0.0] * len(read)]
    letters = [w.length * (length / _LONG) for length in range(_LONG)]

    def placed(held: Sequence[int]) -> tuple[float, float, float, float, float, float]:
        shared = sum([_FADE[at] for at in held])
        log_share = math.log(shared + _LITTLE)
        quoted = w.quoted * (sum([read[at].quoted for at in held]) / len(held))
        own = w.own * (sum([read[at].own for at in held]) / len(held))
        return begins[held[0]], w.share * shared, w.log_share * log_share, quoted, own, log_share

    alone = [placed([at]) for at in range(len(read))]
    count = _counts(read)
    likely: dict[str, float] = {}
    for term, held in _places(read).items():
        odds, share, late, quoted, own, log_share = alone[held[0]] if len(held) == 1 else placed(held)
        seen, length = count[term], len(term)
        often = _LOG[seen] if seen < _MANY else math.log(seen)
        # In the order of `features`: sums of floats must come out alike, as sentences of the same words vie by them.
        odds = odds + counts * often + share + late
        if not term.isalpha() and _numeric(term):
            odds += w.digit
        odds = odds + (letters[length] if length < _LONG else long) + quoted + own
        if term in stop:
            odds = odds + w.stop + w.stop_count * often + w.stop_share * log_share
        likely[term] = 1 / (1 + exp(-bias - odds))
    return likely
