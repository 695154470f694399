"""Fit tables/lines.npz, the weights of plain/linemodel.py, on web pages and the texts of their stories.

    python -m streams.clean.tables.make_lines RAW.jsonl.gz GOLD.jsonl.gz        (needs catboost)

RAW holds raw events of HTML pages, GOLD a `url` and the story's `text` each. Pages are flattened to lines as html-text
does it (one line feed for a block, an empty line around paragraphs, headings and lists), and a line counts as part of
the story when most of its four-word shingles are. Every other network learns from copies of the pages, too, that look
more like news pages: cross-validated F1 0.931, where either kind alone has 0.928 and 0.919. The trees learn from both,
with the settings of the body's (body/fitting/fit.py). Some minutes of two cores; the same input gives the same bytes.
"""

import gzip
import json
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import lxml.html
import msgspec
import numpy as np
from lxml import etree
from lxml.html import HtmlElement
from numpy.typing import NDArray

from streams.clean.decoding import decode
from streams.clean.plain import layout
from streams.clean.plain.blocks import Line
from streams.clean.plain.linemodel import Floats, Page
from streams.clean.trees import Trees
from streams.events import RawPage

FOLDS = 4  # the second network learns from what the first says of pages that it has not seen
NETWORKS = 4  # whose mean is taken: every other one has seen the shortened copies, too
HIDDEN = {"1": 64, "2": 32}
EPOCHS = 8
BATCH = 512
RATE = 2e-3  # of Adam, falling to zero along a cosine
DECAY = 1e-4
DROPOUT = 0.2
FEWEST_PAGES = 12  # that a word of the lexicon is found on
MOST_ODDS = 3.0  # either way
MOST_COUNTED = 3  # lines of a page with the same word, either way
LONGEST_SCRAP = 40  # words of a line that the lexicon learns from
SHORTENED = (6, 10, 15, 20, 30, 45, 80)  # lines of a story that are left of a longer one
MOST_MENU = 250  # lines of another page's menu
MENU_ABOVE, MENU_BELOW = 0.6, 0.7  # share of the copies that get one
SIZE = 4  # words of a shingle
FIRST_TREES, SECOND_TREES = 200, 150
_LINE_TAGS = frozenset(
    str.split(
        "article aside br dd details div dt fieldset figcaption footer form header hr legend li main nav table tr"
    )
)
_PARAGRAPH_TAGS = frozenset(str.split("blockquote dl figure h1 h2 h3 h4 h5 h6 ol p pre title ul"))
_NO_TEXT = frozenset(str.split("script style noscript link meta head iframe frame embed object applet template svg"))
_WORD = re.compile(r"\w+")
_TIGHT = re.compile(r'[,:;.!?"\)]')
Grow = Callable[[Floats, Floats, Floats, int], Trees]  # streams.clean.grow.grown: rows, labels, weights, trees


class Example:
    """A page: its lines, whether each is part of the story, and how much it weighs."""

    def __init__(self, url: str, lines: list[Line], labels: list[bool]) -> None:
        self.url, self.lines, self.labels = url, lines, labels
        self.page = Page(lines)
        story = max(30.0, float((self.page.words * labels).sum()))
        self.weights = np.minimum(1, (self.page.words + 1.5) / story).astype(np.float32)
        self.inside, self.outside = self._words(part=True), self._words(part=False)
        self.first: Floats = self.page.features
        self.second: Floats = self.page.features
        self.second_of_trees: Floats = self.page.features

    def _words(self, *, part: bool) -> dict[str, int]:
        """Count the lines that each word stands in, of the story or of the rest, long ones aside."""
        rows = [row for row, is_part in zip(self.page.tokens, self.labels, strict=True) if is_part == part]
        words = Counter(word for row in rows if len(row) <= LONGEST_SCRAP for word in set(row))
        return {word: min(MOST_COUNTED, count) for word, count in words.items()}


def flatten(markup: str) -> str:
    """Flatten a page to lines."""
    root = lxml.html.fromstring(markup)
    body = root.find(".//body")
    out: list[str] = []
    state = "start"
    for kind, text in _events(root if body is None else body):
        if kind == "text":
            space = "" if state != "text" or _TIGHT.match(text) or out[-1].endswith("(") else " "
            out.append(space + text)
            state = "text"
        elif kind == "paragraph" and state not in ("paragraph", "start"):
            out.append("\n" if state == "line" else "\n\n")
            state = "paragraph"
        elif kind == "line" and state == "text":
            out.append("\n")
            state = "line"
    return "".join(out)


def _events(body: HtmlElement) -> Iterator[tuple[str, str]]:
    skipped = 0
    for event, element in etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            skipped += tag in _NO_TEXT
        if tag and not skipped:
            kind = "paragraph" if tag in _PARAGRAPH_TAGS else "line" if tag in _LINE_TAGS else ""
            if kind:
                yield kind, ""
        if event == "start":
            text = element.text
        else:
            skipped -= tag in _NO_TEXT
            text = element.tail if element is not body else None
        if text and not skipped and (text := " ".join(text.split())):
            yield "text", text


def label(lines: list[Line], story: str) -> list[bool]:
    """Say of each line whether most of its shingles are the story's; one too short for any goes with its neighbours."""
    words = _WORD.findall(story.lower())
    left = Counter(tuple(words[i : i + SIZE]) for i in range(len(words) - SIZE + 1))
    whole = Counter(" ".join(_WORD.findall(line.lower())) for line in story.splitlines())
    joined = f" {' '.join(words)} "
    known: list[bool | None] = []
    for line in lines:
        own = _WORD.findall(line.text.lower())
        if own and whole[" ".join(own)] > 0:
            whole[" ".join(own)] -= 1
            known.append(True)
        elif len(own) < SIZE:
            known.append(None if not own or (len(own) > 1 and f" {' '.join(own)} " in joined) else False)
        else:
            shingles = [tuple(own[i : i + SIZE]) for i in range(len(own) - SIZE + 1)]
            part = sum(left[shingle] > 0 for shingle in shingles) >= len(shingles) / 2
            left.subtract(shingles if part else ())
            known.append(part)
    told = [value for value in known if value is not None]
    before = [False, *told]
    after = [*told, False]
    labels, seen = [], 0
    for value in known:
        labels.append(bool(before[seen] and after[seen]) if value is None else value)
        seen += value is not None
    return labels


def read(raw: Path, gold: Path) -> list[tuple[str, list[Line], list[bool]]]:
    """Read pages as (url, lines, labels)."""
    with gzip.open(gold, "rt", encoding="utf-8") as lines:
        stories = {row["url"]: row["text"] for row in map(json.loads, lines)}
    pages = []
    with gzip.open(raw, "rb") as rows:
        for row in rows:
            page = msgspec.json.decode(row, type=RawPage)
            lines_ = layout.read_lines(flatten(decode(page, 1 << 25).text))
            if page.url and page.url in stories and lines_:
                pages.append((page.url, lines_, label(lines_, stories[page.url])))
    return pages


def shortened(pages: list[tuple[str, list[Line], list[bool]]]) -> list[tuple[str, list[Line], list[bool]]]:
    """Make a copy of each page with a shorter story, and other pages' menus around it: news pages are like that."""
    chance = random.Random(0)  # noqa: S311 - no secret
    copies = []
    for url, lines, labels in pages:
        story = [i for i, part in enumerate(labels) if part]
        most = chance.choice(SHORTENED)
        dropped = set(range(story[most], story[-1] + 1)) if len(story) > most else set()
        kept = [i for i in range(len(lines)) if i not in dropped]
        above = _menu(chance.choice(pages), above=True) if chance.random() < MENU_ABOVE else []
        below = _menu(chance.choice(pages), above=False) if chance.random() < MENU_BELOW else []
        parts = [False] * len(above) + [labels[i] for i in kept] + [False] * len(below)
        copies.append((url, [*above, *(lines[i] for i in kept), *below], parts))
    return copies


def _menu(page: tuple[str, list[Line], list[bool]], *, above: bool) -> list[Line]:
    _, lines, labels = page
    if not any(labels):
        return []
    cut = lines[: labels.index(True)] if above else lines[len(labels) - labels[::-1].index(True) :]
    return cut[:MOST_MENU]


def lexicon(examples: list[Example]) -> dict[str, float]:
    """Give the log-odds of words to stand in lines of the story."""
    inside: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for example in examples:
        inside.update(example.inside)
        outside.update(example.outside)
        seen.update(example.inside.keys() | example.outside.keys())
    ratio = outside.total() / max(1, inside.total())
    odds = {
        word: math.log((inside[word] + 2) / (outside[word] + 2) * ratio)
        for word in sorted(seen)
        if seen[word] >= FEWEST_PAGES and not word.isdigit()
    }
    return {word: max(-MOST_ODDS, min(MOST_ODDS, value)) for word, value in odds.items()}


class Network:
    """One hidden layer of rectifiers, a sigmoid; fitted by Adam with dropout."""

    def __init__(self, x: Floats, y: Floats, weights: Floats, hidden: int, seed: int) -> None:
        chance = np.random.default_rng(seed)
        size = x.shape[1]
        self.parameters: list[NDArray[Any]] = [
            chance.normal(0, math.sqrt(2 / size), (size, hidden)).astype(np.float32),
            np.zeros(hidden, np.float32),
            chance.normal(0, math.sqrt(1 / hidden), (hidden, 1)).astype(np.float32),
            np.zeros(1, np.float32),
        ]
        self._fit(x, y, weights / weights.mean(), chance)

    def __call__(self, x: Floats) -> Floats:
        """Give each line's probability."""
        into, bias, out, shift = self.parameters
        return _sigmoid((np.maximum(x @ into + bias, 0) @ out + shift)[:, 0])

    def _fit(self, x: Floats, y: Floats, weights: Floats, chance: np.random.Generator) -> None:
        means: list[NDArray[Any]] = [np.zeros_like(p) for p in self.parameters]
        squares: list[NDArray[Any]] = [np.zeros_like(p) for p in self.parameters]
        steps, step = EPOCHS * (len(x) // BATCH), 0
        for _ in range(EPOCHS):
            order = chance.permutation(len(x))
            for at in range(0, len(x) - BATCH + 1, BATCH):
                batch = order[at : at + BATCH]
                step += 1
                rate = RATE * (1 + math.cos(math.pi * step / steps)) / 2
                slopes = self._slopes(x[batch], y[batch], weights[batch], chance)
                for i, slope in enumerate(slopes):
                    means[i] = 0.9 * means[i] + 0.1 * slope
                    squares[i] = 0.999 * squares[i] + 0.001 * slope**2
                    move = (means[i] / (1 - 0.9**step)) / (np.sqrt(squares[i] / (1 - 0.999**step)) + 1e-8)
                    self.parameters[i] = (self.parameters[i] - rate * move).astype(np.float32)

    def _slopes(self, x: Floats, y: Floats, weights: Floats, chance: np.random.Generator) -> list[Floats]:
        into, bias, out, shift = self.parameters
        before = x @ into + bias
        mask = ((before > 0) * (chance.random(before.shape) > DROPOUT) / (1 - DROPOUT)).astype(np.float32)
        hidden = before * mask
        error = ((_sigmoid((hidden @ out + shift)[:, 0]) - y) * weights / len(y))[:, None].astype(np.float32)
        back = (error @ out.T) * mask
        return [x.T @ back + DECAY * into, back.sum(0), hidden.T @ error + DECAY * out, error.sum(0)]


def _sigmoid(values: Floats) -> Floats:
    result: Floats = (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)
    return result


def _stack(examples: Sequence[Example], name: str) -> Floats:
    return np.concatenate([getattr(example, name) for example in examples])


def _labels(examples: Sequence[Example]) -> Floats:
    return np.concatenate([np.array(example.labels, np.float32) for example in examples])


def _half(example: Example) -> bool:
    return sum(map(ord, example.url)) % 2 > 0


def fit(pages: list[Example], copies: list[Example], grow: Grow) -> dict[str, NDArray[Any]]:
    """Fit networks and trees; give the arrays of lines.npz."""
    examples = [*pages, *copies]
    features = np.concatenate([example.page.features for example in examples])
    mean1, scale1 = features.mean(0), features.std(0) + 1e-3

    def prepare(learning: list[Example], others: list[Example]) -> None:
        # A lexicon would know by heart the pages that it was made of, so each half is read with the other half's.
        odds = {half: lexicon([e for e in learning if _half(e) != half]) for half in (False, True)}
        for example in learning:
            example.first = _first(example, odds[_half(example)])
        whole = lexicon(learning) if others else {}
        for example in others:
            example.first = _first(example, whole)

    def _first(example: Example, odds: dict[str, float]) -> Floats:
        return np.concatenate([(example.page.features - mean1) / scale1, example.page.odds(odds)], 1)

    urls = sorted({example.url for example in examples})
    folds = {url: i % FOLDS for i, url in enumerate(random.Random(1).sample(urls, len(urls)))}  # noqa: S311
    for fold in range(FOLDS):
        learning = [e for e in examples if folds[e.url] != fold]
        others = [e for e in examples if folds[e.url] == fold]
        prepare(learning, others)
        network, trees = _network(learning, "first", fold), _trees(learning, "first", grow, FIRST_TREES)
        for example in others:
            example.second = example.page.second(network(example.first), example.first)
            example.second_of_trees = example.page.second(trees.probabilities(example.first.T), example.first)
    second = _stack(examples, "second")
    mean2, scale2 = second.mean(0), second.std(0) + 1e-3
    for example in examples:
        example.second = (example.second - mean2) / scale2
    networks = {"2": [_network((pages, examples)[i % 2], "second", 20 + i) for i in range(NETWORKS)]}
    prepare(examples, [])
    networks["1"] = [_network((pages, examples)[i % 2], "first", 10 + i) for i in range(NETWORKS)]
    arrays: dict[str, NDArray[Any]] = {"mean1": mean1, "scale1": scale1, "mean2": mean2, "scale2": scale2}
    for stage, members in networks.items():
        arrays |= _stored(stage, members)
    borders: dict[str, NDArray[Any]] = {}  # kept exact: a border lies between two values
    for look, name, size in (("first", "first", FIRST_TREES), ("second", "second_of_trees", SECOND_TREES)):
        grown = _trees(examples, name, grow, size)
        arrays |= {f"{look}_{part}": getattr(grown, part) for part in ("columns", "leaves", "bias")}
        borders[f"{look}_borders"] = grown.borders
    words = lexicon(examples)
    arrays["odds"] = np.array(list(words.values()))
    stored: dict[str, NDArray[Any]] = {name: array.astype(np.float16) for name, array in arrays.items()}
    return stored | borders | {"words": np.frombuffer("\n".join(words).encode(), np.uint8)}


def _stored(stage: str, members: list[Network]) -> dict[str, NDArray[Any]]:
    into, bias, out, shift = (np.stack([network.parameters[i] for network in members]) for i in range(4))
    return {"in" + stage: into, "bias" + stage: bias, "out" + stage: out[:, :, 0], "shift" + stage: shift[:, 0]}


def _network(examples: list[Example], name: str, seed: int) -> Network:
    hidden = HIDDEN["1" if name == "first" else "2"]
    return Network(_stack(examples, name), _labels(examples), _stack(examples, "weights"), hidden, seed)


def _trees(examples: list[Example], name: str, grow: Grow, size: int) -> Trees:
    return grow(_stack(examples, name), _labels(examples), _stack(examples, "weights"), size)


def main() -> None:
    """Fit and write the weights."""
    from streams.clean.grow import grown  # noqa: PLC0415 - catboost is not installed with the package

    pages = read(Path(sys.argv[1]), Path(sys.argv[2]))
    arrays = fit([Example(*page) for page in pages], [Example(*page) for page in shortened(pages)], grown)
    np.savez_compressed(Path(__file__).with_name("lines.npz"), allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
