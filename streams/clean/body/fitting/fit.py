"""Fit the body extractor's weights: `NEWSFLOW_DATA=… python -m streams.clean.body.fitting.fit` (needs catboost).

    pages + gold ─ labels ─► samples, two variants of each ─► log-odds ─► first look ─► second look ─► weights.npz

Fitted on the 641 pages of `train-articles`. The first look's answers that the second is fitted on come from trees that
were fitted on other sites (folds by site), and the log-odds of a page's names and words leave that page out. A block
weighs by the square root of its share of the story, so short stories count as much as long ones.
"""

import base64
import gzip
import json
import math
import os
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from catboost import CatBoostClassifier
from numpy.typing import NDArray

from streams.clean import page
from streams.clean.body import choose, context, features, lexicon, second, walk
from streams.clean.body.features import Floats, Rows
from streams.clean.body.fitting import augment, gold
from streams.clean.body.fitting.augment import Pool, Sample
from streams.clean.fields import head
from streams.clean.grow import SETTINGS, exported, likely
from streams.clean.trees import Trees

FOLDS = 4
ROUNDS = 2  # variants of each page
VARIANT_WEIGHT = 0.6
FIRST_TREES, SECOND_TREES = 200, 120
Odds = Mapping[str, float]


class Lexicon:
    """Log-odds of parts of names or texts, from how much of the story and of the rest of each page they mark.

    Args:
        pages: for each page, part → (share of the story, share of the rest).
        fewest: pages that a part must be on.
        prior: pages' worth of doubt.
    """

    def __init__(self, pages: list[dict[str, tuple[float, float]]], fewest: int, prior: float) -> None:
        self.pages, self.fewest, self.prior = pages, fewest, prior
        self.count: Counter[str] = Counter()
        self.story: dict[str, float] = defaultdict(float)
        self.rest: dict[str, float] = defaultdict(float)
        for marks in pages:
            for part, (story, rest) in marks.items():
                self.count[part] += 1
                self.story[part] += story
                self.rest[part] += rest
        total = sum(self.story.values())
        self.base = total / (total + sum(self.rest.values()))
        self.odds = {part: self._odds(part, 0, 0, 0) for part in self.count}
        self.table: Odds = {part: value for part, value in sorted(self.odds.items()) if value is not None}

    def without(self, number: int) -> Odds:
        """Give the table as it would be without a page."""
        own = {part: self._odds(part, 1, *marks) for part, marks in self.pages[number].items()}
        table = {part: value for part, value in self.table.items() if part not in own}
        return table | {part: value for part, value in own.items() if value is not None}

    def _odds(self, part: str, pages: int, story: float, rest: float) -> float | None:
        if self.count[part] - pages < self.fewest:
            return None
        for_, against = self.story[part] - story, self.rest[part] - rest
        prior, base = self.prior, self.base
        return math.log((for_ + prior * base) / (against + prior * (1 - base)) * (1 - base) / base)


def samples(data: Path) -> Iterator[tuple[str, str, Sample]]:
    """Read pages and gold: (address, gold, sample)."""
    with gzip.open(data / "raw.jsonl.gz") as raw, gzip.open(data / "gold.jsonl.gz") as true:
        for line, other in zip(raw, true, strict=True):
            event, told = json.loads(line), json.loads(other)
            root = page.parse(base64.b64decode(event["body_b64"]).decode("utf-8", "replace"))
            if root is None:
                continue
            blocks = walk.read(root)
            labels = gold.labels([block.text for block in blocks.blocks], told["text"])
            if blocks.blocks:
                yield event["url"], told["text"], Sample(blocks, labels, page.about(head.read(root, event["url"])))


def name_marks(sample: Sample) -> dict[str, tuple[float, float]]:
    """How much of the page's story, and of its rest, stands in elements of each name."""
    weight = np.sqrt([min(context.size_of(block.text), 2000) for block in sample.page.blocks])
    label = np.maximum(0, sample.labels)
    running = [np.concatenate(([0], np.cumsum(x / max(1, x.sum())))) for x in (weight * label, weight * (1 - label))]
    found: dict[str, tuple[float, float]] = {}
    for node in sample.page.nodes:
        if node.end > node.first:
            story, rest = (float(x[node.end] - x[node.first]) for x in running)
            for part in lexicon.names(node.signature):
                before = found.get(part, (0.0, 0.0))
                found[part] = min(1.0, before[0] + story), min(1.0, before[1] + rest)
    return found


def word_marks(sample: Sample) -> dict[str, tuple[float, float]]:
    """In how many of ten blocks of the story, and of the rest, each word stands."""
    label = np.maximum(0, sample.labels)
    story, rest = max(1.0, label.sum()), max(1.0, (1 - label).sum())
    found: dict[str, tuple[float, float]] = {}
    for block, share in zip(sample.page.blocks, label.tolist(), strict=True):
        for word in {*lexicon.words([block.text])[:-1][: lexicon.JUDGED]}:
            before = found.get(word, (0.0, 0.0))
            found[word] = before[0] + 10 * share / story, before[1] + 10 * (1 - share) / rest
    return found


def rows_of(sample: Sample, names: Odds, words: Odds) -> Rows:
    """Give a sample's columns."""
    scored: dict[str, tuple[float, float, float]] = {}

    def name_score(signature: str) -> tuple[float, float, float]:
        if signature not in scored:
            scored[signature] = lexicon.score(names, lexicon.names(signature))
        return scored[signature]

    table = lexicon.Table.of({} if sample.wordless else words)
    return features.compute(sample.page, sample.about, name_score, table)


def weights_of(sample: Sample) -> NDArray[np.float64]:
    """Weigh a sample's blocks; those without a word not at all."""
    label = np.array(sample.labels)
    words = np.array([context.size_of(block.text) for block in sample.page.blocks]) / 6
    story = max(20.0, float((words * (label > 0.5)).sum()))  # noqa: PLR2004
    return np.sqrt(np.minimum(1, words / story)) * (label >= 0)


def fit(pairs: Iterable[tuple[Sample, Floats, float]], trees: int) -> CatBoostClassifier:
    """Fit trees on (sample, its columns, its weight)."""
    used = list(pairs)
    model = CatBoostClassifier(iterations=trees, **SETTINGS)
    return model.fit(
        np.hstack([values for _, values, _ in used]).T,
        np.concatenate([np.maximum(0, sample.labels) for sample, _, _ in used]),
        sample_weight=np.concatenate([weight * weights_of(sample) for sample, _, weight in used]),
    )


def table(odds: Odds, name: str) -> dict[str, NDArray[Any]]:
    """Give a table as arrays."""
    keys = np.frombuffer("\n".join(odds).encode(), dtype=np.uint8)
    return {f"{name}_keys": keys, f"{name}_odds": np.array([*odds.values()], dtype=np.float32)}


def main(data: Path, say: Callable[[str], None] = print) -> None:
    """Fit, say the cross-validated F1, and write weights.npz."""
    read = list(samples(data / "train-articles"))
    own = [sample for _, _, sample in read]
    sites = [urlsplit(url).netloc.removeprefix("www.") for url, _, _ in read]
    fold = [zlib.crc32(site.encode()) % FOLDS for site in sites]
    pool = Pool(
        [sentence for _, text, _ in read for sentence in augment.sentences(text[:3000])],
        [title for s in own for title in s.about.titles[:1] if 20 < len(title) < 150],  # noqa: PLR2004
    )
    names = Lexicon([name_marks(sample) for sample in own], fewest=4, prior=0.5)
    words = Lexicon([word_marks(sample) for sample in own], fewest=5, prior=1.0)
    all_: list[tuple[int, Sample, Floats, Rows, float]] = []
    for number, sample in enumerate(own):
        random = Random(700_021 + number)  # noqa: S311 - repeatable, not secret
        tables = names.without(number), words.without(number)
        for made in [sample, *(augment.variant(sample, random, pool) for _ in range(ROUNDS))]:
            if made.page.blocks:
                rows = rows_of(made, *tables)
                all_.append((number, made, rows.values, rows, 1.0 if made is sample else VARIANT_WEIGHT))
    say(f"{len(own)} pages, {len(all_)} samples, {len(names.table)} names, {len(words.table)} words")
    first_of: dict[int, Floats] = {}
    for k in range(FOLDS):
        model = fit([(s, v, w) for n, s, v, _, w in all_ if fold[n] != k], FIRST_TREES)
        first_of |= {i: likely(model, v) for i, (n, _, v, _, _) in enumerate(all_) if fold[n] == k}
        say(f"fold {k + 1} of {FOLDS}")
    pairs = [
        (
            read[n][1],
            "\n".join(
                b.text for b, kept in zip(s.page.blocks, choose.kept(s.page, r, first_of[i]), strict=True) if kept
            ),
        )
        for i, (n, s, _, r, weight) in enumerate(all_)
        if weight == 1
    ]
    say("first look, cross-validated: F1 {:.4f}, precision {:.3f}, recall {:.3f}".format(*gold.f1(pairs)))
    first = fit([(s, v, w) for _, s, v, _, w in all_], FIRST_TREES)
    stacked = [(s, second.columns(r, first_of[i])[1], w) for i, (_, s, _, r, w) in enumerate(all_)]
    last = fit(stacked, SECOND_TREES)
    trees = exported(first, "first")
    own_trees = Trees(**{part: trees[f"first_{part}"] for part in ("columns", "borders", "leaves", "bias")})
    if not np.allclose(own_trees.probabilities(all_[0][2]), likely(first, all_[0][2]), atol=1e-4):
        raise ValueError("the exported trees differ from catboost's")
    made_of = trees | exported(last, "second") | table(names.table, "names") | table(words.table, "words")
    np.savez_compressed(Path(__file__).parents[1] / "weights.npz", **made_of)  # type: ignore[arg-type]
    for name in ("pages", "articles"):  # never fitted on
        told = [(text, "\n".join(story(sample))) for _, text, sample in samples(data / name)]
        say("{}: F1 {:.4f}, precision {:.3f}, recall {:.3f}".format(name, *gold.f1(told)))


def story(sample: Sample) -> list[str]:
    """Give the blocks that the shipped weights keep."""
    rows, found = choose.probabilities(sample.page, sample.about)
    return [b.text for b, kept in zip(sample.page.blocks, choose.kept(sample.page, rows, found), strict=True) if kept]


if __name__ == "__main__":
    main(Path(os.environ.get("NEWSFLOW_DATA", sys.argv[-1])))
