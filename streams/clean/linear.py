"""A body extractor that takes time linear in the page's size, whatever its shape: the last resort for hostile pages.

A block of text is kept when it is long enough for prose, ends like a sentence and is not mostly links.
"""

import re
from html import unescape

from lxml import etree
from lxml.html import HtmlElement

from streams.clean import sanitise

SKIPPED = frozenset(
    "script style noscript template svg math select option button form nav footer aside iframe object textarea head".split()
)
BLOCKS = frozenset(
    "p div article section main td th tr table li ul ol dl dd dt blockquote pre h1 h2 h3 h4 h5 h6 figure figcaption header "
    "body html br hr center".split()
)
FEWEST_CHARACTERS = 40  # of a block of prose; shorter ones are menus more often than not
MOST_LINKED = 0.5  # share of a block's text that may be links


def paragraphs(root: HtmlElement) -> list[str]:
    """Give the blocks of prose in the order of the page."""
    found: list[str] = []
    texts: list[str] = []
    linked = size = skipped = links = 0

    def close() -> None:
        nonlocal linked, size
        if size >= FEWEST_CHARACTERS and linked <= MOST_LINKED * size:
            text = sanitise.line("".join(texts))
            if len(text) >= FEWEST_CHARACTERS and any(c in text for c in ".!?。！？؟।"):
                found.append(text)
        texts.clear()
        linked = size = 0

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            text = element.tail if event == "end" else None
        elif event == "start":
            if tag in SKIPPED:
                skipped += 1
            elif tag in BLOCKS:
                close()
            links += tag == "a"
            text = element.text
        else:
            links -= tag == "a"
            if tag in BLOCKS:
                close()
            if tag in SKIPPED:
                skipped -= 1
            text = element.tail
        if text and not skipped:
            texts.append(text)
            size += len(text)
            linked += len(text) if links else 0
    close()
    return found


_HIDDEN = ("script", "style", "noscript", "template", "svg", "select", "textarea")
_BLOCK_TAG = re.compile(rf"</?(?:{'|'.join(sorted(BLOCKS))})\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")


def _without(markup: str, opening: str, closing: str) -> str:
    """Cut everything between two marks, in linear time; what is opened and never closed stays, less the mark."""
    folded = markup.lower()
    kept: list[str] = []
    at = 0
    while (start := folded.find(opening, at)) >= 0:
        end = folded.find(closing, start)
        if end < 0:
            break
        kept.append(markup[at:start])
        at = end + len(closing)
    return " ".join([*kept, markup[at:].replace(opening, " ")])


def from_markup(markup: str) -> list[str]:
    """Do the same without a tree, for markup that the parser gives up on (elements nested by the thousand)."""
    found: list[str] = []
    markup = _without(markup, "<!--", "-->")
    for tag in _HIDDEN:
        markup = _without(markup, f"<{tag}", f"</{tag}>")
    for piece in _BLOCK_TAG.split(markup):
        if len(piece) >= FEWEST_CHARACTERS:
            text = sanitise.line(unescape(_ANY_TAG.sub(" ", piece)))
            if len(text) >= FEWEST_CHARACTERS and any(c in text for c in ".!?。！？؟।"):
                found.append(text)
    return found
