"""Labels: which of a page's blocks its gold text holds."""

import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
FEWEST_WORDS = 5  # of a block that is found by its words; shorter ones must be a whole line of the gold
NEAR = 3  # blocks on either side that a short or repeated block is judged by
SURE = 0.8  # share of the words around a fragment that are gold, for it to be gold
UNKNOWN = -1.0  # a block without a word


def words(text: str) -> list[str]:
    """Give a text's words."""
    return _WORD.findall(text.replace("\ufeff", ""))


def labels(blocks: Sequence[str], gold: str) -> list[float]:
    """Give the share of each block's words that stand in the gold in the same order, or UNKNOWN.

    Text that stands on the page more often than in the gold is gold where most of the blocks around are.
    """
    lines = [line for line in map(words, gold.split("\n")) if line]
    whole = {tuple(line) for line in lines}
    flat = [word for line in lines for word in line]
    triples = set(zip(flat, flat[1:], flat[2:], strict=False))
    running = f" {' '.join(flat)} "
    own = [words(block) for block in blocks]
    found: list[float] = []
    for words_ in own:
        share = _share(words_, triples) if len(words_) >= FEWEST_WORDS else float(tuple(words_) in whole)
        found.append(share if words_ else UNKNOWN)
    fragments = [
        i for i, b in enumerate(own) if 0 < len(b) < FEWEST_WORDS and not found[i] and f" {' '.join(b)} " in running
    ]
    for i in fragments:
        found[i] = float(_around(i, found, own) > SURE)
    places: dict[tuple[str, ...], list[int]] = {}
    for i, words_ in enumerate(own):
        if found[i] > 0.5:  # noqa: PLR2004 - more gold than not
            places.setdefault(tuple(words_), []).append(i)
    for text, at in places.items():
        stands = max(1, running.count(f" {' '.join(text)} "))
        for i in sorted(at, key=lambda i: (-_around(i, found, own), i))[stands:]:
            found[i] = 0.0
    return found


def _share(block: list[str], triples: set[tuple[str, str, str]]) -> float:
    hit = [False] * len(block)
    for i, triple in enumerate(zip(block, block[1:], block[2:], strict=False)):
        if triple in triples:
            hit[i : i + 3] = [True] * 3
    return sum(hit) / len(block)


def _around(i: int, found: Sequence[float], own: Sequence[list[str]]) -> float:
    near = [j for j in range(max(0, i - NEAR), min(len(found), i + NEAR + 1)) if j != i]
    known = [found[j] for j in near if found[j] >= 0 and len(own[j]) >= FEWEST_WORDS]
    return sum(known) / len(known) if known else 0.0


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Count the runs of four words, as the article-extraction-benchmark's metric does."""
    found = words(text)
    return Counter(tuple(found[i : i + size]) for i in range(max(1, len(found) - size + 1))) if found else Counter()


def f1(pairs: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    """Give F1, precision and recall of (gold, found), each averaged over the pages before F1 is taken."""
    precision: list[float] = []
    recall: list[float] = []
    for gold, found in pairs:
        true, got = shingles(gold), shingles(found)
        hit = (true & got).total()
        if got:
            precision.append(hit / got.total())
        if true:
            recall.append(hit / true.total())
    p, r = (sum(x) / max(1, len(x)) for x in (precision, recall))
    return 2 * p * r / max(1e-9, p + r), p, r
