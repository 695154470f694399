"""How alike two texts are: features of a pair, and the probability that one is a copy of the other.

What words share is not enough (market reports, scores and weather share words, not facts): numbers, names, the title
and the place where the shared words stand tell a copy from the next report of the same form.
"""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.dedupe.fingerprint import Fingerprint, Text, unpacked

FEATURES = (
    "short_shared",  # share of the shorter text that stands in the longer (containment)
    "long_shared",
    "jaccard",
    "length_ratio",
    "log_words",  # of the shorter text
    "numbers",  # share of the fewer numbers that both have; 0.5 where one has none
    "numbers_jaccard",
    "numbers_lacking",  # log of how many of the shorter text's numbers the longer lacks
    "numbers_fewer",  # log of how many numbers the text with fewer of them has
    "names",
    "names_jaccard",
    "names_lacking",
    "names_fewer",
    "title",  # share of the shorter title
    "no_title",
    "long_begins",  # share of the longer text's first quarter that is shared
    "short_begins",
    "short_ends",
    "verbatim",  # share of the shared places that are followed by the same words up to the next
    "longest_run",  # of the shorter text, in shares of it
    "reach",  # from the first to the last shared place in the longer text, in shares of it
    "density",  # shared places within that reach
)
NEUTRAL = 0.5
THRESHOLD = 0.4  # of probability: precision and recall are alike there, and real copies are edited more than made ones
WEIGHTS = Path(__file__).with_name("weights.npz")


class Likeness(Struct, frozen=True, gc=False):
    """How alike two texts are.

    Attributes:
        probability: that they tell the same news in the same words.
        similarity: share of the shorter text that stands in the longer one.
        of_text: share of the text that stands in the other.
        of_other: share of the other that stands in the text.
        jaccard: what both have, of what either has.
    """

    probability: float
    similarity: float
    of_text: float
    of_other: float
    jaccard: float

    @property
    def same(self) -> bool:
        """Whether one is a copy of the other."""
        return self.probability >= THRESHOLD


def judge(text: Text, others: Sequence[Fingerprint]) -> list[Likeness]:
    """Compare a text with fingerprints of others."""
    if not others:
        return []
    pairs = [compare(text, other) for other in others]
    return [
        Likeness(probability, round(pair[0], 3), *shares)
        for probability, (pair, *shares) in zip(_probabilities([pair for pair, *_ in pairs]), pairs, strict=True)
    ]


def compare(text: Text, other: Fingerprint) -> tuple[list[float], float, float, float]:
    """Give the features of a pair, and the shares of `Likeness`."""
    sample = text.sample(other.every)
    theirs = unpacked(other.marks, 4)
    links = dict(zip(theirs, unpacked(other.links, 2), strict=True))
    known = dict(zip(sample.marks, sample.links, strict=True))
    our_hits = list(map(links.__contains__, sample.marks))
    their_hits = list(map(known.__contains__, theirs))
    shared = len(known.keys() & links.keys())
    of_text, of_other = shared / max(1, len(known)), shared / max(1, len(links))
    jaccard = shared / max(1, len(known) + len(links) - shared)
    verbatim = len(known.items() & links.items())
    ours_shorter = text.words <= other.words
    short, long = (our_hits, their_hits) if ours_shorter else (their_hits, our_hits)
    title = set(unpacked(other.title, 2))
    fewer = min(len(title), len(text.title))
    first = long.index(True) if shared else 0
    last = len(long) - long[::-1].index(True) if shared else 0
    features = [
        of_text if ours_shorter else of_other,
        of_other if ours_shorter else of_text,
        jaccard,
        min(text.words, other.words) / max(1, text.words, other.words),
        math.log1p(min(text.words, other.words)),
        *_sets(text.numbers, unpacked(other.numbers, 2), ours_shorter=ours_shorter),
        *_sets(text.names, unpacked(other.names, 2), ours_shorter=ours_shorter),
        len(title & text.title) / fewer if fewer else NEUTRAL,
        float(not fewer),
        _share(long[: max(1, len(long) // 4)]),
        _share(short[: max(1, len(short) // 4)]),
        _share(short[-max(1, len(short) // 4) :]),
        verbatim / max(1, shared),
        _longest(short) / max(1, len(short)),
        (last - first) / max(1, len(long)),
        sum(long) / max(1, last - first),
    ]
    return features, of_text, of_other, jaccard


def _probabilities(features: Sequence[Sequence[float]]) -> list[float]:
    """Sum up the trees' votes on each pair: complete binary trees in level order, all walked at once."""
    trees = _trees()
    values = np.array(features)
    row = np.arange(len(values))[:, None] * values.shape[1]
    node = np.zeros((len(values), len(trees.root)), np.intp)
    for _ in range(trees.depth):
        at = trees.root + node
        node = 2 * node + 1 + (values.take(trees.feature.take(at) + row) > trees.threshold.take(at))
    votes = trees.leaf.take(trees.first_leaf + node).sum(axis=1) + trees.bias
    return np.round(1 / (1 + np.exp(-votes)), 4).tolist()  # type: ignore[no-any-return]


class _Trees(Struct, frozen=True):
    bias: float
    depth: int
    root: NDArray[np.intp]  # of each tree, in `feature` and `threshold`
    first_leaf: NDArray[np.intp]  # of each tree, in `leaf`, less the number of its inner nodes
    feature: NDArray[np.intp]
    threshold: NDArray[np.float64]
    leaf: NDArray[np.float64]


@cache
def _trees() -> _Trees:
    with np.load(WEIGHTS) as weights:
        trees, inner = weights["feature"].shape
        return _Trees(
            bias=float(weights["bias"]),
            depth=inner.bit_length(),
            root=np.arange(trees) * inner,
            first_leaf=np.arange(trees) * (inner + 1) - inner,
            feature=weights["feature"].ravel().astype(np.intp),
            threshold=weights["threshold"].ravel(),
            leaf=weights["leaf"].ravel(),
        )


def _sets(ours: frozenset[int], packed: list[int], *, ours_shorter: bool) -> tuple[float, float, float, float]:
    theirs = set(packed)
    both = len(ours & theirs)
    fewer = min(len(ours), len(theirs))
    lacking = (len(ours) if ours_shorter else len(theirs)) - both
    overlap = both / fewer if fewer else NEUTRAL
    every = len(ours) + len(theirs) - both
    return overlap, both / every if every else NEUTRAL, math.log1p(lacking), math.log1p(fewer)


def _share(hits: list[bool]) -> float:
    return sum(hits) / max(1, len(hits))


def _longest(hits: list[bool]) -> int:
    longest = run = 0
    for hit in hits:
        run = run + 1 if hit else 0
        longest = max(longest, run)
    return longest
