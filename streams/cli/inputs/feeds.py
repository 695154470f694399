"""Entries of a feed, RSS (0.9 to 2.0) or Atom (RFC 4287): an entry that carries its story becomes a raw event.

The rule, from the formats' own words: `content:encoded` and Atom's `content` are the story, however short.
`description` and `summary` tell of it; they are taken for the story only where an entry has nothing else and they hold
at least STORY_COLUMNS, for many feeds know no other element. An entry without either is a link: the page behind it must
be fetched, which is a crawler's work, so it is counted and left out.

The event's body is a small HTML page of what the entry says, with title, author and date marked up, so that clean reads
it as it reads any page.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin

import msgspec

from streams.cli.inputs.entries import Fields, entries
from streams.cli.inputs.item import About, Told
from streams.cli.inputs.unpack import Broken, Stream

KIND = "feed"
# A teaser is cut at 55 words where WordPress makes it (330 columns); a brief of three sentences has 400 and more.
STORY_COLUMNS = 400
DATE_CHARS = 60  # "Saturday, 07 June 2025 11:22:00 +0100 (BST)" and some
_TAG = re.compile(r"<[^<>]*>")


def read(path: Path, stream: Stream, told: Told, known: About) -> Iterator[tuple[bytes, str]]:
    """Give the raw event of each entry that holds a story, and where it stands."""
    number = 0
    feed: Fields = {}
    try:
        for number, entry in enumerate(entries(stream, told.largest, feed), 1):
            story = _story(entry)
            if story is None:
                told.leave_out(KIND, "entries with a teaser or a link only")
            else:
                yield _event(entry, story, feed, known), f"{path} entry {number:,}"
    except Broken as broken:
        raise Broken(f"{broken} after {number:,} entries" if number else str(broken)) from None


def _story(entry: Mapping[str, str]) -> str | None:
    content = entry.get("content", "")
    if _plain(content):
        return content
    summary = entry.get("summary", "")
    return summary if _columns(_plain(summary)) >= STORY_COLUMNS else None


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _columns(text: str) -> int:
    """Count the columns of print: an ideograph is a word's part and takes two."""
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _event(entry: Mapping[str, str], story: str, feed: Mapping[str, str], known: About) -> bytes:
    title = _plain(entry.get("title", ""))
    date = _date(entry.get("date") or entry.get("updated") or "")
    link = entry.get("link") or entry.get("guid") or ""
    url = urljoin(feed.get("link", ""), link) if link else ""
    language = entry.get("language") or feed.get("language") or ""
    name = known.source or _plain(entry.get("source", "")) or _plain(feed.get("title", ""))
    author = _plain(entry.get("author", ""))
    head = f"<title>{html.escape(title)}</title>" if title else ""
    head += f'<meta name="author" content="{html.escape(author)}">' if author else ""
    head += f'<meta property="article:published_time" content="{date}">' if date else ""
    lang = f' lang="{html.escape(language)}"' if language else ""
    heading = f"<h1>{html.escape(title)}</h1>" if title else ""
    body = f"<article>{heading}\n{story}</article>"
    event = {
        "url": url if url.startswith(("http://", "https://")) else None,
        "source": {"name": name} if name else None,
        "content_type": "text/html",
        "fetched_at": known.fetched_at,
        "hints": {"title": title or None, "published_at": date, "language": language or None},
        "body": f"<!DOCTYPE html><html{lang}><head>{head}</head><body>{body}</body></html>",
    }
    if event["url"] is None and event["source"] is None:
        event["source"] = {"name": "feed"}
    return msgspec.json.encode({field: value for field, value in event.items() if value is not None})


def _date(said: str) -> str | None:
    """Read RFC 822 (RSS) or RFC 3339 (Atom, Dublin Core); null for anything else."""
    said = said[:DATE_CHARS]
    if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", said):
        return said if re.fullmatch(r"[0-9T:.+Zz-]{16,40}", said) else None
    try:
        return parsedate_to_datetime(said).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
