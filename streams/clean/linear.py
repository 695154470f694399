"""A body extractor that takes time linear in the page's size, whatever its shape: the last resort for hostile pages.

A block of text is kept when it is long enough for prose, ends like a sentence and is not mostly links.
"""

import re
from html import unescape

from lxml import etree
from lxml.html import HtmlElement

from streams.clean import sanitise
from streams.clean.tables import words

SKIPPED = words("skipped_tags")
BLOCKS = words("blocks_tags")
FEWEST_CHARACTERS = 40  # of a block of prose; shorter ones are menus more often than not
MOST_LINKED = 0.5  # share of a block's text that may be links


class _Block:
    """The block of text that is being read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.size = self.linked = 0

    def add(self, text: str, *, linked: bool) -> None:
        self.texts.append(text)
        self.size += len(text)
        self.linked += len(text) if linked else 0

    def close(self) -> str | None:
        """Begin anew; give the block's text when it is prose."""
        texts, size, linked = self.texts, self.size, self.linked
        self.texts, self.size, self.linked = [], 0, 0
        if size < FEWEST_CHARACTERS or linked > MOST_LINKED * size:
            return None
        return _prose("".join(texts))


def _prose(text: str) -> str | None:
    text = sanitise.line(text)
    return text if len(text) >= FEWEST_CHARACTERS and any(c in text for c in ".!?。！？؟।") else None


def paragraphs(root: HtmlElement) -> list[str]:
    """Give the blocks of prose in the order of the page."""
    found: list[str | None] = []
    block = _Block()
    skipped = links = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag, step = element.tag, 1 if event == "start" else -1
        if tag in BLOCKS:
            found.append(block.close())
        skipped += step if tag in SKIPPED else 0
        links += step if tag == "a" else 0
        text = element.tail if step < 0 else element.text if isinstance(tag, str) else None
        if text and not skipped:
            block.add(text, linked=links > 0)
    found.append(block.close())
    return [text for text in found if text]


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
    markup = _without(markup, "<!--", "-->")
    for tag in _HIDDEN:
        markup = _without(markup, f"<{tag}", f"</{tag}>")
    pieces = (piece for piece in _BLOCK_TAG.split(markup) if len(piece) >= FEWEST_CHARACTERS)
    return [text for piece in pieces if (text := _prose(unescape(_ANY_TAG.sub(" ", piece))))]
