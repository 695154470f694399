"""The lines around a story's headline, where pages print who wrote it and when: a date, "By Jane Doe"."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import cast

from lxml.etree import XPath, _Element
from lxml.html import HtmlElement
from msgspec import Struct

from streams.clean import sanitise
from streams.clean.ages import parse_age
from streams.clean.head import text_of
from streams.clean.tables import words
from streams.events import Moment

BEFORE, AFTER = 14, 160  # lines of text looked at before and after the headline; measured on 641 pages
NEAR = 40  # of those after it, the lines whose dates are taken for the story's
LONGEST_LINE = 120  # characters of a line that may be a masthead's
MOST_MARKED = 12  # elements marked as an author's looked at
_NOT_TEXT = "not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::nav)"
_AFTER = XPath(f"following::text()[normalize-space() and {_NOT_TEXT}][position() <= {AFTER}]")
_BEFORE = XPath(f"preceding::text()[normalize-space() and {_NOT_TEXT}][position() <= {BEFORE}]")
_START = XPath(f"(//body//text()[normalize-space() and {_NOT_TEXT}])[position() <= {AFTER}]")
_MARKED = XPath(
    "//*[(self::a or self::span or self::p or self::div or self::address or self::strong or self::cite or self::li"
    " or self::h2 or self::h3 or self::h4 or self::h5 or self::h6)"
    " and (contains(@class, 'author') or contains(@class, 'Author') or contains(@class, 'byline')"
    " or contains(@class, 'Byline') or contains(@class, 'writer') or contains(@href, '/author/')"
    " or contains(@href, '/authors/') or contains(@data-testid, 'author'))]"
)
_BY = re.compile(
    r"^(?:(?:article|words|story|text|written|posted|published|reported|reviewed|created|contributed|guest post)\s+)?"
    r"(?:by|von|por|par|di|door|av|af|autor|autore|auteur|author|автор|بقلم|كتب)\s*[:|]?\s+(?=\S)|^(?:author|autor|text)s?\s*:\s*",
    re.IGNORECASE,
)
_BY_ALONE = re.compile(
    r"^(?:(?:article|words|story|text|written|posted|published|reported|contributed)\s+)?"
    r"(?:by|von|por|par|di|door|av|autor|author|author\(s\)|автор|بقلم)\s*:?$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th)?\.?\s+(?:de\s+)?[^\W\d_]{3,12}\.?,?\s+(?:de\s+)?(?:19|20)\d{2}|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?"
    r"\s+(?:19|20)\d{2}|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}"
    r"|(?:19|20)\d{2}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日)"
)
_AMERICAN = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
_UPDATED = re.compile(r"updat|modif|aktualis|actuali|reviewed|copyright|©", re.IGNORECASE)
_PARTICLES = words("name_particles")
_NAME_TOKEN = re.compile(r"[^\W\d_][\w.'’‐-]*,?\.?")
_STOP = re.compile(
    r"\s*(?:[|•·–—@(\[]|\s-\s|,\s|\bon\b|\bin\b|\bat\b|\d|\bupdated\b|\bpublished\b|\bfor\b).*$", re.IGNORECASE
)
_NOT_NAMES = words("not_names")


class Masthead(Struct):
    """The lines of text near the headline, nearest after it first."""

    after: list[str]
    before: list[str]


def read(root: HtmlElement, headline: _Element | None) -> Masthead:
    """Collect the lines around the headline, or the page's first lines when there is none."""
    if headline is None:
        return Masthead(after=_clean(cast("list[str]", _START(root))), before=[])
    inside = set(_clean([str(t) for t in headline.itertext()]))
    after = [line for line in _clean(cast("list[str]", _AFTER(headline))) if line not in inside]
    return Masthead(after=after, before=_clean(cast("list[str]", _BEFORE(headline))))


def _clean(texts: list[str]) -> list[str]:
    return [line for text in texts if (line := sanitise.line(text[: LONGEST_LINE * 4]))]


def published(masthead: Masthead, base: datetime | None, *, american: bool, far: bool = False) -> Moment | None:
    """Give the first date printed at the headline, a date of publication before one of an update."""
    later: Moment | None = None
    lines = masthead.after[:NEAR] + masthead.before[::-1] + (masthead.after[NEAR:] if far else [])
    for i, line in enumerate(lines):
        if len(line) > LONGEST_LINE or not any(map(str.isdigit, line)):
            continue
        for match in _DATE.finditer(line):
            text = match.group()
            if american and (parts := _AMERICAN.match(text)):
                text = f"{parts[3]}-{parts[1]}-{parts[2]}"
            age = parse_age(text)
            moment = age.moment(base) if age else None
            if moment is None:
                continue
            if _UPDATED.search(line[: match.start()]) or (
                match.start() == 0 and i and _UPDATED.search(lines[i - 1][-30:])
            ):
                later = later or moment
                continue
            return moment
    return later


def bylines(masthead: Masthead) -> list[str]:
    """Give the names behind "By" near the headline."""
    for lines in (masthead.after, masthead.before[::-1]):
        for i, line in enumerate(lines):
            if len(line) > LONGEST_LINE:
                continue
            if _BY_ALONE.match(line):
                return list(_following(lines[i + 1 : i + 6]))
            if match := _BY.match(line):
                names = [n for part in split(line[match.end() :]) if (n := name_of(part))]
                if names:
                    return names
    return []


def _following(lines: list[str]) -> Iterator[str]:
    joined = True
    for line in lines:
        if line.strip(" ,&").casefold() in {"and", "", "und", "et", "y"}:
            joined = True
            continue
        names = [n for part in split(line) if (n := name_of(part))]
        if not joined or not names:
            return
        yield from names
        joined = line.endswith((",", "&", " and"))


def marked(root: HtmlElement) -> list[str]:
    """Give the first name in an element that is marked as an author's by its class or address."""
    for element in cast("list[HtmlElement]", _MARKED(root))[:MOST_MARKED]:
        text = text_of(element)
        if len(text) <= LONGEST_LINE:
            names = [n for part in split(_BY.sub("", text)) if (n := name_of(part))]
            if names:
                return names
    return []


def split(text: str) -> list[str]:
    """Part a list of names."""
    return [part for part in re.split(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|&)\s+", text) if part]


def name_of(text: str) -> str | None:
    """Give the person's name that the text begins with; None when it is no name."""
    text = _STOP.sub("", text).strip(" ,;:|-–—•·.")
    tokens = text.split()
    if not 2 <= len(tokens) <= 5:  # noqa: PLR2004 - given and family name, at most three more
        return None
    for token in tokens:
        if token.casefold().strip(".,") in _NOT_NAMES or not _NAME_TOKEN.fullmatch(token):
            return None
        if (
            token[0].islower()
            and token.casefold() not in _PARTICLES
            and not token.startswith(("d'", "d’", "al-", "el-"))
        ):
            return None
    return text if tokens[0][0].isupper() or not tokens[0][0].islower() else None
