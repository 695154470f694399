"""What an HTML page says of itself: meta elements, JSON-LD, links, headings. Read in one pass, judged in fields.py."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from lxml.etree import _Element
from msgspec import Struct, field

from streams.clean import sanitise

LONGEST_JSON_LD = 2_000_000  # characters; the articleBody of a long read has 100,000
MOST_NODES = 2000  # JSON-LD nodes looked at: a page with more describes a catalogue
LONGEST_FIELD = 1000  # characters of a heading or a meta element; a headline has 300 at most
_ARTICLE = re.compile(r"(?:Article|Posting|Review|Report|Newscast|Recipe|CreativeWork)$")
_CONTROL = re.compile(r"[\x00-\x1f]+")


class Head(Struct):
    """A page's own account of itself."""

    metas: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    canonical: str | None = None
    license: str | None = None
    base: str | None = None
    language: str | None = None
    title: str | None = None
    headings: list[str] = field(default_factory=list)
    heading_elements: list[_Element] = field(default_factory=list)
    times: list[_Element] = field(default_factory=list)
    articles: list[dict[str, Any]] = field(default_factory=list)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    site_nodes: list[dict[str, Any]] = field(default_factory=list)

    def meta(self, *names: str) -> str | None:
        """Give the first of the meta elements named that says something."""
        for name in names:
            for value in self.metas.get(name, ()):
                if value:
                    return value
        return None


def read(root: _Element) -> Head:
    """Collect everything that the fields are made from."""
    head = Head()
    head.language = root.get("lang") or root.get("xml:lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    for element in root.iter(*_READERS):
        _READERS[str(element.tag)](element, head)
    return head


def text_of(element: _Element) -> str:
    """Give an element's text on one line, cut where a field would end."""
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(str(part))
        size += len(part)
        if size > LONGEST_FIELD * 4:
            break
    return sanitise.line("".join(parts)[: LONGEST_FIELD * 4])[:LONGEST_FIELD]


def _read_meta(element: _Element, head: Head) -> None:
    content = element.get("content")
    if not content:
        return
    value = sanitise.line(content[: LONGEST_FIELD * 4])[:LONGEST_FIELD]
    for attribute in ("property", "name", "itemprop"):
        if name := element.get(attribute):
            head.metas[name.strip().lower()[:100]].append(value)


def _read_link(element: _Element, head: Head) -> None:
    rel, href = (element.get("rel") or "").lower().split(), element.get("href")
    if not href:
        return
    if "canonical" in rel and head.canonical is None:
        head.canonical = str(href).strip()
    if "license" in rel and head.license is None:
        head.license = href.strip()


def _read_json_ld(text: str, head: Head) -> None:
    if len(text) > LONGEST_JSON_LD:
        return
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        try:
            data = json.loads(re.sub(r",\s*([}\]])", r"\1", _CONTROL.sub(" ", text)), strict=False)
        except (ValueError, RecursionError):
            return
    for node in _nodes(data):
        types = node.get("@type")
        names = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
        if isinstance(key := node.get("@id"), str) and len(node) > 1:
            head.nodes.setdefault(key, node)
        if any(_ARTICLE.search(name) for name in names):
            head.articles.append(node)
        elif any(name in {"WebSite", "Organization", "NewsMediaOrganization"} for name in names):
            head.site_nodes.append(node)


def _read_title(element: _Element, head: Head) -> None:
    if head.title is None and (parent := element.getparent()) is not None and parent.tag != "svg":
        head.title = text_of(element) or None


def _read_heading(element: _Element, head: Head) -> None:
    if heading := text_of(element):
        head.headings.append(heading)
        head.heading_elements.append(element)


def _read_script(element: _Element, head: Head) -> None:
    if "ld+json" in (element.get("type") or "").lower():
        _read_json_ld(element.text or "", head)


def _read_base(element: _Element, head: Head) -> None:
    head.base = head.base or element.get("href")


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Walk JSON-LD without recursion: the top nodes and those in @graph, mainEntity and lists first."""
    queue: list[Any] = [data]
    seen = 0
    while queue and seen < MOST_NODES:
        item = queue.pop(0)
        seen += 1
        if isinstance(item, list):
            queue.extend(item[:MOST_NODES])
        elif isinstance(item, dict):
            yield item
            for key, value in item.items():
                if key in {"@graph", "mainEntity", "mainEntityOfPage", "hasPart", "liveBlogUpdate"} or isinstance(
                    value, dict
                ):
                    if key != "liveBlogUpdate":
                        queue.append(value)
                elif key in {"author", "creator"} and isinstance(value, list):
                    queue.extend(value[:20])


_READERS: dict[str, Callable[[_Element, Head], None]] = {
    "meta": _read_meta,
    "link": _read_link,
    "title": _read_title,
    "h1": _read_heading,
    "script": _read_script,
    "time": lambda element, head: head.times.append(element),
    "base": _read_base,
}
