"""The body of markup that the parser gave up on, in time linear in its size: the last resort for hostile pages.

A block of text is kept when it is long enough for prose and holds the end of a sentence.
"""

import re
from html import unescape

from streams.clean import sanitise
from streams.clean.tables import words

BLOCKS = words("blocks_tags")
FEWEST_CHARACTERS = 40  # of a block of prose; shorter ones are menus more often than not


def _prose(text: str) -> str | None:
    text = sanitise.line(text)
    return text if len(text) >= FEWEST_CHARACTERS and any(c in text for c in ".!?。！？؟।") else None


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
    """Give the blocks of prose in the order of the page."""
    markup = _without(markup, "<!--", "-->")
    for tag in _HIDDEN:
        markup = _without(markup, f"<{tag}", f"</{tag}>")
    pieces = (piece for piece in _BLOCK_TAG.split(markup) if len(piece) >= FEWEST_CHARACTERS)
    return [text for piece in pieces if (text := _prose(unescape(_ANY_TAG.sub(" ", piece))))]
