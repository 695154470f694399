"""Plain text without an aggregator's layout: a story alone, or a web page flattened to lines.

A flattened page is menus, then the story, then more menus. linemodel.py says of each line how likely it is part of the
story; kept are the likeliest, as many as the expected F1 of the words kept is highest with (Lewis 1995,
doi:10.1145/215206.215366), so that no threshold has to be chosen.
"""

from datetime import datetime

import numpy as np

from streams.clean.extraction import Extraction
from streams.clean.plain import linemodel, markers, teasers
from streams.clean.plain.blocks import Line

LONGEST_TITLE = 200  # characters
FEWEST_TITLE_WORDS = 3  # of a flattened page's title, rather than a menu's word
NEAREST_TITLE = 12  # lines before the story; behind more of them stands a menu
LEAST_SHARED = 0.4  # of a title's words that the story has too
LONGEST_DATELINE = 80  # characters of a line with a date beside the title
FEWEST_LINES = 24  # of a page that may be a flattened one (the set's have 60 and more); a company's results have 20
MOST_SCRAPS = 0.5  # share of scraps from which on the text is a flattened page
MOST_LINES = 10_000  # of a flattened page that are looked at: half a second's work; the set's longest has 519
MOST_WORDS = 400  # of one line: a line of ten thousand is a page without line feeds, and must not be all that counts


def extract(lines: list[Line], base: datetime | None) -> Extraction:
    """Read the story out of lines; a text of one line has no title."""
    found = Extraction()
    texts = [line.text for line in lines]
    if len(texts) == 1:
        found.paragraphs = texts
        return found
    if is_flattened(lines):
        _flattened(lines, found, base)
        return found
    if _is_title(texts[0], texts[1]):
        found.title = texts.pop(0)
        found.found("title", "first line", 0.7)
    _keep(texts, found)
    return found


def is_flattened(lines: list[Line]) -> bool:
    """Whether lines are a web page flattened to text, rather than a story alone."""
    scraps = sum(linemodel.weight(line.text) < 0 for line in lines)
    return len(lines) >= FEWEST_LINES and scraps > MOST_SCRAPS * len(lines)


def _is_title(first: str, second: str) -> bool:
    return (
        len(first) <= LONGEST_TITLE and not first.endswith((".", "。", ":", ",", ";")) and len(second) > len(first) / 2
    )


def _keep(texts: list[str], found: Extraction) -> None:
    for text in texts:
        if markers.is_a(text, "ads"):
            found.drop("promo", [text], "advertisement")
        else:
            found.paragraphs.append(text)
    found.found("paragraphs", "lines", 0.8)


def _flattened(lines: list[Line], found: Extraction, base: datetime | None) -> None:
    found.drop("nav", (line.text for line in lines[MOST_LINES:]), "too many lines")
    lines = lines[:MOST_LINES]
    kept = story(linemodel.scores(lines), np.array([len(line.text.split()) for line in lines]))
    first = kept[0]
    title = _title(lines, kept)
    if title is not None:
        found.title = lines[title].text
        found.found("title", "line above the story that shares its words", 0.5)
    for line in lines[max(0, first - NEAREST_TITLE) : first]:
        if found.published_at is None and len(line.text) <= LONGEST_DATELINE and (read := teasers.split(line.text)):
            found.published_at = read[2].moment(base) if read[2].sure else None
            if found.published_at:
                found.found("published_at", "line above the story", 0.5)
    inside = set(kept)
    for i, line in enumerate(lines):
        if i in inside:
            found.paragraphs.append(line.text)
        elif i != title:
            found.drop("nav", [line.text], "unlike the lines of a story")
    found.found("paragraphs", "line model", 0.7)


def story(scores: linemodel.Floats, words: np.ndarray) -> list[int]:
    """Choose the lines with which the expected F1 of the words is highest; at least one."""
    size = np.minimum(words, MOST_WORDS) + 0.01
    order = np.argsort(-scores, kind="stable")
    expected = 2 * np.cumsum((size * scores)[order]) / (np.cumsum(size[order]) + (size * scores).sum())
    return sorted(order[: int(np.argmax(expected)) + 1].tolist())


def _title(lines: list[Line], kept: list[int]) -> int | None:
    """Find the line above the story that shares the most words with it; of equals the nearest."""
    body = {word for i in kept for word in linemodel.content(lines[i].text)}
    best, found = LEAST_SHARED, None
    for i in range(max(0, kept[0] - NEAREST_TITLE), kept[0]):
        text = lines[i].text
        if len(text.split()) < FEWEST_TITLE_WORDS or len(text) > LONGEST_TITLE or text.endswith((".", ":", ",")):
            continue
        words = linemodel.content(text)
        share = len(words & body) / max(1, len(words))
        if share >= best:
            best, found = share, i
    return found
