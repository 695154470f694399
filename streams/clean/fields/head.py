"""What an HTML page says of itself: meta elements, JSON-LD, links, title. Read in one pass, judged elsewhere."""

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any, cast

from lxml.etree import XPath, _Element
from msgspec import Struct, field

from streams.clean import sanitise
from streams.clean.fields.screen import text_of

LONGEST_JSON_LD = 2_000_000  # characters; the articleBody of a long read has 100,000
MOST_NODES = 2000  # JSON-LD nodes looked at: a page with more describes a catalogue
LONGEST_FIELD = 1000  # characters of a heading or a meta element; a headline has 300 at most
MOST_HEADINGS = 30
MOST_METAS = 500  # meta elements read; pages have 20 to 60
_LICENSED = XPath("descendant::a[@rel][contains(@rel, 'license')]")
_ARTICLE = re.compile(r"(?:Article|Posting|Review|Report|Newscast|Recipe|CreativeWork)$")
_PAGE = re.compile(r"(?:WebPage|ItemPage|AboutPage|MedicalWebPage|FAQPage|VideoObject|NewsVideo)$")
_SITE = re.compile(r"(?:WebSite|Organization)$")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_BROKEN = re.compile(r'"(headline|datePublished|dateModified|dateCreated|@type)"\s{0,9}:\s{0,9}"([^"\\]{1,400})"')
_BROKEN_AUTHOR = re.compile(
    r'"author"\s{0,9}:[^"]{0,20}(?:"@type"[^"]{0,9}"Person"[^"]{0,20})?"name"\s{0,9}:\s{0,9}"([^"\\]{2,100})"'
)


class Head(Struct):
    """A page's own account of itself."""

    metas: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    canonical: str | None = None
    license: str | None = None
    base: str | None = None
    language: str | None = None
    title: str | None = None
    headings: list[str] = field(default_factory=list)  # of the first level
    articles: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    sites: list[dict[str, Any]] = field(default_factory=list)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def meta(self, *names: str) -> str | None:
        """Give the first of the meta elements named that says something."""
        for name in names:
            for value in self.metas.get(name, ()):
                if value:
                    return value
        return None


def read(root: _Element, url: str | None = None) -> Head:
    """Collect what the page says; of several articles in JSON-LD the one that is this page's comes first."""
    head = Head()
    head.language = root.get("lang") or root.get("xml:lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    for element in root.iter(*_READERS):
        _READERS[str(element.tag)](element, head)
    if head.license is None and (anchors := cast("list[_Element]", _LICENSED(root))):
        head.license = (anchors[0].get("href") or "").strip() or None
    if len(head.articles) > 1:
        addresses = {_path(url), _path(head.canonical), _path(head.meta("og:url"))} - {""}
        said = {_folded(head.meta("og:title")), _folded(head.title)} - {""}
        head.articles.sort(key=lambda node: -_fits(node, addresses, said))
    return head


def _fits(node: dict[str, Any], addresses: set[str], titles: set[str]) -> int:
    main = node.get("mainEntityOfPage")
    named = [node.get("url"), node.get("@id"), main.get("@id") if isinstance(main, dict) else main]
    here = any(isinstance(name, str) and _path(name) in addresses for name in named)
    headline = _folded(node.get("headline") or node.get("name"))
    titled = bool(headline) and any(headline in title or title in headline for title in titles)
    return 2 * titled + 2 * here + ("author" in node) + ("datePublished" in node)


def _path(url: str | None) -> str:
    return re.sub(r"^\w{2,5}://(?:www\.)?|[#?].*$|/+$", "", url) if url else ""


def _folded(value: object) -> str:
    return re.sub(r"[\W_]+", "", value.casefold()) if isinstance(value, str) else ""


def _read_meta(element: _Element, head: Head) -> None:
    content = element.get("content")
    if not content or len(head.metas) > MOST_METAS:
        return
    value = sanitise.line(content[: LONGEST_FIELD * 4])[:LONGEST_FIELD]
    for attribute in ("property", "name", "itemprop"):
        if name := element.get(attribute):
            head.metas[name.strip().lower()[:100]].append(value)


def _read_link(element: _Element, head: Head) -> None:
    rel, href = (element.get("rel") or "").lower(), element.get("href")
    if not href:
        return
    if "canonical" in rel and head.canonical is None:
        head.canonical = href.strip()
    if "license" in rel.split() and head.license is None:
        head.license = href.strip()


def _read_json_ld(text: str, head: Head) -> None:
    if len(text) > LONGEST_JSON_LD:
        return
    for node in _nodes(_loads(text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";"))):
        names = types(node)
        if isinstance(key := node.get("@id"), str) and len(node) > 1:
            head.nodes.setdefault(key, node)
        for pattern, kept in ((_ARTICLE, head.articles), (_PAGE, head.pages), (_SITE, head.sites)):
            if any(pattern.search(name) for name in names):
                kept.append(node)
                break


def types(node: dict[str, Any]) -> list[str]:
    """Give the types of a JSON-LD node."""
    said = node.get("@type")
    return [name for name in (said if isinstance(said, list) else [said]) if isinstance(name, str)]


def _loads(text: str) -> Any:
    """Read JSON as pages write it: control characters, commas at the end; of what else is broken, the plain pairs."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(re.sub(r",\s*([}\]])", r"\1", _CONTROL.sub(" ", text)), strict=False)
    except (ValueError, RecursionError):
        pairs: dict[str, Any] = {}
        for match in _BROKEN.finditer(text):
            pairs.setdefault(match[1], match[2])
        if author := _BROKEN_AUTHOR.search(text):
            pairs["author"] = author[1]
        return pairs


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Walk JSON-LD without recursion, breadth first."""
    queue: deque[Any] = deque([data])
    seen = 0
    while queue and seen < MOST_NODES:
        item = queue.popleft()
        seen += 1
        if isinstance(item, list):
            queue.extend(item[:MOST_NODES])
        elif isinstance(item, dict):
            yield item
            for key, value in item.items():
                if key in _FOLLOWED or (isinstance(value, dict) and key not in _ELSEWHERE):
                    queue.append(value)
                elif key in {"author", "creator"} and isinstance(value, list):
                    queue.extend(value[:20])


_FOLLOWED = frozenset(("@graph", "mainEntity", "mainEntityOfPage"))
_ELSEWHERE = frozenset(("liveBlogUpdate", "hasPart", "itemListElement", "comment", "review", "relatedLink", "isPartOf"))


def _read_title(element: _Element, head: Head) -> None:
    if head.title is None and (parent := element.getparent()) is not None and parent.tag != "svg":
        head.title = text_of(element) or None


def _read_heading(element: _Element, head: Head) -> None:
    if len(head.headings) < MOST_HEADINGS and (heading := text_of(element)):
        head.headings.append(heading)


def _read_script(element: _Element, head: Head) -> None:
    if "ld+json" in (element.get("type") or "").lower():
        _read_json_ld(element.text or "", head)


def _read_base(element: _Element, head: Head) -> None:
    head.base = head.base or element.get("href")


_READERS: dict[str, Callable[[_Element, Head], None]] = {
    "meta": _read_meta,
    "link": _read_link,
    "title": _read_title,
    "h1": _read_heading,
    "script": _read_script,
    "base": _read_base,
}
