"""What a reader sees of a page: its lines of text in order, each with the marks of the elements around it.

One walk over the tree, linear in its size; elements that are not shown are skipped whole.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import cast

from lxml import etree
from lxml.etree import XPath, _Element
from msgspec import Struct, field

from streams.clean import sanitise

MOST_LINES = 6000  # lines of text that are kept; the longest page of the sets has 5,000
BELOW = 120  # lines of text looked at below the last h1; 150 finds no more
MOST_ELEMENTS = 60_000  # elements looked at: three times the largest news page of the sets
MOST_HEADINGS = 30
MOST_OPEN = 4  # menus within each other that hold the page; the pages have two at most
# Of the page's paragraphs: what a menu or button has that was never closed, so that the parser put the page into it. On
# 900 pages ten have 0.97 or more, each of them such; the next has 0.68.
SWALLOWED = 0.9
FEWEST_PARAGRAPHS = 5  # of a page that a menu is thought to hold; the ten have 6 to 199, a menu's own are one or two
MOST_TAGS = 1000  # that begin or end in a heading with breaks; no heading has as many
LONGEST_LINE = 400  # characters of a line that are kept; no field is as long
_HIDDEN = frozenset(
    [
        "script",
        "nav",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "select",
        "button",
        "textarea",
        "iframe",
        "object",
        "head",
    ]
)

AUTHOR, DATE, TITLE, ASIDE, UPDATED, LINKED, NAMED, ARTICLE = (1 << n for n in range(8))
_WORDS = (
    (AUTHOR, "author byline writer contributor reporter journalist autor auteur"),
    (DATE, "date time publish posted meta datum fecha"),
    (TITLE, "title headline heading"),
    (
        ASIDE,
        (
            "related recommend sidebar comment footer widget teaser promo more- most- trending popular menu navbar "
            "breadcrumb newsletter card carousel latest readnext read-next"
        ),
    ),
    (UPDATED, "modif updat revis"),
)
_MARK_OF = [(word, mark) for mark, listed in _WORDS for word in listed.split()]
_BY_TAG = {"aside": ASIDE, "footer": ASIDE, "time": DATE, "address": AUTHOR, "article": ARTICLE}
_MENUS = frozenset(("nav", "button"))
_BREAKS = ("br", "div", "p")  # within a heading: the words on both sides are two
_TELLING = frozenset((*_BY_TAG, "a", "h1", "h2"))
_PARAGRAPHS = XPath("count(.//p)")
_AUTHOR_LINK = re.compile(r"/(?:authors?|writers?|contributors?|by|staff|people|profile|team|autor|auteur|redaktion)/")


class Heading(Struct):
    """A heading, and the number of its first line."""

    level: int
    text: str
    line: int
    marks: int


class Screen(Struct):
    """The page's lines, as a reader meets them."""

    lines: list[str] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    times: list[tuple[_Element, int, int]] = field(default_factory=list)  # time elements, line, marks


@lru_cache(maxsize=8192)
def _of_names(names: str) -> int:
    folded = names.lower()
    marks = 0
    for word, mark in _MARK_OF:
        if word in folded:
            marks |= mark
    return marks


def read(root: _Element, headlines: int = 1) -> Screen:
    """Walk the tree once, to the lines below its last h1; `headlines`: how many h1 the page has."""
    screen = Screen()
    lines, all_marks = screen.lines, screen.marks
    stack: list[int] = [0]
    marks = number = 0
    enough = MOST_LINES
    page = max(FEWEST_PARAGRAPHS, SWALLOWED * _paragraphs(root))
    inside = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            tag = element.tag
            number += 1
            if tag in _HIDDEN:
                if tag not in _MENUS or inside == MOST_OPEN or _paragraphs(element) < page:
                    walk.skip_subtree()
                    stack.append(marks)
                    continue
                inside += 1
                marks = 0  # it and what is around it say nothing of the page inside
            elif names := element.get("class"):
                marks |= _of_names(names[:200])
            if tag in _TELLING:
                marks |= _told(element, tag, marks, screen)
                headlines -= tag == "h1"
                if tag == "h1" and headlines <= 0:
                    enough = min(enough, len(lines) + BELOW)
            stack.append(marks)
            text = element.text
        else:
            stack.pop()
            marks = stack[-1]
            text = element.tail
        if text and (line := " ".join(text[: LONGEST_LINE * 2].split())[:LONGEST_LINE]):
            lines.append(line)
            all_marks.append(marks)
        if number > MOST_ELEMENTS or len(lines) > enough:
            break
    return screen


def _paragraphs(element: _Element) -> float:
    return cast("float", _PARAGRAPHS(element))


def _told(element: _Element, tag: object, marks: int, screen: Screen) -> int:
    if tag == "a":
        href = element.get("href") or ""
        named = _AUTHOR_LINK.search(href[:200]) or "author" in (element.get("rel") or "")
        return LINKED | (NAMED if named else 0)
    if tag == "time":
        screen.times.append((element, len(screen.lines), marks))
    elif tag in {"h1", "h2"} and len(screen.headings) < MOST_HEADINGS and (text := text_of(element)):
        screen.headings.append(Heading(int(str(tag)[1]), text, len(screen.lines), marks))
    return _BY_TAG.get(str(tag), 0)


def text_of(element: _Element, longest: int = 1000) -> str:
    """Give an element's text on one line, cut where a field would end."""
    parts: list[str] = []
    size = 0
    broken = next(element.iterdescendants(*_BREAKS), None) is not None
    for part in _broken(element) if broken else element.itertext():
        parts.append(str(part))
        size += len(part)
        if size > longest * 4:
            break
    return sanitise.line("".join(parts)[: longest * 4])[:longest]


def _broken(element: _Element) -> Iterator[str]:
    """Give the pieces of a text, and a blank where a line ends."""
    for event, inner in islice(etree.iterwalk(element, events=("start", "end")), MOST_TAGS):
        if inner.tag in _BREAKS:
            yield " "
        if event == "start":
            yield inner.text or ""
        elif inner is not element:
            yield inner.tail or ""
