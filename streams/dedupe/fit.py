"""Fit the trees that tell copies from look-alikes: `python -m streams.dedupe.fit LABELLED TEXTS…`.

LABELLED is a directory with raw events in order of arrival (`raw.jsonl.gz`) and the group of each (`gold.jsonl.gz`:
`url`, `cluster`); TEXTS are files of raw events of plain text, or of `url` and `text`: `copies.py` makes pairs of them.

The weights that ship were fitted on two thirds of the stories of the project's set duplicates (the other third, by
story, measures: the script prints it) and on pairs made of the texts of its sets topics, keywords, summaries and
train-articles, less those that are in duplicates. What is shared may only raise the probability: that holds for texts
unlike these, too.
"""

import gzip
import json
import random
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from streams.clean.stage import clean
from streams.dedupe.copies import Newsroom, Story, read
from streams.dedupe.fingerprint import Text
from streams.dedupe.likeness import FEATURES, WEIGHTS, compare
from streams.dedupe.rows import Row, Verdict
from streams.dedupe.state import State, View
from streams.events import Article, RawPage

RAISES = {"short_shared", "long_shared", "jaccard", "verbatim", "longest_run"}
DEPTH, TREES = 4, 150
PAIRS = 8  # made of each story
WEIGHT = 5.0  # of a labelled pair against a made one
HELD_OUT = 3  # one story in so many measures
COMMON = 40  # stories that a name stands in, above which it makes no siblings
SHORTEST = 25  # words

Pair = tuple[list[float], bool, int]  # features, whether it is a copy, number of the story


def labelled(folder: Path) -> list[Pair]:
    """Give the pairs that the stream would compare, with their labels."""
    cluster = {line["url"]: line["cluster"] for line in _lines(folder / "gold.jsonl.gz")}
    state = State(window_ms=2**62, max_entries=len(cluster))
    groups: dict[str, str] = {}
    pairs = []
    for line in _lines(folder / "raw.jsonl.gz"):
        made = clean(RawPage(url=line["url"], body=line["body"], content_type=line.get("content_type")))
        article = made[0] if isinstance(made, list) else None
        if not isinstance(article, Article):
            continue
        text = Text(article.title, article.paragraphs)
        group = groups[article.article_id] = cluster[line["url"]]
        view = View(state)
        keys, rows = view.alike(*text.keys, now=0, near_ms=0)
        for row in rows:
            if row.fingerprint:
                same = groups[row.article_id] == group
                pairs.append((compare(text, row.fingerprint)[0], same, zlib.crc32(group.encode())))
        for change in view.put([_row(article.article_id, text, keys)]):
            state.apply(change)
    return pairs


def _row(name: str, text: Text, keys: Sequence[int]) -> Row:
    verdict = Verdict(kind="unique", revision=1, story_id=name, supersedes=[], text_key="", text_sha256="")
    packed = np.array(keys, np.uint32).tobytes()
    return Row(
        article_id=name, first_at=0, seen_at=0, original=True, source=0, title_key="", verdicts=[verdict], keys=packed,
        fingerprint=text.fingerprint,
    )  # fmt: skip


def stories(paths: Sequence[Path], known: set[int]) -> list[Story]:
    """Read texts, but those that share more than a key with the labelled set."""
    found = []
    for path in paths:
        for line in _lines(path):
            lines = [each.strip() for each in (line.get("body") or line.get("text") or "").split("\n") if each.strip()]
            title, body = (lines[0], lines[1:]) if len(lines) > 1 else ("", lines)
            text = Text(title, body)
            if text.words >= SHORTEST and len(known.intersection(text.keys[1])) <= 1:
                found.append(read(title, body))
    return [story for story in found if story.flat]


def made(known: Sequence[Story]) -> list[Pair]:
    """Make pairs of copies and of look-alikes."""
    dice = random.Random(1)  # noqa: S311 - a sample, no secret
    room = Newsroom(known, dice)
    siblings = _siblings(known)
    pairs = []
    for number, story in enumerate(known):
        for _ in range(PAIRS):
            same = dice.random() < 0.5  # noqa: PLR2004
            first, second = room.pair(story, known[siblings.get(number, dice.randrange(len(known)))], same=same)
            one, two = Text(first.title, first.paragraphs), Text(second.title, second.paragraphs)
            features = compare(two, one.fingerprint)[0]
            if features[0]:
                pairs.append((features, same, number))
    return pairs


def _siblings(known: Sequence[Story]) -> dict[int, int]:
    """Find for each story the one that shares most rare names with it."""
    names = [set(re.findall(r"[A-Z]\w{3,}", " ".join(story.flat))) for story in known]
    among = defaultdict(list)
    for number, found in enumerate(names):
        for name in sorted(found):
            among[name].append(number)
    nearest = {}
    for number, found in enumerate(names):
        votes: Counter[int] = Counter()
        for name in sorted(found):
            if len(among[name]) < COMMON:
                votes.update({other: 1 / len(among[name]) for other in among[name] if other != number})
        if votes:
            nearest[number] = votes.most_common(1)[0][0]
    return nearest


def fit(pairs: Sequence[Pair], weights: Sequence[float]) -> HistGradientBoostingClassifier:
    """Fit the trees."""
    directions = [int(name in RAISES) for name in FEATURES]
    trees = HistGradientBoostingClassifier(
        max_iter=TREES, max_depth=DEPTH, min_samples_leaf=20, l2_regularization=1.0, monotonic_cst=directions,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    return trees.fit(np.array([p[0] for p in pairs]), [p[1] for p in pairs], sample_weight=weights)


def packed(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    """Write trees as complete ones in level order: inner nodes, then leaves."""
    inner, leaves = 2**DEPTH - 1, 2**DEPTH
    feature = np.zeros((TREES, inner), np.uint8)
    threshold = np.zeros((TREES, inner))
    leaf = np.zeros((TREES, leaves))
    for number, (tree,) in enumerate(model._predictors):  # noqa: SLF001 - there is no public way to its nodes
        places = [(0, 0)]
        while places:
            place, node = places.pop()
            at = tree.nodes[node]
            if place >= inner:
                leaf[number, place - inner] = at["value"]
            elif at["is_leaf"]:
                places += [(2 * place + 1, node), (2 * place + 2, node)]
            else:
                feature[number, place], threshold[number, place] = at["feature_idx"], at["num_threshold"]
                places += [(2 * place + 1, at["left"]), (2 * place + 2, at["right"])]
    return {"bias": model._baseline_prediction.ravel()[0], "feature": feature, "threshold": threshold, "leaf": leaf}  # noqa: SLF001


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main(folder: Path, texts: Sequence[Path]) -> None:
    """Fit, measure on the stories held out, and write the weights."""
    told = labelled(folder)
    held_out = [pair for pair in told if pair[2] % HELD_OUT == 0]
    used = [pair for pair in told if pair[2] % HELD_OUT]
    keys: set[int] = set()
    for line in _lines(folder / "raw.jsonl.gz"):
        keys.update(Text(None, line["body"].split("\n")).keys[1])
    more = made(stories(texts, keys))
    print(f"{len(used)} labelled pairs, {len(more)} made, {len(held_out)} held out", file=sys.stderr)
    model = fit([*used, *more], [WEIGHT] * len(used) + [1.0] * len(more))
    right = model.predict(np.array([p[0] for p in held_out])) == [p[1] for p in held_out]
    print(f"held out: {right.mean():.4f} of the pairs right", file=sys.stderr)
    np.savez_compressed(WEIGHTS, **packed(model))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]])
