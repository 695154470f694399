"""A page's blocks and nodes as arrays: what the columns of features.py are computed from.

Sizes are in characters, those of Chinese and Japanese counted threefold, since one of them says about as much as three
Latin letters.
"""

import re
from collections import Counter
from collections.abc import Callable
from itertools import chain

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.clean.body.walk import BIT, OTHER_TAG, TAG_NUMBER, Page

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Score = tuple[float, float, float]

PROSE = 80  # characters from which on a block is prose, unless it is mostly links
LONGEST_BLOCK = 5000  # characters that one block counts for, so that a huge one does not make a story beside it small
MOST_LINKED = 0.3  # of a block of prose
HEADINGS = [TAG_NUMBER[f"h{n}"] for n in range(1, 7)]
_IS_HEADING = np.isin(np.arange(OTHER_TAG + 1), HEADINGS)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
END = tuple(".!?…。！？؟।۔")
CLOSING = "\"'”’»)] "
# Blocks are looked at together, a NUL between two: the parser leaves none in a text.
_BETWEEN = "\0"
_CLOSING_ASCII = CLOSING.encode("ascii", "ignore").strip()
_FULL_STOPS = bytes.maketrans(b"!?", b"..")
_TO_ASCII = [*((mark, "") for mark in CLOSING if not mark.isascii()), ("…", "."), *((mark, ". ") for mark in END[4:])]


class Held(Struct):
    """What each node holds: sums over its blocks."""

    size: Array
    good: Array
    mass: Array  # size of its prose
    linked: Array
    prose: Array
    headings: Array
    sentences: Array
    weights: Array  # size, of which no block has more than 200
    odds: Array  # mean log-odds of the words by that weight


class Context(Struct):
    """The page as arrays: of its blocks, of its nodes, and of the kinds of its nodes (same tag, same names)."""

    size: Array
    linked: Array
    good: Array  # size of the blocks that are prose and end like a sentence, else 0
    prose: Flags
    ends: Flags  # like a sentence
    sentences: Array
    heading: Flags
    copies: Array
    words: Array  # lowest, highest and mean log-odds
    bits: Numbers
    node: Numbers
    parent: Numbers
    depth: Numbers
    tag: Numbers
    first: Numbers
    end: Numbers
    kind: Numbers
    signatures: list[str]  # of the kinds
    names: Array  # of the nodes: lowest, highest and mean log-odds
    held: Held


def size_of(text: str) -> int:
    """Count characters, wide ones threefold."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))


def sentences(texts: list[str]) -> tuple[Array, Flags]:
    """Count the sentences of every block, and tell which ends with one.

    A sentence ends with a full stop before white space, whatever closes between the two; or with one of a script that
    writes no white space.
    """
    page = f" {_BETWEEN}".join(texts)
    if not page.isascii():
        for mark, plain in _TO_ASCII:
            page = page.replace(mark, plain)
    data = (page + " ").encode("utf-8", "replace").translate(_FULL_STOPS, _CLOSING_ASCII)
    blocks = data.split(_BETWEEN.encode())
    ends = np.array([block.rstrip(b" ").endswith(b".") for block in blocks])
    return np.array([block.count(b". ") for block in blocks], dtype=np.float64), ends


def running(values: Array | Flags) -> Array:
    """Give the sums of the first 0, 1, 2 … values of a row, or of each of several."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, dtype=np.float64, out=sums[..., 1:])
    return sums


def read(page: Page, name_score: Callable[[str], Score], words: Array) -> Context:
    """Give a page that has blocks as arrays.

    Args:
        page: its blocks and nodes.
        name_score: of an element's signature: lowest, highest and mean log-odds.
        words: the same of the words of each block.
    """
    nodes, blocks = page.nodes, page.blocks
    texts = [b.text for b in blocks]
    copies = Counter(texts)
    size = np.minimum([size_of(t) for t in texts], LONGEST_BLOCK).astype(np.float64)
    linked = np.array([b.linked / len(b.text) for b in blocks])
    number, ends = sentences(texts)
    bits, node = np.array([b.bits for b in blocks]), np.array([b.node for b in blocks])
    first, end = np.array([x.first for x in nodes]), np.array([x.end for x in nodes])
    kinds: dict[tuple[int, str], int] = {}
    kind = np.array([kinds.setdefault((x.tag, x.signature), len(kinds)) for x in nodes])
    tag = np.array([tag for tag, _ in kinds])[kind]
    heading = _IS_HEADING[tag[node]]
    prose = (size >= PROSE) & (linked <= MOST_LINKED)
    elsewhere = (bits & (BIT["footer"] | BIT["nav"] | BIT["comment_marked"])) > 0
    good = np.where(prose & ends & ~elsewhere, size, 0.0)
    weight = np.minimum(size, 200)
    held = running(
        np.array([size, good, size * prose, size * linked, prose, heading, number, weight, words[:, 2] * weight])
    )
    return Context(
        size=size,
        linked=linked,
        good=good,
        prose=prose,
        ends=ends,
        sentences=number,
        heading=heading,
        copies=np.array([copies[t] for t in texts], dtype=np.float64),
        words=words,
        bits=bits,
        node=node,
        parent=np.array([x.parent for x in nodes]),
        depth=np.array([x.depth for x in nodes]),
        tag=tag,
        first=first,
        end=end,
        kind=kind,
        signatures=[signature for _, signature in kinds],
        names=np.array([*chain.from_iterable(name_score(signature) for _, signature in kinds)]).reshape(-1, 3)[kind],
        held=Held(*(held.take(end, axis=1) - held.take(first, axis=1))),
    )
