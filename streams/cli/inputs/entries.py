"""The entries of a feed, as what they say: parsed a piece at a time, so that memory holds one entry.

Faults in the XML are read over (feeds are written by strangers, too), entities are not resolved, nothing is fetched.
"""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from lxml import etree

from streams.cli.inputs.unpack import CHUNK, Broken, Stream

ENTRIES = {"item", "entry"}
ROOTS = {"rss", "feed", "RDF"}
ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
RSS_1, RSS_09 = "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"
READ = {"", ATOM, CONTENT, DUBLIN_CORE, RSS_1, RSS_09}  # namespaces; media:title and its like are of a picture
XHTML = "http://www.w3.org/1999/xhtml"
PERSON_CHARS = 300  # of an author: several names, and no work for a pattern
TAIL_BYTES = 1024  # where the root's end stands, comments behind it aside
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|RDF)\s*>")
_LONE = re.compile(rb"&(?!#?\w{1,31};)")
_BEGUN = re.compile(rb"&#?\w{0,31}\Z")
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
Fields = dict[str, str]


def entries(stream: Stream, largest: int, feed: Fields) -> Iterator[Fields]:
    """Give each entry's fields. `feed` takes what is said of all entries, as it comes.

    Raises:
        Broken: it is no feed, or ends before its end.
    """
    parser = etree.XMLPullParser(events=("start", "end"), resolve_entities=False, no_network=True, recover=True)
    reading = _Reading(feed)
    fed, tail = 0, b""
    for data in _mended(stream):
        fed += len(data)
        tail = (tail + data)[-TAIL_BYTES:]
        if not data and reading.root is not None and not _END.search(tail.replace(b"\x00", b"")):
            raise Broken("it breaks off")  # before the parser ends what is open, and half an entry looks whole
        with suppress(etree.XMLSyntaxError):  # faults are read over
            parser.feed(data) if data else parser.close()
        for event, element in parser.read_events():
            if event == "start":
                reading.begin(element)
            elif reading.end(element):
                yield _fields(element)
                _forget(element)
                fed = 0
        if fed > largest + CHUNK:
            raise Broken(f"an entry has more than {largest:,} bytes")
    if reading.root is None:
        raise Broken("it is no XML")


def _mended(stream: Stream) -> Iterator[bytes]:
    """Give a feed piece by piece, then an empty piece. A lone & (AT&T) is written &amp;: libxml2 waits for its end."""
    held = b""
    wide = stream.peek(1)[:4].count(0) > 0  # UTF-16: rare enough to be read as it is
    while data := stream.read(CHUNK):
        data = held + data
        begun = None if wide else _BEGUN.search(data)
        held = data[begun.start() :] if begun else b""
        data = data[: len(data) - len(held)]
        yield data if wide else _LONE.sub(b"&amp;", data)
    if held:
        yield _LONE.sub(b"&amp;", held)
    yield b""


class _Reading:
    """Where in a feed its parser is."""

    def __init__(self, feed: Fields) -> None:
        self.root: Any = None
        self._feed = feed
        self._depth = 0  # of entries: an entry in an entry is a part of it

    def begin(self, element: Any) -> None:
        """Note that an element begins."""
        name = _local(element)
        if self.root is None:
            self.root = element
            if name not in ROOTS:
                raise Broken(f"it is no feed: RSS and Atom begin with <rss>, <feed> or <rdf:RDF>, not <{name[:40]}>")
        self._depth += name in ENTRIES

    def end(self, element: Any) -> bool:
        """Note that an element ends, and say whether it is an entry."""
        if _local(element) in ENTRIES:
            self._depth -= 1
            return self._depth == 0
        if not self._depth:
            _note(element, self._feed)
        return False


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _note(element: Any, feed: Fields) -> None:
    """Keep a feed's own title, link and language."""
    parent = element.getparent()
    if parent is None or _local(parent) not in {"channel", "feed"}:
        return
    name = _local(element)
    readers = {"title": _text, "link": _link, "language": _text}
    if name in readers and (said := readers[name](element).strip()):
        feed.setdefault(name, said)
    if language := parent.get(LANGUAGE):
        feed.setdefault("language", language)


def _fields(entry: Any) -> Fields:
    """Read an entry's elements: of several with one meaning the first counts."""
    found: Fields = {}
    for child in entry:
        if not isinstance(child.tag, str):
            continue
        namespace, _, name = child.tag.removeprefix("{").rpartition("}")
        if namespace in READ and name in _MEANINGS:
            field, reader = _MEANINGS[name]
            if said := reader(child).strip():
                found.setdefault(field, said)
    if language := entry.get(LANGUAGE):
        found["language"] = language
    return found


def _link(element: Any) -> str:
    return (element.get("href") or _text(element)) if element.get("rel", "alternate") == "alternate" else ""


def _guid(element: Any) -> str:
    return _text(element) if element.get("isPermaLink", "true") == "true" else ""


def _source(element: Any) -> str:
    title = element.find(f"{{{ATOM}}}title")
    return _text(element if title is None else title)


def _text(element: Any) -> str:
    return "".join(element.itertext())


def _person(element: Any) -> str:
    name = element.find(f"{{{ATOM}}}name")
    said = _text(name if name is not None else element).strip()[:PERSON_CHARS]
    # RSS has "jane@example.org (Jane Doe)"; an address alone is no name.
    inner = re.fullmatch(r"\S+@\S+ \((.+)\)", said)
    return inner[1] if inner else "" if "@" in said else said


def _html(element: Any) -> str:
    """Give what an element says, as HTML: escaped markup in RSS, by its `type` in Atom (RFC 4287 section 3.1)."""
    kind = element.get("type", "text" if ATOM in element.tag else "html").lower()
    if kind == "xhtml" or any(isinstance(child.tag, str) and XHTML in child.tag for child in element):
        inner = "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
        return re.sub(r"</?(?:\w+:)?div[^<>]*>", "", inner)
    said = _text(element)
    return said if "html" in kind else html.escape(said, quote=False)


_MEANINGS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "title": ("title", _html),
    "link": ("link", _link),
    "guid": ("guid", _guid),
    "encoded": ("content", _html),
    "content": ("content", _html),
    "description": ("summary", _html),
    "summary": ("summary", _html),
    "author": ("author", _person),
    "creator": ("author", _person),
    "pubDate": ("date", _text),
    "published": ("date", _text),
    "date": ("date", _text),
    "updated": ("updated", _text),
    "source": ("source", _source),
}
