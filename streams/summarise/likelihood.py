"""How likely a reader's summary names a word of the story: logistic regression on where and how often the word stands.

It is a model of words, not of sentences: an article has hundreds of them, so a few hundred summaries fit it well, and
nothing in it knows a language, a site or a layout. `fit.py` finds the weights, `weights.json` holds them.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from operator import mul
from pathlib import Path

import msgspec

WEIGHTS = Path(__file__).parent / "weights.json"
READ = 30  # sentences that tell what the story is about
_FADE = [math.exp(-at / 4) for at in range(READ)]  # what a place counts: a third of the one four sentences earlier
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
    first: dict[str, int] = {}
    share: dict[str, float] = {}
    count: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    quoted: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for at, sentence in enumerate(read):
        fade = _FADE[at]
        count.update(sentence.all)
        holding.update(list(sentence.distinct))
        for term in sentence.distinct:
            if term in share:
                share[term] += fade
            else:
                first[term], share[term] = at, fade
        if sentence.quoted:
            quoted.update(list(sentence.distinct))
        if sentence.own:
            own.update(list(sentence.distinct))
    described: dict[str, tuple[float, ...]] = {}
    for term, at in first.items():
        often, shared, sentences = math.log(count[term]), share[term], holding[term]
        log_share = math.log(shared + _LITTLE)
        is_stop = term in stop
        described[term] = (
            at == 0,
            at == 1,
            at == 2,  # noqa: PLR2004 - the third
            often,
            shared,
            log_share,
            term[0].isdigit() or term[-1].isdigit(),
            min(len(term), _LONG) / _LONG,
            quoted[term] / sentences,
            own[term] / sentences,
            is_stop,
            often * is_stop,
            log_share * is_stop,
        )
    return described


def likelihoods(read: Sequence[Terms], stop: frozenset[str], w: Weights) -> dict[str, float]:
    """How likely a summary names each word of a story's sentences."""
    bias, *by = msgspec.structs.astuple(w)
    exp = math.exp
    return {term: 1 / (1 + exp(-bias - sum(map(mul, by, known)))) for term, known in features(read, stop).items()}
