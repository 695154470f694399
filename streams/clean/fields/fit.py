"""Fit weights.json: `python -m streams.clean.fields.fit PAGES GOLD`.

PAGES and GOLD are JSON Lines, gzipped: raw events, and {"url", "title", "date", "authors"}.
Prints what cross-validation by site reaches, then writes the weights. Newton's method on the likelihood of whole pages
with a ridge; no randomness, so the same pages give the same weights.
"""

import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import numpy as np

from streams.clean import page
from streams.clean.decoding import decode
from streams.clean.fields import addresses, authors, dates, head, names, screen, titles
from streams.clean.fields.choice import NONE
from streams.clean.times import parse_timestamp
from streams.events import RawPage

FOLDS = 10
# By cross-validation among 1, 2, 3, 5, 8, 10.
RIDGE = {"title": 5.0, "published_at": 5.0, "authors": 4.0}
LARGEST = 16 * 2**20
DIGITS = 3
Weights = dict[str, float]


class Example(NamedTuple):
    """A page: its candidates' features, which of them is right (None: none), and the fold of its site."""

    candidates: list[dict[str, float]]
    right: int | None
    fold: int


def _fold(url: str) -> int:
    site = ".".join((urlsplit(url).hostname or "").split(".")[-2:])
    return int(hashlib.blake2b(site.encode()).hexdigest(), 16) % FOLDS


def _lines(path: str) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _right(listed: list[Any], accept: Callable[[Any], bool]) -> int | None:
    return next((number for number, one in enumerate(listed) if accept(one)), None)


def examples(pages: str, gold: str) -> dict[str, list[Example]]:
    """Read the pages and make their candidates."""
    wanted = {one["url"]: one for one in _lines(gold)}
    made: dict[str, list[Example]] = {field: [] for field in RIDGE}
    for raw in _lines(pages):
        event, want, fold = msgspec.convert(raw, RawPage), wanted[raw["url"]], _fold(raw["url"])
        root = page.parse(decode(event, LARGEST).text)
        if root is None:
            continue
        about = head.read(root, event.url)
        seen = screen.read(root, len(about.headings))
        site = addresses.site(about)
        known = titles.site_names(site[0] if site else None, event.url)
        called = titles.candidates(about, seen, known, event.url)
        right = _right(called, lambda one, want=want: titles.fold(one.text) == titles.fold(want["title"]))  # type: ignore[misc]
        made["title"].append(Example([one.features for one in called], right, fold))
        headline = called[right].line if right is not None else None
        if headline is None:
            headline = next((heading.line for heading in seen.headings if heading.level == 1), 0)
        days = dates.candidates(about, seen, headline, event.url, parse_timestamp(event.fetched_at))
        day = (want.get("date") or "none")[:10]
        number = _right(days, lambda one, day=day: one.moment.value[:10] == day)  # type: ignore[misc]
        made["published_at"].append(Example([one.features for one in days], number, fold))
        writers = authors.candidates(about, seen, headline, known)
        true = {titles.fold(name) for said in want.get("authors") or [] for name in names.parted(said)}
        number = _right(writers, lambda one, true=true: {titles.fold(name) for name in one.names} == true)  # type: ignore[misc]
        made["authors"].append(Example([one.features for one in writers], number, fold))
    return made


def fit(pages: list[Example], ridge: float) -> Weights:
    """Fit one field's weights."""
    named = sorted({name for one in pages for features in one.candidates for name in features} | {NONE})
    column = {name: number for number, name in enumerate(named)}
    starts = np.cumsum([0, *(len(one.candidates) + 1 for one in pages)])
    rows = np.zeros((starts[-1], len(named)))
    right = np.zeros(len(pages), dtype=int)
    for number, one in enumerate(pages):
        for offset, features in enumerate([*one.candidates, {NONE: 1.0}]):
            for name, value in features.items():
                rows[starts[number] + offset, column[name]] = value
        right[number] = starts[number] + (len(one.candidates) if one.right is None else one.right)
    begins, of_page = starts[:-1], np.repeat(np.arange(len(pages)), np.diff(starts))

    def loss(weights: Any) -> tuple[float, Any]:
        scores = rows @ weights
        tops = np.maximum.reduceat(scores, begins)
        parts = np.exp(scores - tops[of_page])
        totals = np.add.reduceat(parts, begins)
        value = -(scores[right] - tops - np.log(totals)).sum() + ridge / 2 * weights @ weights
        return float(value), parts / totals[of_page]

    weights = np.zeros(len(named))
    for _ in range(50):
        value, shares = loss(weights)
        weighted = rows * shares[:, None]
        means = np.add.reduceat(weighted, begins)
        gradient = weighted.sum(0) - rows[right].sum(0) + ridge * weights
        curvature = rows.T @ weighted - means.T @ means + ridge * np.eye(len(named))
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while loss(weights - size * step)[0] > value and size > 1e-4:  # noqa: PLR2004 - small enough to be no step
            size /= 2
        weights = weights - size * step
        if abs(size * step).max() < 1e-6:  # noqa: PLR2004 - beyond the digits that are kept
            break
    return {name: round(float(weight), DIGITS) for name, weight in zip(named, weights, strict=True)}


def _shares(weights: Weights, candidates: list[dict[str, float]]) -> Any:
    scores = [sum(weights.get(name, 0.0) * value for name, value in features.items()) for features in candidates]
    parts = np.exp(np.array([*scores, weights[NONE]]))
    return (parts / parts.sum())[:-1]


def validate(field: str, pages: list[Example]) -> str:
    """Say how often the likeliest candidate is right on sites not fitted on, and how well its probability tells so."""
    told = []
    for fold in range(FOLDS):
        weights = fit([one for one in pages if one.fold != fold], RIDGE[field])
        for one in pages:
            if one.fold == fold and one.candidates:
                shares = _shares(weights, one.candidates)
                best = int(shares.argmax())
                told.append((float(shares[best]), best == one.right))
    told.sort()
    bands = [told[len(told) * i // 5 : len(told) * (i + 1) // 5] for i in range(5)]
    means = ", ".join(
        f"{sum(p for p, _ in band) / len(band):.2f}→{sum(r for _, r in band) / len(band):.2f}" for band in bands
    )
    reachable = sum(one.right is not None for one in pages)
    return f"{field}: {sum(r for _, r in told)} right of {reachable} reachable; said→true: {means}"


def main() -> None:
    """Fit every field."""
    made = examples(*sys.argv[1:3])
    for field, pages in made.items():
        print(validate(field, pages))
    weights = {field: {k: v for k, v in fit(pages, RIDGE[field]).items() if v} for field, pages in made.items()}
    text = json.dumps(weights, indent=0, sort_keys=True, ensure_ascii=False)
    Path(__file__).with_name("weights.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
