"""Plain text in an aggregator's layout: story, hashtags, promotion, comments, related stories.

The page is read from its end: the related stories by their shape (blocks.py), then backwards from the first of them
through all sections that fit, heading by heading. What stands before is the story, so a line "Comments" inside prose
stays. Headings are known by their words (tables/markers.json) or, once related stories are found, by their shape.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from streams.clean import blocks, markers, sanitise
from streams.clean.ages import Age, parse_age
from streams.clean.blocks import Line
from streams.clean.extraction import CutKind, Extraction, Story
from streams.clean.lines import is_flattened, weight

LONGEST_HEADING = 48  # characters of a heading known by its shape only
LONGEST_HEADING_WORDS = 6
LONGEST_NAME = 40  # characters of a commenter's name
LONGEST_COMMENT = 3  # lines
LONGEST_PROMO = 100  # characters of a line of a promotion known by its shape only
MOST_PROMO_LINES = 6
FEWEST_STORY_LINES = 2  # title and a line
LONGEST_BARE_HEADING_WORDS = 2  # of a heading that has nothing below it
LONGEST_BARE_HEADING = 24  # characters of it
FEWEST_REPEATS = 3  # times that a short line stands in a story to be an advertisement
SENTENCE_END = tuple(".!?…。！？؟।\"'”’»)")
_HASHTAG = re.compile(r"[#＃][^\s#＃,;،、|·•]+")
_HASHTAG_LINE = re.compile(r"(?:[#＃][^\s#＃,;،、|·•]+[\s,;،、|·•]*)+")
_GLUED = re.compile(r"(?<=\D)(?=\d)|(?<=[^\W\d_])[\s|·•,–—-]+(?=\S)|(?<=[a-zß-ÿ])(?=[A-Z])")
_COUNT = re.compile(r"\s*[(\[]?\d+[)\]]?\s*$")
_NUMBER = re.compile(r"\d+")


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


class _Tail(Struct):
    """Where the tail of the page begins, as far as it has been read backwards."""

    at: int
    hashtags: list[str]
    comments: int | None = None
    sections: int = 0
    tagged: bool = False  # the hashtags have been read; above them is the story
    by_shape: bool = False  # a heading was known by its shape only: the page's words are not in the table
    frames: frozenset[str] = frozenset()


def extract(lines: list[Line], base: datetime | None) -> Extraction | None:
    """Read a page in an aggregator's layout; None where nothing of that layout is found."""
    found = Extraction()
    run = blocks.find(lines)
    end = run[0].start if run else len(lines)
    cut: list[tuple[CutKind, int, int, str]] = []
    tail = _Tail(at=end, hashtags=[], frames=blocks.frames(lines, run))
    _read_tail(lines, tail, cut, aggregator=bool(run))
    if not run and not tail.sections and (tail.at == end or is_flattened([weight(line.text) for line in lines])):
        return None
    _read_head(lines, tail.at, found, base, strange=tail.by_shape)
    for kind, start, stop, reason in sorted(cut, key=lambda c: c[1]):
        found.drop(kind, (line.text for line in lines[start:stop]), reason)
    found.found("aggregator", "layout", 0.95)
    found.hashtags, found.comments_count = tail.hashtags, tail.comments
    _read_related(lines, run, found, base)
    return found


# ------------------------------------------------------------------------------------------------------------ related


def _read_related(lines: list[Line], run: list[blocks.Block], found: Extraction, base: datetime | None) -> None:
    read = [(block, *blocks.parts(lines, block)) for block in run]
    usual = max((len(text) for _, _, text, _ in read[:-1]), default=1)
    for block, title, text, foreign in read:
        if block.end == len(lines):  # past the last story's text the page's own footer may follow
            while text and (len(text) > max(usual, 1) or markers.is_a(text[-1], "footer")) and _no_prose(text[-1]):
                foreign.insert(0, text.pop())
        source = lines[block.start].text
        age_text = lines[block.start + 1].text if block.second > block.start + 1 else None
        moment = block.age.moment(base) if block.age else None
        found.related.append(Story(title=title, text=text, source=source, age_text=age_text, published_at=moment))
        found.drop("related", [source, age_text or "", title or "", *text], "the source stands twice around an age")
        found.drop("promo", foreign, "stands between or behind the related stories")


def _no_prose(line: str) -> bool:
    return len(line) <= LONGEST_PROMO and (not line.endswith(SENTENCE_END) or markers.is_a(line, "footer", "ads"))


# --------------------------------------------------------------------------------------------------------------- tail


def _read_tail(lines: list[Line], tail: _Tail, cut: list[tuple[CutKind, int, int, str]], *, aggregator: bool) -> None:
    """Move `tail.at` backwards over every section that is no part of the story."""

    def take(kind: CutKind, count: int, reason: str) -> None:
        cut.append((kind, tail.at - count, tail.at, reason))
        tail.at -= count

    def last() -> str:
        return lines[tail.at - 1].text if tail.at > 0 else ""

    if aggregator:
        known = markers.is_a(last(), "related")
        if known or _heading(last()):
            tail.by_shape = not known
            take("related", 1, "heading of the related stories")
    else:
        _take_footer(lines, tail, take)
    before = -1
    while tail.at != before and tail.at > 0:
        before = tail.at
        _take_comments(lines, tail, take, aggregator=aggregator)
        while tail.at > 1 and markers.is_a(last(), "promo"):
            take("promo", 1, "promotion of the site's own features")
            tail.sections += 1
        if not tail.tagged:
            _take_unknown_group(lines, tail, take, aggregator=aggregator)
        _take_hashtags(lines, tail, take, aggregator=aggregator)
        while tail.at > 1 and tail.sections and markers.is_a(last(), "ads"):
            take("promo", 1, "advertisement")
    if tail.by_shape and tail.at > FEWEST_STORY_LINES and not tail.tagged and _bare_heading(lines[tail.at - 1].text):
        take("hashtags", 1, "a heading with nothing below it, in words that are not known")


def _take_footer(lines: list[Line], tail: _Tail, take: Callable[[CutKind, int, str], None]) -> None:
    start = tail.at
    while tail.at > 1 and markers.is_a(last := lines[tail.at - 1].text, "ads", "footer") and _no_prose(last):
        if markers.is_a(last, "related") and tail.at < start:
            break
        take("promo", 1, "footer of the page")
    if tail.at > 1 and markers.is_a(lines[tail.at - 1].text, "related"):
        take("related", 1, "heading of related stories, none of which is there")


def _bare_heading(line: str) -> bool:
    return _heading(line) and len(line.split()) <= LONGEST_BARE_HEADING_WORDS and len(line) <= LONGEST_BARE_HEADING


def _heading(line: str) -> bool:
    if len(line) > 2 * LONGEST_HEADING:
        return False
    line = _COUNT.sub("", line)
    if not line or len(line) > LONGEST_HEADING or len(line.split()) > LONGEST_HEADING_WORDS:
        return False
    return not line.endswith(SENTENCE_END) and not line.startswith(("#", "＃")) and any(map(str.isalpha, line))


def _take_comments(
    lines: list[Line], tail: _Tail, take: Callable[[CutKind, int, str], None], *, aggregator: bool
) -> None:
    if tail.comments is not None or tail.at < 2:  # noqa: PLR2004 - the title and a heading
        return
    last = lines[tail.at - 1].text
    if markers.is_a(last, "no_comments"):
        headed = tail.at > 2 and markers.is_a(lines[tail.at - 2].text, "comments")  # noqa: PLR2004
        take("comments", 2 if headed else 1, "section of comments, without any")
        tail.comments, tail.sections = 0, tail.sections + 1
        return
    if markers.is_a(last, "comments"):
        number = _NUMBER.search(last)
        take("comments", 1, "heading of the comments")
        tail.comments, tail.sections = int(number.group()) if number else None, tail.sections + 1
        return
    start, count = tail.at, 0
    while (age := _comment_before(lines, start, tail.frames)) is not None:
        start, count = age - 1, count + 1
    if not count or start < 1:
        return
    heading = lines[start - 1].text
    if start > 1 and (markers.is_a(heading, "comments") or (aggregator and _heading(heading))):
        tail.by_shape |= not markers.is_a(heading, "comments")
        start -= 1
    elif count < 2:  # noqa: PLR2004 - one name and age alone may be prose
        return
    take("comments", tail.at - start, "comments: a name, an age and a text each")
    tail.comments, tail.sections = count, tail.sections + 1


def _comment_before(lines: list[Line], end: int, frames: frozenset[str]) -> int | None:
    """Give the line of the age of the comment that ends at `end`, None where there is no comment."""
    for at in range(end - 2, max(end - 3 - LONGEST_COMMENT, 1), -1):
        name = lines[at - 1].text
        if not blocks.is_age(lines[at].text, frames):
            continue
        if len(name) <= LONGEST_NAME and not name.endswith((":", "?", "!", "…")) and not name.startswith("#"):
            return None if blocks.is_age(name, frames) else at
    return None


def _take_unknown_group(
    lines: list[Line], tail: _Tail, take: Callable[[CutKind, int, str], None], *, aggregator: bool
) -> None:
    """Cut a last group of short lines, in words that are not known: a promotion or comments in another language.

    A group begins below the page's hashtags, or below an empty line.
    """
    for start in range(tail.at - 1, max(tail.at - 1 - MOST_PROMO_LINES, 0), -1):
        line = lines[start]
        if markers.is_a(line.text, "hashtags"):
            return
        if _HASHTAG_LINE.fullmatch(line.text):
            count = tail.at - start - 1
        elif len(line.text) > LONGEST_PROMO:
            return
        elif line.gap and aggregator:
            count = tail.at - start
            below_tags = start > 0 and _HASHTAG_LINE.fullmatch(lines[start - 1].text)
            if count == 1 and not below_tags and not _stands_apart(lines, start, tail):
                return
        else:
            continue
        if count:
            take("promo", count, "last group of short lines before the related stories")
            tail.sections += 1
        return


def _stands_apart(lines: list[Line], at: int, tail: _Tail) -> bool:
    """Whether one short line below an empty one is a section: the story itself has no empty lines, and has prose."""
    story = lines[FEWEST_STORY_LINES:at]
    prose = any(x.text.endswith(SENTENCE_END) for x in lines[1:at])
    return (
        prose
        and not lines[at].text.endswith(SENTENCE_END)
        and (tail.by_shape or bool(tail.sections))
        and not any(x.gap for x in story)
    )


def _take_hashtags(
    lines: list[Line], tail: _Tail, take: Callable[[CutKind, int, str], None], *, aggregator: bool
) -> None:
    start = tail.at
    while start > 1 and _HASHTAG_LINE.fullmatch(lines[start - 1].text):
        start -= 1
    tags = [tag for line in lines[start : tail.at] for tag in _HASHTAG.findall(line.text)]
    if start > 1:
        heading = lines[start - 1].text
        name, _, inline = heading.partition("#")
        if markers.is_a(heading, "hashtags") or (tags and aggregator and _heading(heading)):
            start -= 1
        elif inline and markers.is_a(name, "hashtags") and _HASHTAG_LINE.fullmatch("#" + inline):
            tags = _HASHTAG.findall("#" + inline) + tags
            start -= 1
    if start < tail.at and not tail.tagged:
        take("hashtags", tail.at - start, "hashtags of the page")
        tail.hashtags, tail.tagged, tail.sections = tags, True, tail.sections + bool(tags)


# --------------------------------------------------------------------------------------------------------------- head


def _read_head(lines: list[Line], end: int, found: Extraction, base: datetime | None, *, strange: bool) -> None:
    """Read title and story out of the lines before the tail."""
    at = 0
    while at < end - 1 and markers.is_a(lines[at].text, "head"):
        found.drop("nav", [lines[at].text], "header of the page")
        at += 1
    headed = at > 0
    if at >= end:
        return
    found.title = lines[at].text
    found.found("title", "first line", 0.9)
    at += 1
    if at < end and lines[at].text == found.title:
        found.drop("nav", [lines[at].text], "the title once more")
        at, headed = at + 1, True
    if at < end and (age := _glued_age(lines[at].text, headed=headed)):
        found.drop("nav", [lines[at].text], "source and date of the story")
        found.published_at = age.moment(base)
        if found.published_at:
            found.found("published_at", "line below the title", 0.8)
        at += 1
    repeats = Counter(line.text for line in lines[at:end] if _bare_heading(line.text))
    for line in lines[at:end]:
        if markers.is_a(line.text, "ads"):
            found.drop("promo", [line.text], "advertisement")
        elif repeats[line.text] >= FEWEST_REPEATS - strange:
            found.drop("promo", [line.text], "the same short line again and again")
        else:
            found.paragraphs.append(line.text)


def _glued_age(line: str, *, headed: bool) -> Age | None:
    """Read a line that is an age, or a source and an age ("The Star21-10-2025"); None for any other."""
    if (age := parse_age(line)) and age.sure:
        return age
    if not headed or len(line) > LONGEST_HEADING + LONGEST_NAME or not any(map(str.isdigit, line)):
        return None
    for match in _GLUED.finditer(line):
        if (age := parse_age(line[match.end() :])) and age.sure:
            return age
    return None
