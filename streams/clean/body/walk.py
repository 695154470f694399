"""An HTML tree to its blocks of text, in one walk.

A block is the text between two borders: the beginning or end of an element that breaks the line, or a `<br>`. Elements
that break the line are nodes; each knows its parent and the range of blocks inside it, so that whatever is asked of a
container is a difference of two running sums.
"""

import re
from typing import Any

from lxml import etree
from lxml.etree import _Element
from msgspec import Struct, field

MOST_BLOCKS = 20_000  # the largest page of 900 has 6,000
MANY_BLOCKS = 10_000  # beyond which short ones are left out, so that a story behind a flood of scraps is found
SHORT = 40  # characters
MOST_NODES = 60_000
LONGEST_SIGNATURE = 160  # characters of an element's class, id and role

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp small span strike"  # noqa: SIM905 - reads better
    " strong sub sup time tt u var wbr ruby rb rt rp html:a".split()
)
SKIPPED = frozenset(
    "script style noscript template svg select option textarea iframe object embed head title canvas audio video map"  # noqa: SIM905 - reads better
    " input datalist".split()
)
IMAGES = frozenset({"img", "picture", "amp-img"})
# Tags that are told apart, of a block's own element and of those around it.
TAGS = (  # noqa: SIM905 - reads better
    "p li div td h1 h2 h3 h4 h5 h6 blockquote pre dd dt figcaption section article main aside header footer nav form"
    " figure table ul ol dl button details summary address body center tr th dialog"
).split()
TAG_NUMBER = {tag: number for number, tag in enumerate(TAGS)}
OTHER_TAG = len(TAGS)
# What an element can be in, as bits that are handed down the tree.
AROUND = (  # noqa: SIM905 - reads better
    "li ul table blockquote figure figcaption aside header footer nav form article main section pre a button details"
    " dl address hidden body_marked comment_marked dialog"
).split()
BIT = {name: 1 << number for number, name in enumerate(AROUND)}
TAG_BITS = {
    **{name: BIT[name] for name in AROUND if name not in {"hidden", "body_marked", "comment_marked"}},
    "ol": BIT["ul"],
    "td": BIT["table"],
    "th": BIT["table"],
}
_ROLE_BITS = {
    "navigation": BIT["nav"],
    "complementary": BIT["aside"],
    "contentinfo": BIT["footer"],
    "banner": BIT["header"],
    "main": BIT["main"],
    "article": BIT["article"],
    "dialog": BIT["dialog"],
    "alertdialog": BIT["dialog"],
    "button": BIT["button"],
    "menu": BIT["nav"],
}
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NAMING = frozenset({"class", "id", "itemprop", "role", "data-testid", "data-component", "data-type"})
BOLD = frozenset({"b", "strong"})
# What the walk does with an element, and of one that breaks the line its tag's number and bits.
_BLOCK, _BREAK, _LINK, _BOLD, _IMAGE, _INLINE, _SKIPPED = range(7)
_OTHER, _NO_ELEMENT = (_BLOCK, OTHER_TAG, 0), (_SKIPPED, 0, 0)
_KNOWN = {tag: (_BLOCK, TAG_NUMBER.get(tag, OTHER_TAG), TAG_BITS.get(tag, 0)) for tag in (*TAGS, *TAG_BITS)} | {
    tag: (kind, 0, 0)
    for kind, tags in (
        (_INLINE, INLINE),
        (_SKIPPED, SKIPPED),
        (_IMAGE, IMAGES),
        (_BOLD, BOLD),
        (_LINK, ("a",)),
        (_BREAK, ("br",)),
    )
    for tag in tags
}


class Block(Struct, gc=False):
    """A piece of text of the page."""

    text: str
    node: int
    linked: int  # characters within links
    links: int
    bold: int  # characters in bold
    images: int  # pictures between the block before and this one
    bits: int
    after_br: bool


class Node(Struct, gc=False):
    """An element that breaks the line."""

    tag: int
    parent: int
    depth: int
    bits: int
    signature: str
    first: int  # its blocks: from `first` to before `end`
    end: int = 0


class Page(Struct):
    """The blocks and nodes of a page, in its order; node 0 is the root."""

    blocks: list[Block] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


def read(root: _Element) -> Page:  # noqa: C901, PLR0912, PLR0915 - one loop, and each call would cost a third of it
    """Walk the tree once; what is over the limits is left out."""
    page = Page()
    blocks, nodes = page.blocks, page.nodes
    node, number = Node(OTHER_TAG, 0, 0, 0, "", 0), 0  # the innermost that is open
    nodes.append(node)
    around: list[tuple[Node, int]] = []
    pieces: list[str] = []
    linked = links = bold = in_link = in_bold = images = 0
    after_br = False
    known = _KNOWN.get
    walker: Any = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        kind, tag_number, tag_bits = known(tag) or (_OTHER if type(tag) is str else _NO_ELEMENT)
        start = event == "start"
        if kind == _BLOCK or (kind == _BREAK and start):
            if pieces:
                text = " ".join("".join(pieces).split())
                pieces.clear()
                if text:
                    if len(blocks) < (MANY_BLOCKS if len(text) < SHORT else MOST_BLOCKS):
                        bits = node.bits | BIT["a"] if in_link else node.bits
                        linked, bold = min(linked, len(text)), min(bold, len(text))
                        blocks.append(Block(text, number, linked, links, bold, images, bits, after_br))
                        images = 0
                    after_br = False
                linked = bold = 0
            links = 0
        if start:
            if kind == _BLOCK:
                after_br = False
                around.append((node, number))
                if len(nodes) < MOST_NODES:
                    signature, bits = _describe(element.items(), node.bits | tag_bits)
                    node, number = Node(tag_number, number, node.depth + 1, bits, signature, len(blocks)), len(nodes)
                    nodes.append(node)
            elif kind == _LINK:
                in_link += 1
                links += 1
            elif kind == _SKIPPED:
                walker.skip_subtree()
                continue
            elif kind == _BREAK:
                after_br = True
            elif kind == _BOLD:
                in_bold += 1
            elif kind == _IMAGE:
                images += 1
            text = element.text
        else:
            if kind == _BLOCK:
                node.end = len(blocks)
                node, number = around.pop()
            elif kind == _LINK:
                in_link -= 1
            elif kind == _BOLD:
                in_bold -= 1
            text = element.tail
        if text:
            if in_link:
                linked += len(text)
            elif not in_bold and not pieces and text.isspace():
                continue
            if in_bold:
                bold += len(text)
            pieces.append(text)
    nodes[0].end = len(blocks)
    return page


def _describe(items: list[tuple[str, str]], bits: int) -> tuple[str, int]:
    """Give an element's names, and its bits with those that its attributes add."""
    if not items:
        return "", bits
    names: list[str] = []
    for name, value in items:
        if name in _NAMING:
            names.append(value[:LONGEST_SIGNATURE])
            if name == "role":
                bits |= _ROLE_BITS.get(value, 0)
            elif name == "itemprop":
                bits |= BIT["body_marked"] if "articleBody" in value else BIT["comment_marked"] * (value == "comment")
        elif name in {"hidden", "aria-hidden", "style"} and _hides(name, value):
            bits |= BIT["hidden"]
    return " ".join(names), bits


def _hides(name: str, value: str) -> bool:
    if name == "style":
        return len(value) < LONGEST_SIGNATURE and bool(_HIDING.search(value))
    return name == "hidden" or value == "true"
