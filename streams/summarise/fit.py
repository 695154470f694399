"""Fit the weights of the extractive summary: `python -m streams.summarise.fit PAGES STORIES`.

Both are directories with raw.jsonl.gz (raw events) and gold.jsonl.gz. PAGES are HTML pages and their texts (`url`,
`text`); a page's own description, where its words stand in the text, is taken for a summary. STORIES are plain texts
with a summary by a person (`url`, `summary`). Nothing of either ships, only fourteen numbers.

The weights that ship were fitted on the 408 descriptions of the project's set train-articles (pages of the 2026 web,
CC-BY-4.0), each counting a tenth of a story's, and the 200 stories of its set summaries (CNN/DailyMail). As those
judge, too, what is expected of other stories is the cross-validated figure, which this prints: every fifth
of the stories judged by weights fitted without it.
"""

import base64
import gzip
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from lxml import html

from streams.summarise.extract import Sentence, choose, read_sentences
from streams.summarise.likelihood import WEIGHTS, Terms, Weights, features
from streams.tag.stopwords import stopwords

PAGE_COUNTS = 0.1  # a description is a teaser: more of them lose on stories (0.4: 0.003), fewer on pages
_RIDGE = 30.0  # 3 to 100 differ by 0.001
_STEPS = 12  # of Newton's method: it has long converged
_FOLDS, _ROUNDS = 5, 3
_STOP = stopwords("en")
_JUDGED = re.compile(r"[a-z0-9]+")

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


class Case(NamedTuple):
    """A text's sentences, its summary, and each word's features and whether the summary names it."""

    read: list[Sentence]
    wanted: str
    described: Matrix
    named: Vector
    counts: float


def case(paragraphs: Sequence[str], wanted: str, counts: float) -> Case:
    """Describe a text and its summary."""
    read = read_sentences(None, paragraphs, "en")
    known = features([sentence.terms for sentence in read], _STOP)
    names = Terms(wanted).distinct
    rows = np.array([(1.0, *each) for each in known.values()])
    return Case(read, wanted, rows, np.array([float(term in names) for term in known]), counts)


def pages(directory: Path) -> Iterator[Case]:
    """Yield each page that has a description of its own text."""
    texts = {page["url"]: page["text"] for page in _lines(directory / "gold.jsonl.gz")}
    for event in _lines(directory / "raw.jsonl.gz"):
        tree = html.fromstring(base64.b64decode(event["body_b64"]))
        told = str(tree.xpath("string(//meta[@property='og:description' or @name='description']/@content)"))
        wanted = _JUDGED.findall(told.lower())
        known = set(_JUDGED.findall(texts[event["url"]].lower()))
        content = [word for word in wanted if word not in _STOP]
        if len(wanted) >= 15 and len(known) >= 150 and sum(w in known for w in content) >= 0.75 * len(content):  # noqa: PLR2004 - a teaser, a stub, a slogan
            paragraphs = [line.strip() for line in texts[event["url"]].split("\n") if line.strip()]
            yield case(paragraphs, told, PAGE_COUNTS)


def stories(directory: Path) -> Iterator[Case]:
    """Yield each story with its summary."""
    wanted = {story["url"]: story["summary"] for story in _lines(directory / "gold.jsonl.gz")}
    for event in _lines(directory / "raw.jsonl.gz"):
        yield case([line for line in event["body"].split("\n") if line.strip()], wanted[event["url"]], 1.0)


def rouge1(got: str, wanted: str) -> float:
    """F1 of words (Lin 2004, ROUGE-1)."""
    a, b = Counter(_JUDGED.findall(got.lower())), Counter(_JUDGED.findall(wanted.lower()))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def fit(known: Sequence[Case]) -> Weights:
    """Logistic regression with a ridge, on features brought to one scale."""
    rows, named = np.vstack([each.described for each in known]), np.concatenate([each.named for each in known])
    counts = np.concatenate([np.full(len(each.named), each.counts) for each in known])
    middle, scale = rows.mean(0), rows.std(0)
    middle[0], scale[0] = 0.0, 1.0
    scaled = (rows - middle) / scale
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        odds = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (counts * (named - odds)) - _RIDGE * weights
        bend = (scaled * (counts * odds * (1 - odds))[:, None]).T @ scaled + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    by = weights / scale
    by[0] -= float((weights * middle / scale).sum())
    return Weights(*[round(float(value), 3) for value in by])


def score(judged: Sequence[Case], weights: Weights) -> list[float]:
    """ROUGE-1 of the summaries that these weights choose."""
    return [
        rouge1(" ".join(each.read[at].passage.text for at in choose(each.read, _STOP, weights)), each.wanted)
        for each in judged
    ]


def cross_validate(judged: Sequence[Case], besides: Sequence[Case]) -> float:
    """Mean ROUGE-1 of texts, each judged by weights that were fitted without it."""
    scores = []
    for seed in range(_ROUNDS):
        shuffled = random.Random(seed).sample(judged, len(judged))  # noqa: S311 - a split, no secret
        for fold in range(_FOLDS):
            kept = [each for at, each in enumerate(shuffled) if at % _FOLDS != fold]
            scores += score(shuffled[fold::_FOLDS], fit([*kept, *besides]))
    return sum(scores) / len(scores)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main(pages_in: Path, stories_in: Path) -> None:
    """Fit, say what to expect, and write the weights."""
    described, told = list(pages(pages_in)), list(stories(stories_in))
    for name, judged, besides in (("stories", told, described), ("pages", described, told)):
        lead = [rouge1(" ".join(s.passage.text for s in each.read[:3]), each.wanted) for each in judged]
        print(f"{len(judged)} {name}: Lead-3 {sum(lead) / len(lead):.4f}, ", end="")
        print(f"cross-validated {cross_validate(judged, besides):.4f}")
    WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(fit([*told, *described])), indent=1) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
