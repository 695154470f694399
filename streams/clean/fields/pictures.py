"""The pictures of a story: those that the page names itself, then its figures, with caption and credit."""

import re
from collections.abc import Iterator

from lxml.etree import _Element

from streams.clean import sanitise
from streams.clean.fields.addresses import web_address
from streams.clean.fields.head import Head
from streams.clean.fields.screen import text_of
from streams.events import Image

MOST = 20  # images of an article
LONGEST_CAPTION = 1000  # characters
CREDIT = re.compile(
    r"(?:\b(?:photo(?:graph|grapher|s)?|image|picture|foto|bild|imagen|crédits?|credits?|source|quelle|фото)\b"
    r"\s*(?:credit|courtesy|copyright|by|von|par|de|di|of|:|/|©)[\s:/]*|©\s*|\bcourtesy of\s+)"
    r"([^\s].{0,79}?)\s*[.)\]]*$",
    re.IGNORECASE,
)
_CREDIT_CLASS = re.compile(r"credit|copyright|source|photographer|byline|attribution", re.IGNORECASE)
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src")


def read(head: Head, root: _Element, base: str | None) -> list[Image]:
    """Collect the pictures, in the page's order, each once."""
    found: dict[str, Image] = {}
    for image in [*_declared(head), *_figures(root)]:
        address = web_address(image.url, base)
        if address and len(found) < MOST:
            known = found.get(address)
            if known is None or known.caption is None:
                found[address] = Image(url=address, caption=image.caption, credit=image.credit)
    return list(found.values())


def _declared(head: Head) -> Iterator[Image]:
    for value in [*head.metas.get("og:image", [])[:3], *head.metas.get("twitter:image", [])[:1]]:
        yield Image(url=value, caption=None, credit=None)
    for node in head.articles[:1]:
        listed = node.get("image")
        for item in (listed if isinstance(listed, list) else [listed])[:MOST]:
            if isinstance(item, str):
                yield Image(url=item, caption=None, credit=None)
            elif isinstance(item, dict) and isinstance(address := item.get("url") or item.get("contentUrl"), str):
                yield Image(url=address, caption=_said(item, "caption"), credit=_said(item, "creditText"))


def _said(node: dict[str, object], key: str) -> str | None:
    value = node.get(key)
    return sanitise.line(value[:LONGEST_CAPTION]) or None if isinstance(value, str) else None


def _figures(root: _Element) -> Iterator[Image]:
    for number, figure in enumerate(root.iter("figure")):
        if number > MOST * 2:
            return
        picture = next(figure.iter("img"), None)
        if picture is None:
            continue
        address = next((value for name in _SOURCES if (value := picture.get(name)) and value[:5] != "data:"), None)
        if address:
            note = next(figure.iter("figcaption"), None)
            caption = text_of(note, LONGEST_CAPTION) if note is not None else ""
            yield Image(url=address, caption=caption or None, credit=_credit(figure, caption))


def _credit(figure: _Element, caption: str) -> str | None:
    for number, element in enumerate(figure.iter("span", "cite", "small", "div", "p")):
        if number > MOST:
            break
        if _CREDIT_CLASS.search((element.get("class") or "")[:200]) and (said := text_of(element, 100)):
            match = CREDIT.search(said)
            return match[1] if match else said
    match = CREDIT.search(caption[-120:])
    return match[1] if match else None
