"""How likely each line of a flattened web page is part of its story: features of lines, small networks and trees.

Each looks twice. The first look sees a line, its neighbours, its block and where the page's prose lies; the second sees
what the first said of the lines around, and the words that a line shares with those that it would keep. What networks
and trees say in the end is averaged: they err on different lines. Features do not look at words, but for a lexicon of
single words with their log-odds, which counts most in English. The weights are data (tables/lines.npz, made by
tables/make_lines.py on pages that are not among those of any measurement).
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.clean.plain import markers
from streams.clean.plain.blocks import Line
from streams.clean.trees import Trees

Floats = NDArray[np.float32]

PROSE_WORDS = 14  # of a line that is prose even without a full stop
SCRAP_WORDS = 12  # of a line that is a scrap, unless it ends like a sentence
MOST_WEIGHT = 45.0  # of one line: a long paragraph must not hold two menus together
SCRAP_WEIGHT = -16.0  # this and the three above: a grid over 109 flattened pages, F1 0.87 to 0.89 around them
PLAIN_WEIGHT = 1.0  # of a line that is neither
SENTENCE_END = tuple(".!?…。！？؟।\"'”’»)")
SHORTEST_CONTENT = 4  # letters of a word that tells something of what a text is about
MOST_COMMON = 25  # words of a page that count as its language's function words
LONG_WORDS = 30  # of a line that hardly ever is anything but prose
MARKERS = ("ads", "footer", "related", "comments", "hashtags", "promo", "head")
TOP = 82  # features of a line that the second look sees once more: all but its neighbours'
LONGEST_LINE = 60  # words of a line that are looked up
NEIGHBOURS = (-4, -3, -2, -1, 1, 2, 3, 4)
_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")
_STOP = tuple(".!?…。！？؟।")
_QUOTE = "\"'”’»)」』"
_INNER_STOP = re.compile(r"[.!?。]\s")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_CONTEXT = (0, 2, 6, 8, 11, 13, 14, 22, 24, 25, 27, 38, 39, 17)  # features of the neighbours that are looked at


class _Weights(NamedTuple):
    arrays: dict[str, Floats]
    lexicon: dict[str, float]
    first: Trees
    second: Trees


@cache
def _weights() -> _Weights:
    with files("streams.clean.tables").joinpath("lines.npz").open("rb") as file, np.load(file) as stored:
        words = bytes(stored["words"]).decode("utf-8").split("\n")
        arrays = {name: stored[name].astype(np.float32) for name in stored.files if name != "words"}

    def trees(look: str) -> Trees:
        columns = arrays[f"{look}_columns"].astype(np.int16)
        return Trees(columns=columns, **{part: arrays[f"{look}_{part}"] for part in ("borders", "leaves", "bias")})

    lexicon = dict(zip(words, arrays.pop("odds").tolist(), strict=True))
    return _Weights(arrays, lexicon, trees("first"), trees("second"))


def scores(lines: Sequence[Line]) -> Floats:
    """Give each line's probability (0 to 1) of being part of the story."""
    arrays, lexicon, first_trees, second_trees = _weights()
    page = Page(lines)
    first = np.concatenate([(page.features - arrays["mean1"]) / arrays["scale1"], page.odds(lexicon)], 1)
    second = page.second(_network(first, arrays, "1"), first)
    by_networks = _network((second - arrays["mean2"]) / arrays["scale2"], arrays, "2")
    by_trees = second_trees.probabilities(page.second(first_trees.probabilities(first.T), first).T)
    return ((by_networks + by_trees) / 2).astype(np.float32)


def _network(x: Floats, arrays: dict[str, Floats], stage: str) -> Floats:
    """Mean of a few networks of one hidden layer."""
    hidden = np.maximum(np.einsum("nd,kdh->knh", x, arrays["in" + stage]) + arrays["bias" + stage][:, None], 0)
    logits = np.einsum("knh,kh->kn", hidden, arrays["out" + stage]) + arrays["shift" + stage][:, None]
    mean: Floats = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).mean(0)
    return mean


def content(text: str) -> set[str]:
    """Give the words of a line that tell what it is about."""
    return {word for word in _WORD.findall(text.lower()) if len(word) >= SHORTEST_CONTENT}


def weight(text: str) -> float:
    """Weigh a line: positive for prose, negative for a scrap of a menu."""
    words = len(_WORD.findall(text)) + len(_CJK.findall(text)) // 2
    sentence = text.endswith(SENTENCE_END)
    if words >= PROSE_WORDS and (sentence or words >= 2 * PROSE_WORDS):
        return min(float(words), MOST_WEIGHT)
    if sentence and words > SCRAP_WORDS // 2:
        return float(words) / 2
    return SCRAP_WEIGHT if words <= SCRAP_WORDS else PLAIN_WEIGHT


def best_run(weights: Sequence[float]) -> tuple[int, int]:
    """Give the run of lines (first, past the last) whose weights sum to the most (Bentley 1984)."""
    best, best_run_, total, start = 0.0, (0, len(weights)), 0.0, 0
    for i, value in enumerate(weights):
        if total <= 0:
            total, start = 0.0, i
        total += value
        if total > best:
            best, best_run_ = total, (start, i + 1)
    return best_run_


class Page:
    """A flattened page, measured: `words` a line, and `features` (lines × features)."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.tokens = [[word.lower() for word in _WORD.findall(line.text)] for line in lines]
        self.contents = [content(line.text) for line in lines]
        self.words = np.array(
            [len(row) + len(_CJK.findall(line.text)) // 2 for row, line in zip(self.tokens, lines, strict=True)]
        ).astype(np.float32)
        own = self._own(lines)
        prose = (self.words >= PROSE_WORDS) & (own[:, 6] > 0)
        start, end = best_run([weight(line.text) for line in lines])
        at = np.arange(len(lines))
        inside = (at >= start) & (at < end)
        place = np.concatenate(
            [self._place(own, prose, inside, start, end), self._block(lines, prose), self._story(own, inside)], 1
        )
        core = own[:, _CONTEXT]
        context = [_shifted(core if abs(by) < 3 else core[:, :5], by) for by in (-3, -2, -1, 1, 2, 3)]  # noqa: PLR2004
        self.features: Floats = np.concatenate([own, place, *context], 1).astype(np.float32)

    def _own(self, lines: Sequence[Line]) -> Floats:
        """Measure each line by itself."""
        often = Counter(line.text for line in lines)
        long = Counter(
            word
            for row, words in zip(self.tokens, self.words, strict=True)
            if words >= PROSE_WORDS
            for word in dict.fromkeys(row)
        )
        common = {word for word, count in long.most_common(MOST_COMMON) if count > 1}
        first = Counter(row[0] for row in self.tokens if row)
        rows = []
        for i, line in enumerate(lines):
            following = lines[i + 1].gap > 0 if i + 1 < len(lines) else True
            tokens = self.tokens[i]
            topical = [word for word in tokens if len(word) >= SHORTEST_CONTENT]
            rows.append(
                [
                    *_shape(line.text, float(self.words[i])),
                    sum(word in common for word in tokens) / max(1, len(tokens)),
                    sum(map(len, tokens)) / max(1, len(tokens)) / 8,
                    sum(long[word] > 1 for word in topical) / max(1, len(topical)),
                    line.gap > 0,
                    line.gap > 1,
                    following,
                    *_signs(line.text),
                    math.log(often[line.text]),
                    sum(map(str.isalpha, line.text)) / len(line.text),
                    math.log(first[tokens[0]]) if tokens else 0.0,
                    *(kind in markers.kinds(line.text) for kind in MARKERS),
                ]
            )
        return np.array(rows, np.float32)

    def _place(self, own: Floats, prose: NDArray[np.bool_], inside: NDArray[np.bool_], start: int, end: int) -> Floats:
        """Measure where each line stands: in the page, and towards its prose."""
        size = len(self.words)
        at = np.arange(size)
        mass = prose * np.minimum(self.words, LONGEST_LINE)
        total = mass.sum() + 1
        share = np.cumsum(mass) / total
        columns = [
            inside,
            _signed_log(at - start),
            _signed_log(at - end),
            np.full(size, math.log1p(end - start)),
            np.full(size, math.log1p(size)),
            np.full(size, math.log1p(total)),
            at / size,
            np.log1p(at),
            np.log1p(size - at),
            np.log1p(_distance(prose)),
            np.log1p(_distance(prose[::-1])[::-1]),
            *(np.log1p(windowed(mass, reach)) for reach in (2, 5, 12)),
            *(_around(self.words <= 3, reach) for reach in (4, 10)),  # noqa: PLR2004
            windowed(self.words, 3) / 100,
            share,
            1 - share,
            np.full(size, prose.mean()),
            _around(own[:, 39] > 0, 5),
        ]
        return np.stack(columns, 1).astype(np.float32)

    def _block(self, lines: Sequence[Line], prose: NDArray[np.bool_]) -> Floats:
        """Measure each line's block: the lines without an empty one between them."""
        gaps = np.array([line.gap > 0 for line in lines])
        block = np.cumsum(gaps)
        size, words, sentences = (
            np.bincount(block, weights=x)[block] for x in (np.ones(len(lines)), self.words, prose)
        )
        begin = np.maximum.accumulate(np.where(gaps, np.arange(len(lines)), 0))
        usual = windowed(self.words, 6) / windowed(np.ones(len(lines)), 6)
        columns = [
            np.log1p(size),
            np.log1p(words),
            np.log1p(sentences),
            np.log1p(np.arange(len(lines)) - begin),
            words / size / 50,
            np.log1p(usual),
            self.words / (usual + 1),
        ]
        return np.stack(columns, 1).astype(np.float32)

    def _shared(self, kept: NDArray[np.bool_]) -> Floats:
        """Measure the words that each line shares with the other lines kept."""
        inside: Counter[str] = Counter()
        everywhere: Counter[str] = Counter()
        for content, keep in zip(self.contents, kept, strict=True):
            everywhere.update(content)
            if keep:
                inside.update(content)
        rows = []
        for content, keep in zip(self.contents, kept, strict=True):
            shared = [word for word in content if inside[word] > keep]
            size = max(1, len(content))
            # fsum: the sum must not depend on the order of a set
            rows.append(
                [
                    len(shared) / size,
                    math.fsum(1 / everywhere[word] for word in shared) / size,
                    math.fsum(inside[word] / everywhere[word] for word in shared) / size,
                ]
            )
        return np.array(rows, np.float32)

    def _story(self, own: Floats, inside: NDArray[np.bool_]) -> Floats:
        """Measure what each line has in common with the run of prose, and so its neighbours."""
        shared = self._shared(inside)[:, :2]
        columns = [*(_around(shared[:, 0], reach) for reach in (2, 6)), _around(own[:, 6] == 0, 4)]
        return np.concatenate([shared, np.stack(columns, 1)], 1).astype(np.float32)

    def odds(self, lexicon: dict[str, float]) -> Floats:
        """Give mean, least, most, first and last of the log-odds of each line's words."""
        rows = []
        for row in self.tokens:
            found = [lexicon.get(word, 0.0) for word in row[:LONGEST_LINE]] or [0.0]
            rows.append([sum(found) / len(found), min(found), max(found), found[0], found[-1]])
        return np.array(rows, np.float32)

    def surroundings(self, told: Floats) -> Floats:
        """Measure what the first look said of the lines around each line."""
        words = np.minimum(self.words, LONGEST_LINE)
        mass = np.cumsum(told * words)
        total = mass[-1] + 1e-3
        start, end = best_run(((told - 0.5) * np.sqrt(words + 1)).tolist())
        at = np.arange(len(told))
        columns = [
            told,
            *(_shifted(told[:, None], by)[:, 0] for by in NEIGHBOURS),
            *(windowed(told * words, reach) / (windowed(words, reach) + 1) for reach in (3, 8, 20)),
            mass / total,
            1 - mass / total,
            np.full(len(told), told.mean()),
            np.full(len(told), math.log1p(total)),
            np.maximum.accumulate(told),
            np.maximum.accumulate(told[::-1])[::-1],
            (at >= start) & (at < end),
            _signed_log(at - start),
            _signed_log(at - end),
        ]
        return np.stack(columns, 1).astype(np.float32)

    def second(self, told: Floats, first: Floats) -> Floats:
        """Give what the second look sees, from what the first saw and said."""
        shared = self._shared(told > 0.5)  # noqa: PLR2004
        near = _around(shared[:, 0], 2)[:, None]
        odds = first[:, self.features.shape[1] :]
        return np.concatenate([self.surroundings(told), first[:, :TOP], shared, near, odds], 1).astype(np.float32)


def _shape(text: str, words: float) -> list[float]:
    """Measure length, punctuation and capitals of a line."""
    tokens = _WORD.findall(text)
    many = max(1, len(tokens))
    return [
        math.log1p(words),
        math.log1p(len(text)),
        words >= PROSE_WORDS,
        words >= LONG_WORDS,
        words <= 3,  # noqa: PLR2004
        words <= 1,
        (text.rstrip(_QUOTE) or text).endswith(_STOP),
        text.endswith(tuple(_QUOTE)),
        text.endswith(":"),
        text.endswith(("...", "…")),
        text.endswith(","),
        text.count(",") / many,
        min(3, len(_INNER_STOP.findall(text))) / 3,
        sum(token[0].isupper() for token in tokens) / many,
        sum(token[0].islower() for token in tokens) / many,
        sum(token.isupper() and len(token) > 1 for token in tokens) / many,
        sum(token.isdigit() for token in tokens) / many,
        sum(map(str.isdigit, text)) / len(text),
        text[0].islower(),
        text[0].isdigit(),
        not text[0].isalnum(),
        text[0] in "\"'“‘«",
    ]


_SIGNS: tuple[Callable[[str], object], ...] = (
    lambda text: "|" in text,
    lambda text: "©" in text,
    lambda text: "@" in text,
    lambda text: "http" in text or "www." in text,
    lambda text: "$" in text or "€" in text,
    lambda text: "(" in text,
    lambda text: "/" in text,
    lambda text: "?" in text,
    lambda text: "“" in text or '"' in text,
    lambda text: "’" in text or "'" in text,
    _YEAR.search,
)


def _signs(text: str) -> list[bool]:
    return [bool(sign(text)) for sign in _SIGNS]


def windowed(values: NDArray[np.generic], reach: int) -> NDArray[np.float64]:
    """Sum the values of the lines at most `reach` lines away."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    at = np.arange(len(values))
    total: NDArray[np.float64] = sums[np.minimum(len(values), at + reach + 1)] - sums[np.maximum(0, at - reach)]
    return total


def _around(values: NDArray[np.generic], reach: int) -> NDArray[np.float64]:
    """Give the mean of the lines at most `reach` lines away, zeros outside the page."""
    return windowed(values, reach) / (2 * reach + 1)


def _shifted(values: Floats, by: int) -> Floats:
    """Give each line the values of the line `by` lines further, zeros outside the page."""
    moved = np.zeros_like(values)
    if by < 0:
        moved[-by:] = values[:by]
    else:
        moved[:-by] = values[by:]
    return moved


def _signed_log(values: NDArray[np.int_]) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = np.sign(values) * np.log1p(np.abs(values))
    return logs


def _distance(marked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the lines since the last marked line before each line, at most 50."""
    at = np.arange(len(marked))
    last = np.maximum.accumulate(np.where(marked, at, -51))
    before = np.concatenate([[-51], last[:-1]])
    since: NDArray[np.float64] = np.minimum(50, at - before - 1).astype(np.float64)
    return since
