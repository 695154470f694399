"""Plain text in an aggregator's layout: story, hashtags, promotion, comments, related stories.

The page is read from its end: the related stories by their shape (blocks.py, teasers.py), then backwards from the
first of them through all sections that fit (tail.py). What stands before is the story.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from streams.clean import sanitise
from streams.clean.ages import Age, parse_age
from streams.clean.extraction import Extraction, Story
from streams.clean.plain import blocks, markers, tail, teasers
from streams.clean.plain.blocks import Line
from streams.clean.plain.lines import is_flattened

MOST_LINES = 50_000  # of a page that are looked at: a second's work; a novel printed in short lines has 20,000
LONGEST_GLUED = 88  # characters of a source and a date in one line
FEWEST_REPEATS = 3  # times that a short line stands in a story to be an advertisement
_RULE_MARKS = frozenset("-–—_=*·•~.#+|/\\")
_LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # str.splitlines'
_RULE = re.compile(r"[-–—_=*·•~.#+|/\\ ]{2,}")
_PATH = re.compile(r"^[^>›»]{1,30}(?:\s[>›»]\s[^>›»]{1,40})+$")  # "Home › World"
_GLUED = re.compile(r"(?<=\D)(?=\d)|(?<=[^\W\d_])[\s|·•,–—-]+(?=\S)|(?<=[a-zß-ÿ])(?=[A-Z])")


def bounded(text: str) -> tuple[str, str]:
    """Cut a text behind its first MOST_LINES lines; give both parts."""
    if len(text) <= MOST_LINES:
        return text, ""
    last = next(islice(_LINE_BREAK.finditer(text), MOST_LINES - 1, None), None)
    return (text[: last.start()], text[last.end() :]) if last else (text, "")


def read_lines(text: str) -> list[Line]:
    """Split text into its lines, safe to print, each with the number of empty lines before it."""
    lines: list[Line] = []
    gap = 0
    for line in sanitise.lines(text):
        if line:
            lines.append(Line(line, gap))
            gap = 0
        else:
            gap += 1
    return lines


def extract(lines: list[Line], base: datetime | None) -> Extraction | None:
    """Read a page in an aggregator's layout; None where nothing of that layout is found."""
    rows, origin = _without_rules(lines)
    run = blocks.find(rows)
    twice = bool(run)
    run = run or teasers.find(rows)
    below = tail.read(rows, run)
    if not run and not below.sections and below.at == len(rows):
        return None
    if not twice and not (below.sections > 1 and below.hashtags) and is_flattened(rows[: below.at]):
        return None
    found = Extraction()
    _read_head(lines[: origin[below.at]], below, found, base)
    for kind, start, stop, reason in sorted(below.cut, key=lambda c: c[1]):
        found.drop(kind, (line.text for line in rows[start:stop]), reason)
    found.found("aggregator", "layout", 0.95)
    found.hashtags, found.comments_count = found.hashtags or below.hashtags, below.comments
    _read_related(rows, run, found, base)
    return found


def is_rule(line: str) -> bool:
    """Whether a line is drawn, not written: "-----", "* * *"."""
    return line[0] in _RULE_MARKS and _RULE.fullmatch(line) is not None


def _without_rules(lines: list[Line]) -> tuple[list[Line], Sequence[int]]:
    """Read rules ("-----", "* * *") as empty lines; give the lines left, and where each stood (its rules with it)."""
    if not any(is_rule(line.text) for line in lines):
        return lines, range(len(lines) + 1)
    rows: list[Line] = []
    origin: list[int] = []
    gap, start = 0, None
    for i, line in enumerate(lines):
        if is_rule(line.text):
            gap, start = gap + line.gap + 1, i if start is None else start
        else:
            rows.append(Line(line.text, line.gap + gap))
            origin.append(i if start is None else start)
            gap, start = 0, None
    return rows, [*origin, len(lines)]


def _read_related(rows: list[Line], run: list[blocks.Block], found: Extraction, base: datetime | None) -> None:
    usual = max((len(block.text) for block in run[:-1]), default=1)
    for block in run:
        text, foreign = block.text, block.foreign
        if block.end == len(rows):  # past the last story's text the page's own footer may follow
            while text and (len(text) > max(usual, 1) or markers.is_a(text[-1], "footer")) and _no_prose(text[-1]):
                foreign = [text[-1], *foreign]
                text = text[:-1]
        moment = block.age.moment(base) if block.age else None
        found.related.append(
            Story(title=block.title, text=text, source=block.source, age_text=block.age_text, published_at=moment)
        )
        if not foreign:
            found.drop("related", (line.text for line in rows[block.start : block.end]), "a related story")
            continue
        left = Counter(foreign)
        for line in rows[block.start : block.end]:
            if left[line.text] > 0:
                left[line.text] -= 1
                found.drop("promo", [line.text], "stands between or behind the related stories")
            else:
                found.drop("related", [line.text], "a related story")


def _no_prose(line: str) -> bool:
    return len(line) <= tail.LONGEST_PROMO and (
        not line.endswith(blocks.SENTENCE_END) or markers.is_a(line, "footer", "ads")
    )


def _read_head(lines: list[Line], below: tail.Tail, found: Extraction, base: datetime | None) -> None:
    """Read title and story out of the lines before the tail."""
    at = _read_header(lines, found, base)
    if at >= len(lines):
        return
    found.title = lines[at].text
    found.found("title", "first line", 0.9)
    at = _read_dateline(lines, at, found, base)
    if not below.tagged and (leading := tail.leading_hashtags([line.text for line in lines[at:]])):
        count, found.hashtags = leading
        found.drop("hashtags", (line.text for line in lines[at : at + count]), "hashtags of the page")
        at += count
    repeats = Counter(line.text.casefold() for line in lines[at:] if tail.is_bare(line.text))
    most = FEWEST_REPEATS - below.strange
    for line in lines[at:]:
        if markers.is_a(line.text, "ads"):
            found.drop("promo", [line.text], "advertisement")
        elif repeats and repeats[line.text.casefold()] >= most:
            found.drop("promo", [line.text], "the same short line again and again")
        elif below.strange and line.text.isupper() and tail.is_bare(line.text) and " " not in line.text:
            found.drop("promo", [line.text], "a word in capitals, on a page whose words are not known")
        else:
            found.paragraphs.append(line.text)


def _read_header(lines: list[Line], found: Extraction, base: datetime | None) -> int:
    """Read what stands above the title: a logo, or the story's source and date; give the title's line."""
    at = 0
    while at < len(lines) - 1 and (markers.is_a(lines[at].text, "head") or _PATH.search(lines[at].text)):
        at += 1
    if at + 2 < len(lines) and lines[at + 1].text == lines[at + 2].text and tail.is_bare(lines[at].text):
        at += 1  # the title stands twice below a logo
    found.drop("nav", (line.text for line in lines[:at]), "header of the page")
    if at + 2 < len(lines) and (age := _sure(lines[at + 1].text)) and teasers.is_source(lines[at].text):
        _date(found, age, base)
        found.drop("nav", [lines[at].text, lines[at + 1].text], "source and date of the story")
        at += 2
    return at


def _read_dateline(lines: list[Line], title: int, found: Extraction, base: datetime | None) -> int:
    """Read what stands below the title: the title once more, source and date; give the line where the story begins."""
    at, headed = title + 1, title > 0
    if at < len(lines) and lines[at].text == found.title:
        found.drop("nav", [lines[at].text], "the title once more")
        at, headed = at + 1, True
    if at < len(lines) and (age := _dated(lines[at].text, headed=headed)):
        _date(found, age, base)
        found.drop("nav", [lines[at].text], "source and date of the story")
        at += 1
    return at


def _date(found: Extraction, age: Age, base: datetime | None) -> None:
    found.published_at = age.moment(base)
    if found.published_at:
        found.found("published_at", "line beside the title", 0.8)


def _sure(line: str) -> Age | None:
    age = parse_age(line)
    return age if age and age.sure else None


def _dated(line: str, *, headed: bool) -> Age | None:
    """Read a line that is an age, or a source and an age ("The Star21-10-2025"); None for any other."""
    if len(line) > LONGEST_GLUED:
        return None
    if age := _sure(line):
        return age
    if (read := teasers.split(line)) and read[2].sure and read[3] is None:
        return read[2]
    if not headed or not any(map(str.isdigit, line)):
        return None
    for match in _GLUED.finditer(line):
        if age := _sure(line[match.end() :]):
            return age
    return None
