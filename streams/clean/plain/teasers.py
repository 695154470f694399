"""Related stories whose source and age stand but once: in a line together, in two lines, or not at all.

    Reuters · 3h            Talks go on             3h ago                  • Talks go on
    Talks go on             Reuters | 12 Jun        Reuters                 • Bakery wins a prize
    Ministers said …        Ministers said …        Talks go on

Each story is anchored by the line with its age. Where a story begins, before or at its anchor, is the same in all of
a run: the known heading above the first tells it, else the empty lines between them, else where the page ends.
Threads of comments have the same shape; what stands below a heading of comments is none of these.
"""

import re
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from streams.clean.ages import Age, parse_age
from streams.clean.plain import markers
from streams.clean.plain.blocks import LONGEST_SOURCE, SENTENCE_END, Block, Line, parts, tidied, unbulleted

LONGEST_ANCHOR = 110  # characters of a line with source and age
MOST_BEFORE = 3  # lines of a story before its anchor: title, text or source
MOST_WORDS = 9  # of a source and an age with nothing in between
LONGEST_STORY = 8  # lines from one anchor to the next
LONGEST_FOOTER = 6  # lines behind the last story
FEWEST = 2  # stories of a run that no known heading announces
MOST_TITLES = 20  # of a list of titles
LONGEST_TITLE = 220  # characters
MOST_SOURCE_NUMBERS = 2  # "24/7 Wall St."
LONGEST_SOURCE_WORDS = 4.0  # median over a run; titles have more
_NUMBER = re.compile(r"\d+")
_SEPARATOR = re.compile(r"\s*(?:\s[-–—/]\s|[·•∙|‧⋅●]|,\s|\s\(|\)\s?$)\s*")


class _Anchor(NamedTuple):
    at: int
    age: Age
    age_text: str
    source: str | None  # of an anchor that holds both
    title: str | None


def split(line: str) -> tuple[str | None, str, Age, str | None] | None:
    """Read "Reuters · 3h", "3h • Reuters", "Reuters | 12 Jun | 4 min read" or an age alone.

    Returns:
        Source, the age as printed, the age, and a title where one stands in the line too.
    """
    if len(line) <= LONGEST_SOURCE and (age := parse_age(line)):
        return None, line, age, None
    if len(line) > LONGEST_ANCHOR + LONGEST_TITLE:
        return None
    pieces = [piece for piece in _SEPARATOR.split(line) if piece]
    if len(pieces) == 1 and len(line) <= LONGEST_SOURCE:
        return _unseparated(line)
    if not 2 <= len(pieces) <= 6:  # noqa: PLR2004 - source and age, perhaps place, section, length of reading
        return None
    unsure = None
    for size in (2, 1):  # "Reuters, June 12, 2025": an age may hold a separator
        for i in range(len(pieces) - size + 1):
            text = pieces[i] if size == 1 else _between(line, pieces[i], pieces[i + 1])
            if age := parse_age(text):
                read = _named(line, pieces[:i] + pieces[i + size :], text, age)
                if age.sure:
                    return read
                unsure = unsure or (size == 1 and read) or None
    return unsure


def _unseparated(line: str) -> tuple[str | None, str, Age, str | None] | None:
    """Read "Reuters 3 hours ago"."""
    words = line.split(" ")
    if len(words) > MOST_WORDS:
        return None
    for at in range(1, len(words)):
        text = " ".join(words[at:])
        if (age := parse_age(text)) and age.sure:
            return " ".join(words[:at]), text, age, None
    return None


def _between(line: str, first: str, second: str) -> str:
    start = line.find(first)
    return line[start : line.find(second, start + len(first)) + len(second)]


def _named(line: str, rest: list[str], text: str, age: Age) -> tuple[str | None, str, Age, str | None] | None:
    if not rest or len(rest[0]) > LONGEST_SOURCE or rest[0].startswith("#"):
        return None
    title = line[line.find(rest[1]) :] if len(rest) > 1 and line.find(rest[1]) > line.find(text) else ""
    return rest[0], text, age, title if len(title.split()) > LONGEST_SOURCE_WORDS else None


def find(lines: list[Line]) -> list[Block]:
    """Give the related stories of a page in its order; the last one's end is where the page ends."""
    heading, anchors = _last_run(lines)
    if anchors and (before := _before(lines, anchors, heading)) is not None:
        found = _blocks(lines, anchors, before)
        if found and (heading is not None or _plausible(found, alone=anchors[0].source is None)):
            return tidied(found)
    return _titles(lines) if heading is None or not anchors else []


def is_source(line: str) -> bool:
    """Whether a line is short enough to be a source, not a title."""
    return len(line) <= LONGEST_SOURCE and len(line.split()) <= LONGEST_SOURCE_WORDS


def _last_run(lines: list[Line]) -> tuple[int | None, list[_Anchor]]:
    """Give the last run of anchors of one kind, and the known heading above it."""
    run: list[_Anchor] = []
    distance = 0
    for i in range(len(lines) - 1, -1, -1):
        text = lines[i].text
        distance += 1
        if distance > (LONGEST_STORY if run else LONGEST_STORY + LONGEST_FOOTER):
            break
        known = markers.kinds(text)
        if "related" in known:
            return i, run[::-1]
        if "comments" in known and run and run[-1].source is None:
            return None, []
        if known & {"comments", "no_comments", "hashtags"} or text.startswith("#"):
            break
        anchor = _anchor(i, text)
        if anchor and (not run or _continues(run, anchor)):
            run.append(anchor)
            distance = 0
    return None, run[::-1]


def _anchor(at: int, text: str) -> _Anchor | None:
    read = split(text) or split(unbulleted(text))
    return _Anchor(at, read[2], read[1], read[0], read[3]) if read else None


def _continues(run: list[_Anchor], anchor: _Anchor) -> bool:
    """Whether an anchor is of the run's kind; of an age and a source that looks like one ("20 Minutes"), the age is."""
    last = run[-1]
    if (anchor.source is None) != (last.source is None):
        return False
    if last.at != anchor.at + 1 or anchor.source is not None:
        return True
    if last.age.sure or not anchor.age.sure:
        return False
    run.pop()
    return True


def _before(lines: list[Line], anchors: list[_Anchor], heading: int | None) -> int | None:
    """Give how many lines of a story stand before its anchor; None where nothing tells."""
    if heading is not None and 0 <= (before := anchors[0].at - heading - 1) <= MOST_BEFORE:
        return before
    if len(anchors) < FEWEST or len(lines) - anchors[-1].at > LONGEST_STORY:
        return None
    for before in range(MOST_BEFORE + 1):
        starts = [anchor.at - before for anchor in anchors]
        if starts[0] > 0 and all(lines[start].gap for start in starts):
            return before
    steps = {b.at - a.at for a, b in pairwise(anchors)}
    behind = len(lines) - 1 - anchors[-1].at
    if len(steps) == 1 and 0 <= (before := steps.pop() - 1 - behind) <= MOST_BEFORE:
        return before
    if anchors[0].source is not None:
        return 0
    return 1 if _words(lines, anchors, -1) <= LONGEST_SOURCE_WORDS else None


def _words(lines: list[Line], anchors: list[_Anchor], step: int) -> float:
    return median(len(lines[anchor.at + step].text.split()) for anchor in anchors)


def _blocks(lines: list[Line], anchors: list[_Anchor], before: int) -> list[Block]:
    starts = [anchor.at - before for anchor in anchors]
    if starts[0] < 1:
        return []
    ends = [*starts[1:], len(lines)]
    if any(start >= end for start, end in zip(starts, ends, strict=True)):
        return []
    inner = max(
        (lines[k].gap for start, anchor in zip(starts, anchors, strict=True) for k in range(start + 1, anchor.at + 1)),
        default=0,
    )
    if before == 0:
        inner = max(inner, min((lines[a.at + 1].gap for a in anchors if a.at + 1 < len(lines)), default=0))
    alone = anchors[0].source is None
    leads = alone and before == 0  # the age, then the source
    first = alone and before == 1 and _words(lines, anchors, -1) <= LONGEST_SOURCE_WORDS  # the source, then the age
    found: list[Block] = []
    for start, anchor, end in zip(starts, anchors, ends, strict=True):
        source = anchor.source
        if leads:
            source = lines[anchor.at + 1].text if anchor.at + 1 < end else None
            title, text, foreign = parts(lines, anchor.at + 2, end, inner)
        elif first:
            source = unbulleted(lines[start].text)
            title, text, foreign = parts(lines, anchor.at + 1, end, inner)
        elif before == 0 and anchor.title:
            title = anchor.title
            _, text, foreign = parts(lines, anchor.at, end, inner)
        elif before == 0:
            title, text, foreign = parts(lines, anchor.at + 1, end, inner)
        else:
            last = anchor.at - 1 if alone and before > 1 else anchor.at
            source = unbulleted(lines[last].text) if last < anchor.at else source
            title = lines[start].text
            text = [line.text for line in lines[start + 1 : last]]
            _, more, foreign = parts(lines, anchor.at, end, inner)
            text += more
        if source is not None and len(source) > LONGEST_SOURCE:
            return []
        found.append(Block(start, end, source, anchor.age_text, anchor.age, title, text, foreign))
    return found


def _plausible(found: list[Block], *, alone: bool) -> bool:
    """Whether a run without a known heading is one of stories: each has a title of more than a word, and a source."""
    titles = [block.title or "" for block in found]
    return (
        len(found) >= FEWEST
        and all(_is_name(block.source or "") for block in found)
        and (not alone or any(block.text for block in found))  # else a name, an age and a comment each
        and median(len(title.split()) + len(title) // 12 for title in titles) > LONGEST_SOURCE_WORDS
        and sum(title.endswith((".", "。", ",")) for title in titles) <= len(titles) // 3
    )


def _is_name(source: str) -> bool:
    """Whether a source may be one, rather than a piece of a sentence or of a table of figures."""
    if not source or source.endswith(",") or len(_NUMBER.findall(source)) > MOST_SOURCE_NUMBERS:
        return False
    return is_source(source) or not source[0].islower()


def _titles(lines: list[Line]) -> list[Block]:
    """Read a list of titles, with or without texts, below the last known heading of related stories."""
    for i in range(len(lines) - 1, max(len(lines) - 2 * MOST_TITLES, 1) - 1, -1):
        known = markers.kinds(lines[i].text)
        if "related" in known and "footer" not in known:
            break
        if known & {"comments", "no_comments", "hashtags"}:
            return []
    else:
        return []
    end = len(lines)
    group = next((k for k in range(end - 1, i + 1, -1) if lines[k].gap), end)
    if any(markers.is_a(line.text, "footer", "ads") for line in lines[group:]):
        end = group
    while end > i + 1 and markers.is_a(lines[end - 1].text, "footer", "ads"):
        end -= 1
    rows = lines[i + 1 : end]
    if not rows or len(rows) > 2 * MOST_TITLES:
        return []
    parted = any(row.gap for row in rows[1:]) and not all(row.gap for row in rows[1:])
    prose = [row.text.endswith(SENTENCE_END) for row in rows]
    paired = not parted and len(rows) % 2 == 0 and not any(prose[::2]) and all(prose[1::2])  # title, text, title, text
    starts = [k for k in range(i + 1, end) if k == i + 1 or (lines[k].gap if parted else not paired or (k - i) % 2)]
    ends = [*starts[1:], end]
    found = [
        Block(a, b, None, None, None, lines[a].text, [row.text for row in lines[a + 1 : b]], [])
        for a, b in zip(starts, ends, strict=True)
    ]
    titles = [lines[k].text for k in starts]
    if max(map(len, titles)) > LONGEST_TITLE or 2 * sum(t.endswith((".", "。", ":")) for t in titles) >= len(titles):
        return []
    found[-1] = found[-1]._replace(end=len(lines), foreign=[row.text for row in lines[end:]])
    return tidied(found)
