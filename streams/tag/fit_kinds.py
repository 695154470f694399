"""Find the weights of `kinds.py` anew: `python -m streams.tag.fit_kinds labelled.jsonl`.

A line holds `paragraphs`, `entities`, each [paragraph, start, end, kind], and `weight`, a whole number: how much the
labels are to be believed. The weights that newsflow ships were fitted on text labelled by hand, Wikigold (CC-BY 4.0,
weight 4) and two parts of the Broad Twitter Corpus (CC-BY 4.0, weight 2), and on English Wikinews of 2019 and 2020
(CC-BY 2.5) and the pages of train-articles (CC-BY 4.0), labelled by spaCy's en_core_web_md 3.8 (MIT licence, weight 1).
"""

import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from streams.tag.kinds import (
    KINDS,
    LINKS,
    NONE,
    WEIGHTS,
    after,
    as_whole,
    before,
    facts_of,
    roles,
    told,
    two_after,
    two_before,
)
from streams.tag.segments import LONGEST, Place, parts_of, pieces_of, runs

_ROUNDS = 5  # as good as 10
_SEEDS = (1, 2, 3)  # orders of the examples: the mean of their weights is steadier than any
_SEEN = 3  # names that have a feature: what is seen less is chance
_SCALE = 10  # weights are whole numbers
_LEAST = 4  # of a weight in a row that is kept
_MARGIN = 1  # by which a right cut must win, a piece

Label = tuple[int, int, str]  # start, end, kind
Part = tuple[int, int, list[int], tuple[int, ...], int]  # first, last, features, kinds that it may have, its own or -1


class Example(NamedTuple):
    """A run of capitalised words: its parts, its number of pieces, its weight."""

    parts: list[Part]
    size: int
    weight: int


class Reader:
    """Reads labelled articles into runs; numbers their features."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def read(self, article: dict[str, Any]) -> Iterator[Example]:
        """Read the runs of an article with their right cuts."""
        for number, text in enumerate(article["paragraphs"]):
            labels = [(start, end, kind) for at, start, end, kind in article["entities"] if at == number]
            for run in runs(text):
                written, start, *_ = run
                pieces, spans = pieces_of(written)
                right = right_cut(pieces, [(start + a, start + b) for a, b in spans], labels)
                parts = [self._part(run, pieces, part, right) for part in parts_of(pieces)]
                yield Example(parts, len(pieces), article["weight"])

    def _part(self, run: Place, pieces: list[str], part: tuple[int, int], right: dict[tuple[int, int], int]) -> Part:
        first, last = part
        _, _, begins, further, nearest, following, next_one = run
        words = [facts_of(piece) for piece in pieces]
        names = [name for word, role in roles(words, first, last, begins=begins) for name in told(word, role)]
        if first:
            names.append(two_before(words[first - 2].lower if first > 1 else "^", words[first - 1].lower))
        else:
            names += [*before(nearest), two_before(further, nearest)]
        if last < len(pieces):
            names.append(two_after(words[last].lower, words[last + 1].lower if last + 1 < len(words) else "$"))
        else:
            names += [*after(following), two_after(following, next_one)]
        single = last - first == 1
        if not single:
            names += as_whole(words[first:last], begins=begins and not first)
        kinds = (NONE,) if single and pieces[first] in LINKS else tuple(range(len(KINDS) if single else NONE))
        numbers = [self.numbers.setdefault(name, len(self.numbers)) for name in names]
        return first, last, numbers, kinds, right.get(part, -1)


def right_cut(pieces: list[str], spans: list[tuple[int, int]], labels: Iterable[Label]) -> dict[tuple[int, int], int]:
    """Cut a run as it is labelled: part → kind. To a name belongs no link at its ends, and no "The"."""
    taken: set[int] = set()
    cut: dict[tuple[int, int], int] = {}
    for start, end, kind in labels:
        inner = [at for at, (a, b) in enumerate(spans) if start <= a and b <= end]
        while inner and (pieces[inner[0]] in LINKS or pieces[inner[0]] == "The"):
            del inner[0]
        while inner and pieces[inner[-1]] in LINKS:
            del inner[-1]
        if inner and len(inner) <= LONGEST and taken.isdisjoint(inner):
            taken.update(inner)
            cut[inner[0], inner[-1] + 1] = KINDS.index(kind)
    return cut | {(at, at + 1): NONE for at in range(len(pieces)) if at not in taken}


def guess(example: Example, weights: list[list[float]]) -> dict[tuple[int, int], tuple[int, list[int]]]:
    """Cut a run by the weights, those cuts first that would be wrong: part → kind and features."""
    best: list[float] = [0.0] + [-1e18] * example.size
    back: list[tuple[int, int, list[int]]] = [(0, 0, [])] * (example.size + 1)
    for first, last, numbers, kinds, right in example.parts:
        rows = [weights[number] for number in numbers]
        scores = [sum(column) for column in zip(*rows, strict=True)]
        for kind in kinds:
            value = best[first] + scores[kind] + (_MARGIN * (last - first) if kind != right else 0)
            if value > best[last]:
                best[last] = value
                back[last] = (first, kind, numbers)
    found: dict[tuple[int, int], tuple[int, list[int]]] = {}
    at = example.size
    while at:
        first, kind, numbers = back[at]
        found[first, at] = kind, numbers
        at = first
    return found


def fit(examples: list[Example], features: int, seed: int) -> list[list[float]]:
    """Fit an averaged perceptron: a row of weights, one a kind, for each feature."""
    weights = [[0.0] * len(KINDS) for _ in range(features)]
    summed = [[0.0] * len(KINDS) for _ in range(features)]
    order, step = random.Random(seed), 0  # noqa: S311 - an order, no secret
    for _ in range(_ROUNDS):
        order.shuffle(examples)
        for example in examples:
            step += 1
            found = guess(example, weights)
            right = {(first, last): (kind, numbers) for first, last, numbers, _, kind in example.parts if kind >= 0}
            for cut, other, change in ((right, found, example.weight), (found, right, -example.weight)):
                for part, (kind, numbers) in cut.items():
                    if other.get(part, (-1,))[0] != kind:
                        for number in numbers:
                            weights[number][kind] += change
                            summed[number][kind] += step * change
    return [[w - s / step for w, s in zip(*rows, strict=True)] for rows in zip(weights, summed, strict=True)]


def main(source: Path) -> None:
    """Fit and write the weights."""
    reader = Reader()
    with source.open(encoding="utf-8") as lines:
        examples = [example for line in lines for example in reader.read(json.loads(line))]
    seen = Counter(
        number for ex in examples for _, _, numbers, _, right in ex.parts if right >= 0 for number in numbers
    )
    for example in examples:
        for part in example.parts:
            part[2][:] = [number for number in part[2] if seen[number] >= _SEEN]
    fits = [fit(examples, len(reader.numbers), seed) for seed in _SEEDS]
    means = [[sum(ws) / len(fits) for ws in zip(*rows, strict=True)] for rows in zip(*fits, strict=True)]
    rows = {name: [round(_SCALE * w) for w in means[number]] for name, number in sorted(reader.numbers.items())}
    kept = {name: row for name, row in rows.items() if max(map(abs, row)) >= _LEAST}
    WEIGHTS.write_bytes(gzip.compress(json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0))
    print(f"{len(examples)} runs, {len(kept)} features, {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
