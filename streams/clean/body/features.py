"""What tells a block of the story from the rest of a page: some 160 numbers for each block.

They ask where the prose of the page is, what the elements around a block are called, how often such elements occur,
how much of each container is links, and what stands before and behind. Two tables of log-odds (lexicon.py) judge the
names of elements and the words of a text; all other columns hold in any language.

Everything is a sum over a range of blocks or a walk down the list of nodes (context.py): linear in the page's size.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, pairwise, repeat

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.clean.body import context, lexicon
from streams.clean.body.context import HEADINGS, Array, Context, Flags, Numbers, Score, running
from streams.clean.body.lexicon import WORD, Words
from streams.clean.body.walk import BIT, TAG_NUMBER, Page

Floats = NDArray[np.float32]

LEVELS = 4  # containers looked at above a block's own element
NEAR, NEARER = 3, 2  # blocks before and behind: their size, and what else they are
LONGEST_TITLE = 40  # words
SHORTEST_LINE, LONGEST_LINE = 12, 300  # characters of a headline
_AROUND_NAMES = ("li", "ul", "section", "aside", "figcaption", "main", "article", "body_marked", "hidden", "pre")
_AROUND, _AROUND_BITS = [f"in_{name}" for name in _AROUND_NAMES], np.array([[BIT[name]] for name in _AROUND_NAMES])
_OWN_NAMES = ("p", "li", "div", "h2", "h3", "pre", "section", "article")
_OWN, _OWN_TAGS = [f"is_{name}" for name in _OWN_NAMES], np.array([[TAG_NUMBER[name]] for name in _OWN_NAMES])
_CONTAINER_TAGS = ("div", "article", "section", "li", "ul", "main", "td", "blockquote", "body")
_CONTAINER = np.zeros(len(TAG_NUMBER) + 1)
_CONTAINER[[TAG_NUMBER[tag] for tag in _CONTAINER_TAGS]] = range(1, len(_CONTAINER_TAGS) + 1)
# As Readability and trafilatura name what is hardly ever, and what is often, a story's. In small letters: to search
# without regard to case takes four times as long.
_UNLIKELY = re.compile(
    r"comment|sidebar|widget|related|promo|share|social|newsletter|subscri|signup|sign-up|footer|masthead|menu|nav|"
    r"breadcrumb|cookie|consent|banner|advert|sponsor|outbrain|taboola|recommend|popular|trending|teaser|card|"
    r"more-|read-next|author-bio|byline|meta|tags|caption|credit|disclaimer|modal|popup|rail|latest|disqus|respond"
)
_LIKELY = re.compile(
    r"article-?_?(?:body|content|text)|story|entry-content|post-?_?(?:body|content)|body|prose|rich-?text|wysiwyg"
)
_CAPTION = re.compile(r"caption|(?:^|[\s_-])credits?(?:$|\s)")


class About(Struct, frozen=True):
    """What the page says of itself, against which its blocks are held."""

    titles: list[str] = []
    body: str = ""  # JSON-LD's articleBody
    description: str = ""


class Rows(Struct, frozen=True):
    """A page's columns: `values` is names × blocks; which blocks repeat the title, which are a picture's caption."""

    names: list[str]
    values: Floats
    titles: Flags
    captions: Flags
    at: Context


Columns = dict[str, NDArray]  # type: ignore[type-arg]


def compute(page: Page, about: About, name_score: Callable[[str], Score], table: lexicon.Table) -> Rows:
    """Give the columns of a page that has blocks.

    Args:
        page: its blocks and nodes.
        about: what it says of itself.
        name_score: of an element's signature: lowest, highest and mean log-odds.
        table: of words.
    """
    columns: Columns = {}
    words = lexicon.read([block.text for block in page.blocks], table)
    at = context.read(page, name_score, words.scores)
    place = np.arange(len(at.size))
    _add_texts(columns, at, words, about)
    own_tag = at.tag[at.node]
    columns.update(zip(_AROUND, (at.bits & _AROUND_BITS) > 0, strict=True))
    columns.update(zip(_OWN, own_tag == _OWN_TAGS, strict=True))
    _add_containers(columns, at, place)
    judged = np.array([*chain.from_iterable(map(_judged, at.signatures))], dtype=np.float64).reshape(-1, 4)
    _add_names(columns, at, judged.T[:, at.kind])
    _add_levels(columns, at, place)
    _add_kinds(columns, at)
    titles = (columns["in_title"] >= 0.8) & (at.size > 15) & (at.size < 300)  # noqa: PLR2004 - a headline's length
    _add_title(columns, at, titles, place)
    _add_neighbours(columns, at, place)
    own = _is_title(page, about) | titles & ((own_tag == HEADINGS[0]) | (at.heading & (columns["from_title"] <= 0)))
    captions = columns["in_figcaption"] | (judged[at.kind[at.node], 3] > 0)
    return Rows(list(columns), stacked(columns), own, captions, at)


def _is_title(page: Page, about: About) -> Flags:
    """Tell the lines that a title of the page is, or begins with."""
    titles = [title.casefold() for title in about.titles]
    begins, letters = {title[:SHORTEST_LINE] for title in titles}, {title[:1] for title in titles}
    texts = [block.text for block in page.blocks]
    lines = [t.casefold() if t[0].casefold()[0] in letters and len(t) < LONGEST_LINE else "" for t in texts]
    return np.array(
        [
            line[:SHORTEST_LINE] in begins and len(line) >= SHORTEST_LINE and any(t.startswith(line) for t in titles)
            for line in lines
        ]
    )


def stacked(columns: Columns) -> Floats:
    """Put columns one under the other."""
    found = np.empty((len(columns), len(next(iter(columns.values())))), dtype=np.float32)
    for number, column in enumerate(columns.values()):
        found[number] = column
    return found


def _add_texts(columns: Columns, at: Context, words: Words, about: About) -> None:
    titled = frozenset(w for title in about.titles for w in WORD.findall(title.lower()))
    told = WORD.findall(about.description.lower())
    own = {word: number for number, word in enumerate(dict.fromkeys([*titled, *told]))}
    numbers = np.fromiter(map(own.get, words.flat, repeat(-1)), np.int64, len(words.flat))
    hits = np.bincount(words.block, np.array([*map(titled.__contains__, own), False])[numbers])
    columns["size"], columns["linked"] = np.log1p(at.size), at.linked
    columns["in_title"] = np.where(words.amount < LONGEST_TITLE, hits / np.maximum(1, words.amount), 0)
    columns["in_jsonld"], columns["described"] = _quoted(words, about.body), _described(words, told, numbers >= 0)
    columns["copies"] = at.copies
    columns["word_low"], columns["word_high"], columns["word_mean"] = at.words.T
    mean, up = at.held.odds / np.maximum(1, at.held.weights), at.node
    for level in (1, 2):
        up = at.parent[up]
        columns[f"word_mean_up{level}"] = mean[up]


def _quoted(words: Words, body: str) -> Array:
    """Give the share of each block that stands in JSON-LD's articleBody, too; -1 where that says nothing."""
    said = _triples(WORD.findall(body.lower()))
    if not said:
        return np.full(len(words.amount), -1.0)
    ends = (np.cumsum(words.amount + 1) - 1).tolist()
    blocks = zip(ends, words.amount.tolist(), strict=True)
    own = [_triples(words.flat[end - amount : end]) for end, amount in blocks]
    return np.array([len(triples & said) / max(1, len(triples)) for triples in own])


def _described(words: Words, description: list[str], known: Flags) -> Array:
    """Give the share of the description that stands in each block; `known` marks the words that the page's head has."""
    described, found = _triples(description), set()
    for i in np.flatnonzero(known[:-2] & known[1:-1] & known[2:]).tolist():
        if (triple := tuple(words.flat[i : i + 3])) in described:
            found.add((int(words.block[i]), triple))
    return np.bincount([block for block, _ in found], minlength=len(words.amount)) / max(1, len(described))


def _triples(words: list[str]) -> frozenset[tuple[str, str, str]]:
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _add_containers(columns: Columns, at: Context, place: Numbers) -> None:
    """Where a block stands to the deepest container that holds half, or 70 %, of the page's prose."""
    held, n = at.held, len(place)
    total, mass, size = max(1.0, at.good.sum()), max(1.0, (at.size * at.prose).sum()), at.size.sum()
    for share in (0.5, 0.7):
        holds = np.flatnonzero(held.good >= share * total)
        top = int(holds[np.argmax(at.depth[holds])]) if len(holds) else 0
        inside = (place >= at.first[top]) & (place < at.end[top])
        columns[f"in_top{share}"] = inside
    length = max(1, at.end[top] - at.first[top])
    columns["top_place"] = np.where(inside, (place - at.first[top]) / length, -1)
    columns["top_link"] = np.full(n, held.linked[top] / max(1.0, held.size[top]))
    columns["top_mass"] = np.full(n, held.mass[top] / mass)
    columns["top_depth"] = at.depth[at.node] - at.depth[top]
    before = running(np.where(inside, at.good, 0))
    columns["good_before"], columns["good_after"] = before[:-1] / total, (before[-1] - before[1:]) / total
    above = at.parent[at.node]
    direct = np.bincount(above, at.good, len(at.tag)) + np.bincount(at.node, at.good, len(at.tag))
    best = int(np.argmax(direct))
    columns["parent_direct"] = direct[above] / total
    columns["best_inside"] = (place >= at.first[best]) & (place < at.end[best])
    columns["place_good"], columns["place_size"] = running(at.good)[:-1] / total, running(at.size)[:-1] / size
    columns["blocks"] = np.full(n, np.log1p(n))
    columns["total_good"] = np.full(n, np.log1p(total))
    columns["good_rate"] = np.full(n, total / size)


@lru_cache(maxsize=1 << 14)
def _judged(signature: str) -> tuple[bool, bool, bool, bool]:
    """Tell what is hardly ever a story's, what is often, whether there are names at all, and what is a caption."""
    folded = signature.lower()
    unlikely, likely, caption = (pattern.search(folded) for pattern in (_UNLIKELY, _LIKELY, _CAPTION))
    return unlikely is not None, likely is not None, bool(signature), caption is not None


def _add_names(columns: Columns, at: Context, judged: Array) -> None:
    """What the elements around a block are called, all of them and those that hold less than half of the prose.

    A page's wrappers ("has-sidebar") say nothing of its parts.
    """
    told = at.first < at.end  # an element without text has no say
    near = told & (at.held.good < 0.5 * max(1.0, at.good.sum()))
    low, high, mean = np.where(told, at.names.T, 0)
    bad, good, named, _ = judged
    repeat = named * np.bincount(at.kind)[at.kind]
    summed = [mean, mean * near, bad * near, good * near, near]
    largest = [-low, high, -low * near, high * near, repeat * near]
    order = np.argsort(at.depth, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    rows, above = np.array([*summed, *largest]).T[order], rank[at.parent[order]]
    ends = np.cumsum(np.bincount(at.depth)).tolist()
    for begin, end in pairwise(ends):  # the nodes of one depth, from the root down
        handed = rows.take(above[begin:end], axis=0)
        rows[begin:end, :5] += handed[:, :5]
        np.maximum(rows[begin:end, 5:], handed[:, 5:], out=rows[begin:end, 5:])
    token_sum, near_sum, near_bad, near_good, levels, low, high, near_low, near_high, repeat = rows[rank[at.node]].T
    columns |= {"token_low": -low, "token_high": high, "token_sum": token_sum}
    columns |= {"near_low": -near_low, "near_high": near_high, "near_sum": near_sum, "near_bad": near_bad}
    columns |= {"near_good": near_good, "repeat": np.log1p(repeat), "levels": levels}


def _add_levels(columns: Columns, at: Context, place: Numbers) -> None:
    """The containers around a block, from its own element upwards."""
    held, count = at.held, (at.end - at.first).astype(np.float64)
    total_mass, total_good = max(1.0, (at.size * at.prose).sum()), max(1.0, at.good.sum())
    many = np.maximum(1, count)
    begin = np.minimum(at.first, len(place) - 1)
    of_nodes = {
        "token_own": at.names[:, 2],
        "mass": held.mass / total_mass,
        "good": held.good / total_good,
        "link": held.linked / np.maximum(1, held.size),
        "count": np.log1p(count),
        "prose": held.prose / many,
        "mean": np.log1p(held.size / many),
        "share": held.size / at.size.sum(),
        "place": at.first,  # less than that many blocks before: below
        "children": np.log1p(np.bincount(at.parent[1:], minlength=len(at.tag))),
        "heads": held.headings,
        "sent": np.log1p(held.sentences),
        "first_linked": at.linked[begin],
        "first_size": np.log1p(at.size)[begin],
        "first_heading": at.heading[begin],
        "tag": _CONTAINER[at.tag],
    }
    values, names = np.array([*of_nodes.values()]), [*of_nodes]
    up = at.node
    for level in range(LEVELS + 1):
        up = at.parent[up] if level else up
        found = values[: 16 if 0 < level < LEVELS else 12 if level else 7].take(up, axis=1)
        if level:
            found[8] = (place - found[8]) / many[up]
        columns.update((f"{name}{level}", column) for name, column in zip(names, found, strict=False))


def _add_kinds(columns: Columns, at: Context) -> None:
    """How many elements of the same tag and names there are, and what they hold."""
    total = max(1.0, at.good.sum())
    amount, linked = np.bincount(at.kind), at.size * at.linked
    above = at.parent[at.node]
    for level, kind in ((0, at.kind[at.node]), (1, at.kind[above])):
        blocks, size = np.bincount(kind), np.bincount(kind, at.size)
        columns[f"kind_count{level}"] = np.log1p(blocks[kind])
        columns[f"kind_good{level}"] = np.bincount(kind, at.good)[kind] / total
        columns[f"kind_size{level}"] = np.log1p(size[kind] / blocks[kind])
        columns[f"kind_link{level}"] = np.bincount(kind, linked)[kind] / np.maximum(1, size[kind])
    columns["kind_nodes1"] = np.log1p(amount[at.kind[above]])
    columns["kind_nodes2"] = np.log1p(amount[at.kind[at.parent[above]]])


def _add_title(columns: Columns, at: Context, titles: Flags, place: Numbers) -> None:
    """Where a block stands to the headline: how far behind, and how much the container that holds both holds."""
    heads = np.flatnonzero(at.tag[at.node] == HEADINGS[0])
    marked = np.flatnonzero(titles)
    both = [x for x in heads if titles[x]]
    start = int(both[0] if both else heads[0] if len(heads) else marked[0] if len(marked) else -1)
    columns["from_title"] = (place - start).clip(-50, 200) if start >= 0 else np.full(len(place), -99)
    path, node = [0], int(at.node[start]) if start >= 0 else 0
    while node:
        path.insert(1, node)
        node = int(at.parent[node])
    common = np.zeros(len(place), dtype=np.int64)
    for node in path:  # from the root down: the deepest stays
        common[at.first[node] : at.end[node]] = node
    columns["title_size"] = at.held.size[common] / at.size.sum()
    columns["title_good"] = at.held.good[common] / max(1.0, at.good.sum())
    columns["title_depth"] = at.depth[at.node] - at.depth[common]
    columns["title_count"] = np.log1p((at.end - at.first)[common])


def _add_neighbours(columns: Columns, at: Context, place: Numbers) -> None:
    n = len(place)
    following = np.where(at.good > 0, place, n + 50)[::-1]
    nearest = np.minimum.accumulate(np.concatenate(([n + 50], following[:-1])))[::-1]
    columns["prose_after"] = np.minimum(50, nearest - place)
    good, size, linked = running(np.array([at.good, at.size, at.size * at.linked]))
    for width in (2, 5, 10):
        low, high = np.maximum(0, place - width), np.minimum(n, place + width + 1)
        columns[f"good_near{width}"] = np.log1p((good[high] - good[low]) / (high - low))
        columns[f"link_near{width}"] = (linked[high] - linked[low]) / np.maximum(1, size[high] - size[low])
    kind = at.kind[at.node]
    sizes, linked, kinds = beside(columns["size"], -1), beside(at.linked, -1), beside(kind, -1)
    words, headings, names = beside(at.words[:, 2], 0), beside(at.heading, 0), beside(at.names[at.node, 2], 0)
    for step in (-3, -2, -1, 1, 2, 3):
        there = slice(NEAR + step, NEAR + step + n)
        columns[f"size{step}"] = sizes[there]
        if abs(step) <= NEARER:  # farther ones were of no use
            columns[f"linked{step}"] = linked[there]
            columns[f"same_kind{step}"] = kinds[there] == kind
            columns[f"word{step}"] = words[there]
            columns[f"heading{step}"] = headings[there]
            columns[f"token{step}"] = names[there]


def beside(values: NDArray, fill: int, width: int = NEAR) -> NDArray:  # type: ignore[type-arg]
    """Put `width` times the filling before and behind a row, so that a neighbour's value is a slice."""
    found = np.full(len(values) + 2 * width, fill, dtype=values.dtype)
    found[width : width + len(values)] = values
    return found
