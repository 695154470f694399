"""An HTML page to its story: parsed once, one tree for the fields and the body, each by our own rules.

Where the tree holds no body, JSON-LD's articleBody is the last resort but one; the last is markup that the parser gave
up on (elements nested by the thousand), read without a tree.
"""

import re
from datetime import datetime

from lxml import etree
from lxml.etree import _Element

from streams.clean import linear, sanitise
from streams.clean.body import choose
from streams.clean.body.features import About
from streams.clean.extraction import Extraction
from streams.clean.fields import names
from streams.clean.fields.head import Head
from streams.clean.fields.read import read as read_fields

DEEPEST = 500  # elements that break the line; news pages have 30, and what is deeper than 2,048 the parser leaves out
OPENING = 3  # paragraphs among which a byline may stand that the trees took for one: below a standfirst at the latest
LONGEST_SAID = 200_000  # characters of an articleBody that blocks are compared with
_TAG = re.compile(
    r"<(?:!doctype|html|head|body|div|p|article|section|meta|title|h[1-6]|span|table|script|main|br|ul|a)\b",
    re.IGNORECASE,
)
LONGEST_TAG = 50_000  # bytes; libxml2 compares each attribute of an element with all others
_LONG_TAG = re.compile(rb"<(\w{1,20})\s[^<>]{%d,}>" % LONGEST_TAG)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))


def is_html(text: str, content_type: str | None) -> bool:
    """Tell HTML from plain text, by the text itself first: crawlers label much as text/html."""
    start = text[:20_000].lstrip("\ufeff\0 \t\r\n")
    if start.startswith("<") and _TAG.search(start):
        return True
    kind = (content_type or "").lower()
    return "text/plain" not in kind and len(_TAG.findall(start)) > 2  # noqa: PLR2004 - prose may speak of a tag or two


def extract(text: str, url: str | None, base: datetime | None, headers: dict[str, str]) -> Extraction:
    """Read an HTML page."""
    found = Extraction()
    root = parse(text)
    if root is None:
        return found
    said = read_fields(root, url=url, base=base, headers=headers, found=found)
    _read_body(root, said, text, found)
    return found


def parse(text: str) -> _Element | None:
    """Parse HTML; None where there is nothing to parse."""
    data = text.encode("utf-8", "ignore").translate(None, _CONTROLS)
    if runs_on(data, LONGEST_TAG):
        data = _LONG_TAG.sub(rb"<\1>", data)
    if not data or data.isspace():
        return None
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    try:
        return etree.fromstring(data, parser)  # None where there is no element
    except (etree.XMLSyntaxError, ValueError):
        return None


def runs_on(data: bytes, longest: int) -> bool:
    """Tell whether more than so many bytes hold no "<" or ">", by a look back from the end of each such stretch."""
    at = -1
    while at + 1 + longest < len(data):
        stretch = at + 1, at + 2 + longest
        found = max(data.rfind(b"<", *stretch), data.rfind(b">", *stretch))
        if found < 0:
            return True
        at = found
    return False


def about(read: Head) -> About:
    """Give what the body is judged against."""
    bodies = [node["articleBody"] for node in read.articles if isinstance(node.get("articleBody"), str)]
    titles = [title for title in (read.meta("og:title"), read.title, *read.headings) if title]
    description = read.meta("og:description", "description") or ""
    return About(titles=titles, body=max(bodies, key=len, default="")[:LONGEST_SAID], description=description)


def _read_body(root: _Element, read: Head, text: str, found: Extraction) -> None:
    said = about(read)
    body = choose.choose(root, said)
    found.cut += body.cut
    lines, method, confidence = body.paragraphs, "trees over blocks", body.confidence
    if not lines:
        lines = [line for raw in said.body.splitlines() if (line := sanitise.line(raw))]
        method, confidence = "json-ld articleBody", 0.6
    if (not lines or body.depth > DEEPEST) and (prose := linear.from_markup(text)):
        lines, method, confidence = prose, "markup without a tree", 0.5
    lines = _without_title(lines, found.title)
    bylines = [line for line in lines[:OPENING] if _is_byline(line, found.authors)]
    found.drop("nav", bylines, "byline")
    found.paragraphs = [line for line in lines if line not in bylines]
    if found.paragraphs:
        found.found("paragraphs", method, confidence)


def _is_byline(line: str, authors: list[str]) -> bool:
    return bool(authors) and names.BY.match(line) is not None and names.parted(line) == authors


def _without_title(lines: list[str], title: str | None) -> list[str]:
    return lines[1:] if title and lines and lines[0].casefold() == title.casefold() else lines
