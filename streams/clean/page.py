"""An HTML page to its story: parse once, fields by our own rules, the body by trafilatura.

Pages that are too large or nested too deep for trafilatura's passes over the tree, which take more than linear time, go
to the linear extractor instead. When no extractor finds a body, JSON-LD's articleBody is the last resort.
"""

import logging
import re
from datetime import datetime

import trafilatura
from lxml import etree, html
from lxml.html import HtmlElement

from streams.clean import linear, sanitise
from streams.clean.extraction import Extraction
from streams.clean.fields.read import read as read_fields

DEEPEST = 200  # levels of elements; news pages have 30, and trafilatura's recursion takes seconds from 1,000 on
MOST_TAGS = 20_000  # the largest news page of the sets has 12,000; at 100,000 trafilatura takes more than 5 s
FEWEST_TO_MEASURE = 3_000  # tags below which no page can be deep enough to matter
LONGEST_TEXT = 4_000_000  # characters of markup
_TAG = re.compile(
    r"<(?:!doctype|html|head|body|div|p|article|section|meta|title|h[1-6]|span|table|script|main|br|ul|a)\b",
    re.IGNORECASE,
)
_LONG_TAG = re.compile(r"<(\w{1,20})\s[^<>]{50000,}>")  # libxml2 compares each attribute of an element with all others
_MARKUP_BYTES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs what a page lacks; the outcome says it


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
    about = read_fields(root, url=url, base=base, headers=headers, found=found)
    lines, method, confidence = _body(root, text)
    if not lines:
        said = next((n["articleBody"] for n in about.articles if isinstance(n.get("articleBody"), str)), "")
        lines, method, confidence = (
            [x for raw in said.splitlines() if (x := sanitise.line(raw))],
            "json-ld articleBody",
            0.6,
        )
    found.paragraphs = _without_title(lines, found.title)
    if found.paragraphs:
        found.found("paragraphs", method, confidence)
    return found


def parse(text: str) -> HtmlElement | None:
    """Parse HTML; None where there is nothing to parse."""
    data = _LONG_TAG.sub(r"<\1>", _MARKUP_BYTES.sub("", text)).encode("utf-8", "replace")
    if not data.strip():
        return None
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True)
    try:
        root = html.document_fromstring(data, parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root if isinstance(root, HtmlElement) else None


def _body(root: HtmlElement, text: str) -> tuple[list[str], str, float]:
    tags = text.count("<")
    if tags > MOST_TAGS or len(text) > LONGEST_TEXT or (tags > FEWEST_TO_MEASURE and _depth(root) > DEEPEST):
        return linear.paragraphs(root) or linear.from_markup(text), "linear", 0.6
    try:
        body = trafilatura.extract(root, include_comments=False)
    except Exception:  # noqa: BLE001 - whatever a page does to trafilatura, the linear extractor is the answer
        body = None
    if body:
        return [line for raw in body.split("\n") if (line := sanitise.line(raw))], "trafilatura", 0.9
    return linear.paragraphs(root) or linear.from_markup(text), "linear", 0.5


def _depth(root: HtmlElement) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _without_title(lines: list[str], title: str | None) -> list[str]:
    if title and lines and lines[0].lstrip("# ").casefold() == title.casefold():
        return lines[1:]
    return lines
