"""Title, authors, address, site, pictures and access of an HTML page, each by rules of its own with a confidence.

The rules are measured: see docs/decisions.md. A title is an h1 that og:title or JSON-LD confirms, else JSON-LD's
headline, else og:title less the site's name. An author is better missing than invented.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element
from lxml.html import HtmlElement

from streams.clean import sanitise
from streams.clean.extraction import Extraction
from streams.clean.head import Head, text_of
from streams.clean.masthead import Masthead, bylines, marked, split
from streams.events import Access, Image

MOST_AUTHORS = 12  # more are a masthead, not a byline
LONGEST_AUTHOR = 60  # characters
LONGEST_SITE = 4  # words of a site's name behind a bar
FEWEST_SITE = 4  # letters that a piece of a title must share with the site's name to be it
LEAST_OVERLAP = 0.5  # share of words that an h1 has in common with another title of the page
LEAST_WORDS = 2  # an h1 of fewer is a section's name rather
_COMMON_LABELS = frozenset({"www", "blog", "blogs", "news", "m", "en", "us", "co", "com", "org", "shop", "web"})
_QUOTES = str.maketrans("‘’“”", "''\"\"")
MOST_IMAGES = 20
_SEPARATOR = re.compile(r"\s+[|–—·•»:/~-]\s+|\s*[|»]\s*")
_BY = re.compile(
    r"^(?:written\s+|posted\s+|words\s+|story\s+)?(?:by|von|por|par|di|door|av|autor|author|автор)[:\s]\s*",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{3,}|\w\.\w{3,}\.\w|^(?:admin|administrator|editor|editors|staff|guest|user|author|unknown|anonymous|none|null|"
    r"undefined|web ?master|root|test|site ?admin|contributor|wp ?engine|updated|published)$",
    re.IGNORECASE,
)
_TITLES = frozenset(
    {
        "MD",
        "PHD",
        "RN",
        "RD",
        "CPA",
        "CFP",
        "MBA",
        "DDS",
        "DVM",
        "JD",
        "MPH",
        "LCSW",
        "MS",
        "MA",
        "BS",
        "BA",
        "JR",
        "SR",
    }
)
_ROLE = re.compile(r"\s+[-–—|]\s+.*$")
_NOT_FREE = {"locked", "paid", "premium", "subscriber", "metered"}


def headline(head: Head, url: str | None) -> _Element | None:
    """Give the element of the page's headline, which its masthead stands around."""
    title, _, _ = _title(head, site_names(_site(head), url))
    for text, element in zip(head.headings, head.heading_elements, strict=True):
        if title and _same(text, title):
            return element
    return head.heading_elements[0] if len(head.heading_elements) == 1 else None


def read(
    head: Head, root: HtmlElement, masthead: Masthead, found: Extraction, *, url: str | None, headers: dict[str, str]
) -> None:
    """Fill every field but the text and the dates."""
    found.site = _site(head)
    if found.site:
        found.found("site", "og:site_name or json-ld", 0.95)
    title, method, confidence = _title(head, site_names(found.site, url))
    if title:
        found.title = unescape(title)
        found.found("title", method, confidence)
    found.authors, method, confidence = _authors(head, root, masthead)
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


def without_site(title: str, names: frozenset[str]) -> str:
    """Take the site's name off a title: "Talks go on | Reuters". `names`: the site's, letters and digits only."""
    while pieces := [m.span() for m in _SEPARATOR.finditer(title)]:
        first, last = title[: pieces[0][0]], title[pieces[-1][1] :]
        if _is_site(last, names) or ("|" in title[slice(*pieces[-1])] and len(last.split()) <= LONGEST_SITE):
            title = title[: pieces[-1][0]].strip()
        elif _is_site(first, names):
            title = title[pieces[0][1] :].strip()
        else:
            break
    return title


def _is_site(piece: str, names: frozenset[str]) -> bool:
    folded = re.sub(r"[\W_]+", "", piece.casefold())
    return any(
        folded == name
        or (len(folded) >= FEWEST_SITE and (folded in name or (name in folded and len(name) >= FEWEST_SITE)))
        for name in names
        if name
    )


def site_names(site: str | None, url: str | None) -> frozenset[str]:
    """Give what a site may call itself: its name, and the first labels of its host."""
    names = [site or ""]
    with suppress(ValueError):
        host = urlsplit(url or "").hostname or ""
        names += [label for label in host.split(".")[:-1] if label not in _COMMON_LABELS]
    return frozenset(re.sub(r"[\W_]+", "", name.casefold()) for name in names) - {""}


def _overlap(a: str, b: str) -> float:
    x, y = (set(re.findall(r"\w+", t.casefold())) for t in (a, b))
    return len(x & y) / min(len(x), len(y)) if x and y else 0.0


def _title(head: Head, names: frozenset[str]) -> tuple[str | None, str, float]:
    headline = next(
        (sanitise.line(unescape(n["headline"])) for n in head.articles if isinstance(n.get("headline"), str)), ""
    )
    social = without_site(
        head.meta("og:title", "twitter:title", "dc.title", "parsely-title", "sailthru.title") or "", names
    )
    element = without_site(head.title or "", names)
    voices = [v for v in (social, headline, element, head.meta("citation_title") or "") if v]
    headings = [h for h in head.headings if not _is_site(h, names) or len(h.split()) > LONGEST_SITE]
    for heading in headings:
        for other in voices:
            if _same(heading, other):
                plain = next(
                    (v for v in voices if v != heading and v.translate(_QUOTES) == heading.translate(_QUOTES)), heading
                )
                return plain, "h1 confirmed", 0.97
    if shared := _sharing(headings, voices):
        return shared, "h1 that shares words with the title", 0.85
    for text, method, confidence in ((headline, "json-ld", 0.9), (social, "og:title", 0.8)):
        if text:
            return text, method, confidence
    fallback = headings[:1] if len(headings) == 1 or not element else [element]
    return (fallback[0], "h1 or title element", 0.6) if fallback else (None, "", 0.0)


def _sharing(headings: list[str], voices: list[str]) -> str | None:
    best = max(headings, key=lambda h: max((_overlap(h, v) for v in voices), default=0.0), default=None)
    if best and voices and max(_overlap(best, v) for v in voices) >= LEAST_OVERLAP and len(best.split()) > LEAST_WORDS:
        return best
    return None


# ------------------------------------------------------------------------------------------------------------ authors


def _authors(head: Head, root: HtmlElement, masthead: Masthead) -> tuple[list[str], str, float]:
    for names, method, confidence in _author_voices(head, root, masthead):
        kept: list[str] = []
        for name in names:
            clean = _name(name)
            if clean and clean.casefold() not in {k.casefold() for k in kept}:
                kept.append(clean)
        if kept and len(kept) <= MOST_AUTHORS:
            return kept, method, confidence
    return [], "", 0.0


def _author_voices(head: Head, root: HtmlElement, masthead: Masthead) -> Iterator[tuple[list[str], str, float]]:
    for node in head.articles[:2]:
        yield list(_names(node.get("author"), head, persons=True)), "json-ld", 0.93
    yield [_turned(v) for key in ("citation_author", "dc.creator") for v in head.metas.get(key, ())], "meta", 0.9
    for key in (
        "author",
        "article:author",
        "parsely-author",
        "sailthru.author",
        "byl",
        "dcterms.creator",
        "twitter:data1",
    ):
        if key != "twitter:data1" or "written" in (head.meta("twitter:label1") or "").lower():
            yield [n for v in head.metas.get(key, ())[:MOST_AUTHORS] for n in _split(v)], "meta", 0.85
    if not masthead.after:  # a page so large that searching its elements would take too long, or without text
        return
    yield bylines(masthead), "byline", 0.8
    for element in root.xpath("(//*[@itemprop='author'])[position() <= 3]"):
        yield _split(_author_text(element)), "itemprop", 0.8
    for element in root.xpath("(//a[@rel='author'])[position() <= 3]"):
        yield _split(text_of(element)), "rel=author", 0.8
    yield marked(root), "element marked as author", 0.7
    for node in head.articles[:1]:
        yield list(_names(node.get("author"), head, persons=False)), "json-ld organisation", 0.7


def _author_text(element: HtmlElement) -> str:
    named = element.xpath(".//*[@itemprop='name']")
    target = named[0] if named else element
    return target.get("content") or text_of(target)


def _names(value: Any, head: Head, *, persons: bool) -> Iterator[str]:
    for item in (value if isinstance(value, list) else [value])[:MOST_AUTHORS]:
        if isinstance(item, str):
            if persons:
                yield from _split(item)
        elif isinstance(item, dict):
            node = item if "name" in item else head.nodes.get(str(item.get("@id")), item)
            if ("Organization" in str(node.get("@type"))) == persons:
                continue
            name = node.get("name")
            for one in name if isinstance(name, list) else [name]:
                if isinstance(one, str):
                    yield from (_split(one) if " and " in one else [one])


def _turned(value: str) -> str:
    last, comma, first = value.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() else value


def _split(value: str) -> list[str]:
    return split(_BY.sub("", sanitise.line(unescape(value[:500]))))[:MOST_AUTHORS]


def _name(value: str) -> str | None:
    name = _ROLE.sub("", _BY.sub("", sanitise.line(unescape(value[:300])))).strip(" ,;|-–—•·\"'“”")
    if not name or len(name) > LONGEST_AUTHOR or _NO_NAME.search(name) or not any(map(str.isalpha, name)):
        return None
    return None if name.upper().replace(".", "") in _TITLES else name


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
