"""Find the weights of `kinds.py` anew: `python -m streams.tag.fit_kinds labelled.jsonl`.

A line holds `paragraphs` and `entities`, each [paragraph, start, end, kind]. The weights that newsflow ships were
fitted on English Wikinews of 2019 and 2020 (CC-BY 2.5) and the pages of train-articles (CC-BY 4.0), both labelled by
spaCy's en_core_web_sm 3.8 (MIT licence).
"""

import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from streams.tag.entities import mentions
from streams.tag.kinds import KINDS, WEIGHTS, features

_ROUNDS = 6
_SEED = 1
_SEEN = 3  # mentions that have a feature: what is seen less is chance
_SCALE = 20  # weights are whole numbers
_LEAST = 4  # of a weight in a row that is kept

_AROUND = re.compile(r"^[Tt]he |['’]s?$|(?<=[a-z]{2})\.$")

Example = tuple[list[str], int]


def examples(paragraphs: list[str], labelled: dict[tuple[int, int, int], str]) -> list[Example]:
    """Read the names that the rules find, with the kinds that they are labelled with.

    To a name belong no "the", no possessive, and no stop ("Inc.", but "U.S.").
    """
    spans: dict[tuple[int, int, int], str] = {}
    for (number, start, end), label in labelled.items():
        name = paragraphs[number][start:end]
        cut = _AROUND.sub("", name)
        left = name.find(cut)
        spans[number, start + left, start + left + len(cut)] = label
    found: list[Example] = []
    for number, text in enumerate(paragraphs):
        taken = [(start, end) for at, start, end in spans if at == number]
        for mention in mentions(text, "en"):
            start, end = mention.start, mention.end
            known = spans.get((number, start, end))
            if known is None and any(start < right and left < end for left, right in taken):
                continue  # the borders differ: nobody knows what its kind is
            found.append((features(mention, text), KINDS.index(known or "none")))
    return found


def fit(read: list[Example]) -> dict[str, list[float]]:
    """Fit an averaged perceptron: features → a weight for each kind."""
    weights: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(KINDS))
    summed: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(KINDS))
    order, step = random.Random(_SEED), 0  # noqa: S311 - an order, no secret
    for _ in range(_ROUNDS):
        order.shuffle(read)
        for told, kind in read:
            step += 1
            rows = [weights[name] for name in told]
            scores = [sum(column) for column in zip(*rows, strict=True)]
            scores[kind] -= 1.0  # a margin
            guess = max(range(len(KINDS)), key=scores.__getitem__)
            if guess != kind:
                for name in told:
                    for at, change in ((kind, 1.0), (guess, -1.0)):
                        weights[name][at] += change
                        summed[name][at] += step * change
    return {name: [w - s / step for w, s in zip(row, summed[name], strict=True)] for name, row in weights.items()}


def main(source: Path) -> None:
    """Fit and write the weights."""
    read: list[Example] = []
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            labelled = {(number, start, end): kind for number, start, end, kind in article["entities"]}
            read += examples(article["paragraphs"], labelled)
    seen = Counter(name for told, _ in read for name in told)
    read = [([name for name in told if seen[name] >= _SEEN], kind) for told, kind in read]
    rows = {name: [round(_SCALE * w) for w in row] for name, row in sorted(fit(read).items())}
    kept = {name: row for name, row in rows.items() if max(map(abs, row)) >= _LEAST}
    WEIGHTS.write_bytes(gzip.compress(json.dumps(kept, separators=(",", ":"), ensure_ascii=False).encode(), mtime=0))
    print(f"{len(read)} mentions, {len(kept)} features, {WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
