"""Which blocks of an HTML page are its story: the front door of this folder.

    tree ─ walk ─► blocks ─ features ─► first look ─ second look ─► probabilities ─ best set ─► paragraphs

Each look is an ensemble of boosted trees over a block's columns (trees.py); the second sees what the first made of the
blocks around. Kept are the blocks whose set has the largest expected F1 (Lewis 1995, doi:10.1145/215206.215366), so a
page on which the trees are unsure keeps its likeliest text instead of none. What the weights were fitted on, and what
that reaches elsewhere: docs/decisions.md; the script that makes them: fitting/fit.py.
"""

from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from lxml.etree import _Element
from msgspec import Struct

from streams.clean import sanitise
from streams.clean.body import features, lexicon, second, walk
from streams.clean.body.context import Flags
from streams.clean.body.features import About, Floats, Rows
from streams.clean.body.walk import BIT, Block, Page
from streams.clean.extraction import Cut, CutKind
from streams.clean.trees import Trees

SUREST = 0.5  # a block that is as likely the story's as not is kept
LEAST = 0.01  # and one below this, as the links of a menu alone, never
LONG_COPY = 80  # characters from which on a text that stands twice does not do so by chance
MOSTLY_LINKED = 0.5
MOSTLY_LETTERS = 0.5
POST = "twitter-tweet"  # the class that the network's own markup for quoting has
FLOOD, SENTENCE = (
    20_000,
    1000,
)  # characters of a block, and those of a sentence; stories of 900 pages have 7,700 and 130
# Of 791 pages, 22 have a first paragraph that is the page's own description, right behind the headline and parted from
# the text by other blocks (bylines, pictures): 16 times a standfirst that the gold leaves out, on news pages 6 of 6.
DESCRIBED, BEHIND_TITLE, PARTED = 0.9, 3, 4  # share of the description; blocks; blocks
_FRAME = BIT["nav"] | BIT["header"] | BIT["footer"]
LONGEST_MENU = 25  # characters of a link that is a menu's rather than another story's title


class Body(Struct, frozen=True):
    """The story's paragraphs, every other block with its reason, how sure the choice is, and how deep the page goes."""

    paragraphs: list[str]
    cut: list[Cut]
    confidence: float
    depth: int


class _Model(Struct, frozen=True):
    names: dict[str, float]
    words: lexicon.Table
    first: Trees
    second: Trees


def choose(root: _Element, about: About) -> Body:
    """Read the story out of a tree; no paragraphs where it holds no text.

    Args:
        root: the page.
        about: what it says of itself: titles, description, JSON-LD's articleBody.
    """
    page = walk.read(root)
    depth = max(node.depth for node in page.nodes)
    if not page.blocks:
        return Body([], [], 0.0, depth)
    rows, likely = probabilities(page, about)
    chosen, comments = kept(page, rows, likely), _comments(rows)
    paragraphs: list[str] = []
    cut: list[Cut] = []
    stands: dict[str, int] = {}
    marks = [x.tolist() for x in (chosen, rows.titles, rows.captions, comments, rows.at.ends, likely)]
    for number, (block, keep, title, caption, comment, ends, sure) in enumerate(zip(page.blocks, *marks, strict=True)):
        within = page.nodes[block.node].parent
        # Elsewhere the same text is the page's second copy (for small screens, for print); beside itself, a refrain.
        if keep and (len(block.text) < LONG_COPY or stands.setdefault(block.text, within) == within):
            if text := _safe(block.text):
                paragraphs.append(text)
        elif not title:
            kind = _kind(block, comment=comment, promo=ends and not caption)
            reason = "stands elsewhere, too" if keep else _reason(rows, sure, number, caption=caption)
            cut.append(Cut(kind, _safe(block.text), reason))
    sizes = rows.at.size[chosen]
    mean = float((likely[chosen] * sizes).sum() / sizes.sum()) if len(sizes) else 0.0
    return Body(paragraphs, cut, round(mean, 2), depth)


def probabilities(page: Page, about: About) -> tuple[Rows, Floats]:
    """Give each block's columns and its probability of being the story's."""
    model = _model()
    rows = features.compute(page, about, _name_score, model.words)
    first = model.first.probabilities(rows.values)
    return rows, model.second.probabilities(second.columns(rows, first)[1])


def kept(page: Page, rows: Rows, likely: Floats) -> Flags:
    """Keep the likeliest blocks, as many as give the largest expected F1 of their characters.

    A title or a picture's caption never is, nor a flood without sentences beside prose, nor a standfirst that only
    repeats the page's description; a post quoted between paragraphs always is (pages fitted on have few).
    """
    length = np.array([len(block.text) for block in page.blocks])
    floods = (length > FLOOD) & (rows.at.sentences * SENTENCE < length)
    floods &= bool((~floods & rows.at.prose & (likely >= SUREST)).any())
    likely, size = np.where(rows.titles | rows.captions | floods, 0, likely), rows.at.size
    order = np.argsort(-likely, kind="stable")
    hits = np.cumsum(likely[order] * size[order])
    best = int(np.argmax(2 * hits / (np.cumsum(size[order]) + hits[-1])))
    chosen = np.asarray(likely >= min(max(float(likely[order[best]]), LEAST), SUREST))
    story = np.flatnonzero(chosen)
    posts = [POST in signature for signature in rows.at.signatures]
    if len(story) and any(posts):
        posts = [posts[kind] for kind in rows.at.kind.tolist()]
        for number, node in enumerate(page.nodes):
            posts[number] |= posts[node.parent]
        between = np.array([posts[block.node] for block in page.blocks])
        between[: story[0]] = between[story[-1] :] = False
        chosen |= between
    if len(story) > 1 and _is_standfirst(rows, int(story[0]), int(story[1])):
        chosen[story[0]] = False
    return chosen


def _comments(rows: Rows) -> Flags:
    """Tell which blocks are in an element that is named a comment's."""
    at = rows.at
    named = np.array(["comment" in signature.lower() for signature in at.signatures])[at.kind]
    found, up = named[at.node], at.node
    for _ in range(features.LEVELS - 1):
        up = at.parent[up]
        found |= named[up]
    return np.asarray(found)


def _is_standfirst(rows: Rows, first: int, following: int) -> bool:
    described = rows.values[rows.names.index("described"), first] >= DESCRIBED
    behind_title = rows.titles[max(0, first - BEHIND_TITLE) : first].any()
    return bool(described and behind_title and following - first >= PARTED)


def _reason(rows: Rows, likely: float, number: int, *, caption: bool) -> str:
    if caption:
        return "caption"
    if likely >= SUREST:
        described = rows.values[rows.names.index("described"), number] >= DESCRIBED
        return "standfirst, which the description repeats" if described else "no sentence in much text"
    return f"story with probability {likely:.2f}"


def _safe(text: str) -> str:
    return text if text.isascii() and text.isprintable() else sanitise.line(text)  # its white space is single already


def _kind(block: Block, *, comment: bool, promo: bool) -> CutKind:
    """Tell what a block is that is no part of the story; `promo`: it ends like a sentence."""
    if block.bits & _FRAME:
        return "nav"
    if comment:
        return "comments"
    if block.linked > MOSTLY_LINKED * len(block.text):
        return "related" if len(block.text) > LONGEST_MENU else "nav"
    # "3:15 p.m." is a time
    return "promo" if promo and sum(map(str.isalpha, block.text)) > MOSTLY_LETTERS * len(block.text) else "nav"


@lru_cache(maxsize=1 << 14)  # a page has some hundred, and the pages of a site share them
def _name_score(signature: str) -> tuple[float, float, float]:
    return lexicon.score(_model().names, lexicon.names(signature))


@cache
def _model() -> _Model:
    with files(__package__).joinpath("weights.npz").open("rb") as file:
        data = dict(np.load(file))

    def table(name: str) -> dict[str, float]:
        keys = data[f"{name}_keys"].tobytes().decode().split("\n")
        return dict(zip(keys, data[f"{name}_odds"].tolist(), strict=True))

    def trees(name: str) -> Trees:
        return Trees(**{part: data[f"{name}_{part}"] for part in ("columns", "borders", "leaves", "bias")})

    return _Model(table("names"), lexicon.Table.of(table("words")), trees("first"), trees("second"))
