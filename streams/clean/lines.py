"""Plain text without an aggregator's layout: a story alone, or a web page flattened to lines.

A flattened page is menus, then the story, then more menus. Each line is weighed (prose for, scraps against), and the
story is the run of lines with the largest sum, as in the maximum subarray problem (Bentley 1984).
"""

import re

from streams.clean import markers
from streams.clean.blocks import Line
from streams.clean.extraction import Extraction

LONGEST_TITLE = 200  # characters
FEWEST_TITLE_WORDS = 3  # of a flattened page's first line, to be its title rather than a menu's word
NEAREST_TITLE = 8  # lines before the story; behind more of them the first line is a menu's
FEWEST_LINES = 24  # of a page that may be a flattened one (the set's have 60 and more); a company's results have 20
MOST_SCRAPS = 0.5  # share of scraps from which on the text is a flattened page
SENTENCE_END = tuple(".!?…。！？؟।\"'”’»)")
PROSE_WORDS = 14  # of a line that is prose even without a full stop
SCRAP_WORDS = 12  # of a line that is a scrap, unless it ends like a sentence
MOST_WEIGHT = 45.0  # of one line: a long paragraph must not hold two menus together
SCRAP_WEIGHT = -16.0  # this and the three above: a grid over 109 flattened pages, F1 0.87 to 0.89 around them
PLAIN_WEIGHT = 1.0  # of a line that is neither
_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]")


def extract(lines: list[Line]) -> Extraction:
    """Read the story out of lines; a text of one line has no title."""
    found = Extraction()
    texts = [line.text for line in lines]
    if len(texts) == 1:
        found.paragraphs = texts
        return found
    if is_flattened(lines):
        weights = [weight(text) for text in texts]
        start, end = best_run(weights)
        _flattened(texts, start, end, weights, found)
        return found
    if _is_title(texts[0], texts[1]):
        found.title = texts.pop(0)
        found.found("title", "first line", 0.7)
    _keep(texts, found)
    return found


def is_flattened(lines: list[Line]) -> bool:
    """Whether lines are a web page flattened to text, rather than a story alone."""
    return len(lines) >= FEWEST_LINES and sum(weight(line.text) < 0 for line in lines) > MOST_SCRAPS * len(lines)


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


def _flattened(texts: list[str], start: int, end: int, weights: list[float], found: Extraction) -> None:
    if 0 < start <= NEAREST_TITLE and len(texts[0].split()) >= FEWEST_TITLE_WORDS and len(texts[0]) <= LONGEST_TITLE:
        found.title = texts[0]
        found.found("title", "first line", 0.5)
    found.drop("nav", texts[found.title is not None : start], "before the run of prose lines")
    for i in range(start, end):
        if weights[i] < 0 and (markers.kinds(texts[i]) or weights[i - 1] < 0 or weights[i + 1 : i + 2] < [0.0]):
            found.drop("nav", [texts[i]], "scraps among prose")  # a heading stands alone
        else:
            found.paragraphs.append(texts[i])
    found.drop("nav", texts[end:], "behind the run of prose lines")
    found.found("paragraphs", "best run of lines", 0.6)


def weight(text: str) -> float:
    """Weigh a line: positive for prose, negative for a scrap of a menu."""
    words = len(_WORD.findall(text)) + len(_CJK.findall(text)) // 2
    sentence = text.endswith(SENTENCE_END)
    if words >= PROSE_WORDS and (sentence or words >= 2 * PROSE_WORDS):
        return min(float(words), MOST_WEIGHT)
    if sentence and words > SCRAP_WORDS // 2:
        return float(words) / 2
    return SCRAP_WEIGHT if words <= SCRAP_WORDS else PLAIN_WEIGHT


def best_run(weights: list[float]) -> tuple[int, int]:
    """Give the run of lines (first, past the last) whose weights sum to the most."""
    best, best_run_, total, start = 0.0, (0, len(weights)), 0.0, 0
    for i, value in enumerate(weights):
        if total <= 0:
            total, start = 0.0, i
        total += value
        if total > best:
            best, best_run_ = total, (start, i + 1)
    return best_run_
