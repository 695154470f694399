"""Title, authors, address, site, pictures and access of an HTML page, each by rules of its own with a confidence.

The rules are measured: see docs/decisions.md. A title is an h1 that og:title or JSON-LD confirms, else JSON-LD's
headline, else og:title less the site's name. An author is better missing than invented.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from streams.clean import sanitise
from streams.clean.extraction import Extraction
from streams.clean.head import Head, text_of
from streams.events import Access, Image

MOST_AUTHORS = 12  # more are a masthead, not a byline
LONGEST_AUTHOR = 60  # characters
MOST_IMAGES = 20
_SEPARATOR = re.compile(r"\s+[|–—·•»:/~-]\s+|\s*[|»]\s*")
_BY = re.compile(
    r"^(?:written\s+|posted\s+|words\s+|story\s+)?(?:by|von|por|par|di|door|av|autor|author|автор)[:\s]\s*",
    re.IGNORECASE,
)
_LIST = re.compile(r"\s*(?:,|;|\band\b|\bund\b|\by\b|\bet\b|&|\|)\s*")
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{3,}|^(?:admin|administrator|editor|editors|staff|guest|user|author|unknown|anonymous|none|null|"
    r"undefined|web ?master|root|test|site ?admin|contributor|wp ?engine|updated|published)$",
    re.IGNORECASE,
)
_NOT_FREE = {"locked", "paid", "premium", "subscriber", "metered"}


def read(head: Head, root: HtmlElement, url: str | None, headers: dict[str, str], found: Extraction) -> None:
    """Fill every field but the text and the dates."""
    found.site = _site(head)
    if found.site:
        found.found("site", "og:site_name or json-ld", 0.95)
    title, method, confidence = _title(head, found.site)
    if title:
        found.title = title
        found.found("title", method, confidence)
    found.authors, method, confidence = _authors(head, root, found.site)
    if found.authors:
        found.found("authors", method, confidence)
    found.canonical_url = _canonical(head, url)
    if found.canonical_url:
        found.found("canonical_url", "link rel=canonical or og:url", 0.95)
    found.declared_language = head.language or head.meta("og:locale", "content-language", "dc.language", "language")
    found.images = _images(head, root, url)
    found.access = _access(head, headers)


# -------------------------------------------------------------------------------------------------------------- title


def _same(a: str, b: str) -> bool:
    a, b = (re.sub(r"[\W_]+", "", x.casefold()) for x in (a, b))
    return bool(a) and bool(b) and (a == b or (min(len(a), len(b)) > 15 and (a.startswith(b) or b.startswith(a))))  # noqa: PLR2004


def without_site(title: str, site: str | None) -> str:
    """Take the site's name off a title: "Talks go on | Reuters"."""
    pieces = [m.span() for m in _SEPARATOR.finditer(title)]
    if not pieces:
        return title
    names = {re.sub(r"[\W_]+", "", site.casefold())} if site else set()
    first, last = title[: pieces[0][0]], title[pieces[-1][1] :]
    if names and re.sub(r"[\W_]+", "", last.casefold()) in names:
        return title[: pieces[-1][0]].strip()
    if names and re.sub(r"[\W_]+", "", first.casefold()) in names:
        return title[pieces[0][1] :].strip()
    return title


def _title(head: Head, site: str | None) -> tuple[str | None, str, float]:
    headline = next((sanitise.line(n["headline"]) for n in head.articles if isinstance(n.get("headline"), str)), "")
    social = head.meta("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title", "title") or ""
    element = head.title or ""
    for heading in head.headings:
        if any(_same(heading, without_site(other, site)) for other in (social, headline) if other):
            return heading, "h1 confirmed", 0.97
    if headline:
        return headline, "json-ld", 0.9
    for heading in head.headings:
        if element and _same(heading, without_site(element, site)):
            return heading, "h1 confirmed by title", 0.9
    if social:
        return without_site(social, site), "og:title", 0.85
    if len(head.headings) == 1:
        return head.headings[0], "h1", 0.7
    if element:
        return without_site(element, site), "title element", 0.6
    return (head.headings[0], "first h1", 0.5) if head.headings else (None, "", 0.0)


# ------------------------------------------------------------------------------------------------------------ authors


def _authors(head: Head, root: HtmlElement, site: str | None) -> tuple[list[str], str, float]:
    for names, method, confidence in _author_voices(head, root):
        kept: list[str] = []
        for name in names:
            clean = _name(name, site)
            if clean and clean.casefold() not in {k.casefold() for k in kept}:
                kept.append(clean)
        if kept:
            return kept[:MOST_AUTHORS], method, confidence
    return [], "", 0.0


def _author_voices(head: Head, root: HtmlElement) -> Iterator[tuple[list[str], str, float]]:
    yield [name for node in head.articles[:1] for name in _names(node.get("author"), head)], "json-ld", 0.93
    yield (
        [
            n
            for key in (
                "author",
                "article:author",
                "parsely-author",
                "sailthru.author",
                "dc.creator",
                "byl",
                "citation_author",
                "dcterms.creator",
            )
            for v in head.metas.get(key, ())[:8]
            for n in _split(v)
        ],
        "meta",
        0.85,
    )
    yield [n for e in root.xpath("//*[@itemprop='author']")[:6] for n in _split(_author_text(e))], "itemprop", 0.8
    yield [n for e in root.xpath("//a[@rel='author']")[:6] for n in _split(text_of(e))], "rel=author", 0.8


def _author_text(element: HtmlElement) -> str:
    named = element.xpath(".//*[@itemprop='name']")
    target = named[0] if named else element
    return target.get("content") or text_of(target)


def _names(value: Any, head: Head) -> list[str]:
    found: list[str] = []
    for item in (value if isinstance(value, list) else [value])[:MOST_AUTHORS]:
        if isinstance(item, str):
            found += _split(item)
        elif isinstance(item, dict):
            node = item if "name" in item else head.nodes.get(str(item.get("@id")), item)
            name = node.get("name")
            found += [n for n in (name if isinstance(name, list) else [name]) if isinstance(n, str)]
    return found


def _split(value: str) -> list[str]:
    value = _BY.sub("", sanitise.line(value[:500]))
    return [part for part in _LIST.split(value) if part][:MOST_AUTHORS]


def _name(value: str, site: str | None) -> str | None:
    name = _BY.sub("", sanitise.line(value[:300])).strip(" ,;|-–—•·")
    if not name or len(name) > LONGEST_AUTHOR or _NO_NAME.search(name) or not any(map(str.isalpha, name)):
        return None
    if site and re.sub(r"[\W_]+", "", name.casefold()) == re.sub(r"[\W_]+", "", site.casefold()):
        return None
    return name


# ------------------------------------------------------------------------------------------------- site, url, pictures


def _site(head: Head) -> str | None:
    if name := head.meta("og:site_name"):
        return name[:100]
    for node in head.articles:
        publisher = node.get("publisher")
        if isinstance(publisher, dict):
            publisher = head.nodes.get(str(publisher.get("@id")), publisher)
            if isinstance(name := publisher.get("name"), str) and name.strip():
                return sanitise.line(name)[:100]
    for node in head.site_nodes:
        if isinstance(name := node.get("name"), str) and name.strip():
            return sanitise.line(name)[:100]
    return head.meta("application-name", "publisher", "dc.publisher", "citation_journal_title")


def web_address(value: object, base: str | None) -> str | None:
    """Give an absolute http(s) address, or nothing."""
    if not isinstance(value, str) or not value.strip() or len(value) > 2000:  # noqa: PLR2004 - browsers stop about there
        return None
    try:
        joined = urljoin(base or "", sanitise.line(value))
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in {"http", "https"} and parts.hostname and " " not in joined else None


def _canonical(head: Head, url: str | None) -> str | None:
    base = head.base if head.base and head.base.startswith("http") else url
    for value in (head.canonical, head.meta("og:url")):
        address = web_address(value, base)
        if address and not (urlsplit(address).path in {"", "/"} and url and urlsplit(url).path not in {"", "/"}):
            return address
    return None


def _images(head: Head, root: HtmlElement, url: str | None) -> list[Image]:
    found: dict[str, Image] = {}
    for value in head.metas.get("og:image", [])[:3] + head.metas.get("twitter:image", [])[:1]:
        if address := web_address(value, url):
            found.setdefault(address, Image(url=address, caption=None, credit=None))
    for figure in root.iter("figure"):
        if len(found) >= MOST_IMAGES:
            break
        picture = next(figure.iter("img"), None)
        if picture is None:
            continue
        address = web_address(picture.get("src") or picture.get("data-src"), url)
        if address and not address.startswith("data:"):
            note = next(figure.iter("figcaption"), None)
            caption = text_of(note) if note is not None else ""
            found[address] = Image(url=address, caption=caption or None, credit=_credit(caption))
    return list(found.values())[:MOST_IMAGES]


def _credit(caption: str) -> str | None:
    match = re.search(
        r"(?:photo|photograph|image|credit|foto|bild|crédit|©)(?:\s*(?:credit|by|von|:|/))*\s*[:/]?\s*(.{2,80})$",
        caption,
        re.IGNORECASE,
    )
    return match[1].strip(" .)") or None if match else None


# ------------------------------------------------------------------------------------------------------------- access


def _access(head: Head, headers: dict[str, str]) -> Access:
    free: bool | None = None
    for node in head.articles:
        value = node.get("isAccessibleForFree")
        if value is not None:
            free = str(value).strip().lower().rsplit("/", 1)[-1] == "true"
            break
    if free is None and (tier := head.meta("article:content_tier")):
        free = tier.lower() not in _NOT_FREE
    license_ = head.license or next((n["license"] for n in head.articles if isinstance(n.get("license"), str)), None)
    robots = " ".join([*head.metas.get("robots", []), headers.get("x-robots-tag", "")]).lower()
    reservation = head.meta("tdm-reservation") or headers.get("tdm-reservation")
    opt_out: bool | None = None
    if reservation is not None:
        opt_out = reservation.strip() == "1"
    elif "noai" in robots.replace("-", ""):
        opt_out = True
    return Access(free=free, license=sanitise.line(license_)[:500] if license_ else None, tdm_opt_out=opt_out)
