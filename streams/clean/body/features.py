"""What tells a block of the story from the rest of a page: some 140 numbers for each block.

They ask where the prose of the page is, what the elements around a block are called, how often such elements occur,
how much of each container is links, and what stands before and behind. Two tables of log-odds (lexicon.py) judge the
names of elements and the words of a text; all other columns hold in any language. Sizes are in characters, those of
Chinese and Japanese counted threefold, since one of them says about as much as three Latin letters.

Everything is a sum over a range of blocks or a walk down the list of nodes: linear in the page's size.
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.clean.body.walk import BIT, OTHER_TAG, TAG_NUMBER, Page

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Score = tuple[float, float, float]

PROSE = 80  # characters from which on a block is prose, unless it is mostly links
LONGEST_BLOCK = 5000  # characters that one block counts for, so that a huge one does not make a story beside it small
MOST_LINKED = 0.3  # of a block of prose
LEVELS = 4  # containers looked at above a block's own element
LONGEST_READ = 2000  # characters of a block whose words are looked at
LONGEST_TITLE = 40  # words
SHORTEST_LINE, LONGEST_LINE = 12, 300  # characters of a headline
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s|$)|[。！？؟।۔]")
END = tuple(".!?…。！？؟।۔")
CLOSING = "\"'”’»)] "
_WORD = re.compile(r"[^\W\d_]{2,}")
_HEADINGS = [TAG_NUMBER[f"h{n}"] for n in range(1, 7)]
_IS_HEADING = np.isin(np.arange(OTHER_TAG + 1), _HEADINGS)
_AROUND = ("li", "ul", "section", "aside", "figcaption", "main", "article", "body_marked", "hidden", "pre")
_OWN_TAGS = ("p", "li", "div", "h2", "h3", "pre", "section", "article")
_CONTAINER_TAGS = ("div", "article", "section", "li", "ul", "main", "td", "blockquote", "body")
# As Readability and trafilatura name what is hardly ever, and what is often, a story's.
_UNLIKELY = re.compile(
    r"comment|sidebar|widget|related|promo|share|social|newsletter|subscri|signup|sign-up|footer|masthead|menu|nav|"
    r"breadcrumb|cookie|consent|banner|advert|sponsor|outbrain|taboola|recommend|popular|trending|teaser|card|"
    r"more-|read-next|author-bio|byline|meta|tags|caption|credit|disclaimer|modal|popup|rail|latest|disqus|respond",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"article-?_?(?:body|content|text)|story|entry-content|post-?_?(?:body|content)|body|prose|rich-?text|wysiwyg",
    re.IGNORECASE,
)


class About(Struct, frozen=True):
    """What the page says of itself, against which its blocks are held."""

    titles: list[str] = []
    body: str = ""  # JSON-LD's articleBody
    description: str = ""


class Rows(Struct, frozen=True):
    """A page's columns: `values` is names × blocks, `titles` marks the blocks that repeat the title."""

    names: list[str]
    values: Floats
    titles: NDArray[np.bool_]
    at: "Context"


class Context(Struct):
    """The page as arrays: of its blocks (size, linked, good, node), and of its nodes (the rest)."""

    size: Array
    linked: Array
    good: Array  # size of the blocks that are prose and end like a sentence, else 0
    prose: NDArray[np.bool_]
    sentences: Array
    heading: NDArray[np.bool_]
    copies: Array
    words: Array
    node: NDArray[np.int64]
    parent: NDArray[np.int64]
    depth: NDArray[np.int64]
    tag: NDArray[np.int64]
    first: NDArray[np.int64]
    end: NDArray[np.int64]
    kind: NDArray[np.int64]
    names: Array

    def sums(self, values: Array | NDArray[np.bool_]) -> Array:
        """Sum over the blocks of every node."""
        total = running(values)
        return total[self.end] - total[self.first]


Columns = dict[str, NDArray]  # type: ignore[type-arg]


def size_of(text: str) -> int:
    """Count characters, wide ones threefold."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))


def tokens(text: str) -> list[str]:
    """Give the words of a block, in small letters."""
    return _WORD.findall(text[:LONGEST_READ].lower())


def compute(
    page: Page, about: About, name_score: Callable[[str], Score], word_score: Callable[[list[str]], Score]
) -> Rows:
    """Give the columns of a page that has blocks.

    Args:
        page: its blocks and nodes.
        about: what it says of itself.
        name_score: of an element's signature: lowest, highest and mean log-odds.
        word_score: the same of a block's words.
    """
    columns: Columns = {}
    texts = [tokens(block.text) for block in page.blocks]
    at = _context(page, name_score, [word_score(words) for words in texts])
    n = len(at.size)
    _add_texts(columns, at, texts, about)
    bits = np.array([b.bits for b in page.blocks])
    for name in _AROUND:
        columns["in_" + name] = (bits & BIT[name]) > 0
    for name in _OWN_TAGS:
        columns["is_" + name] = at.tag[at.node] == TAG_NUMBER[name]
    _add_containers(columns, at, np.arange(n))
    _add_names(columns, page, at)
    _add_levels(columns, at, np.arange(n))
    _add_kinds(columns, at)
    titles = (columns["in_title"] >= 0.8) & (at.size > 15) & (at.size < 300)  # noqa: PLR2004 - a headline's length
    _add_title(columns, at, titles, np.arange(n))
    _add_neighbours(columns, at, np.arange(n))
    own = _is_title(page, about) | titles & (
        (at.tag[at.node] == _HEADINGS[0]) | (at.heading & (columns["from_title"] <= 0))
    )
    return Rows(list(columns), stacked(columns), own, at)


def _is_title(page: Page, about: About) -> NDArray[np.bool_]:
    """Tell the lines that a title of the page is, or begins with."""
    titles = [title.casefold() for title in about.titles]
    lines = (block.text.casefold() if len(block.text) < LONGEST_LINE else "" for block in page.blocks)
    return np.array([len(line) >= SHORTEST_LINE and any(t.startswith(line) for t in titles) for line in lines])


def stacked(columns: Columns) -> Floats:
    """Put columns one under the other."""
    found = np.empty((len(columns), len(next(iter(columns.values())))), dtype=np.float32)
    for number, column in enumerate(columns.values()):
        found[number] = column
    return found


def running(values: Array | NDArray[np.bool_]) -> Array:
    """Give the sums of the first 0, 1, 2 … values."""
    return np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))


def _context(page: Page, name_score: Callable[[str], Score], words: list[Score]) -> Context:
    nodes, blocks = page.nodes, page.blocks
    kinds: dict[tuple[int, str], int] = {}
    texts = [b.text for b in blocks]
    copies = Counter(texts)
    size = np.minimum([size_of(t) for t in texts], LONGEST_BLOCK).astype(np.float64)
    linked = np.array([b.linked / len(b.text) for b in blocks])
    ends = np.array([t.rstrip(CLOSING).endswith(END) for t in texts])
    bits = np.array([b.bits for b in blocks])
    node = np.array([b.node for b in blocks])
    tag = np.array([x.tag for x in nodes])
    prose = (size >= PROSE) & (linked <= MOST_LINKED)
    elsewhere = (bits & (BIT["footer"] | BIT["nav"] | BIT["comment_marked"])) > 0
    return Context(
        size=size,
        linked=linked,
        good=np.where(prose & ends & ~elsewhere, size, 0.0),
        prose=prose,
        sentences=np.array([len(_SENTENCE.findall(t)) for t in texts], dtype=np.float64),
        heading=_IS_HEADING[tag[node]],
        copies=np.array([copies[t] for t in texts], dtype=np.float64),
        words=np.array(words, dtype=np.float64),
        node=node,
        parent=np.array([x.parent for x in nodes]),
        depth=np.array([x.depth for x in nodes]),
        tag=tag,
        first=np.array([x.first for x in nodes]),
        end=np.array([x.end for x in nodes]),
        kind=np.array([kinds.setdefault((x.tag, x.signature), len(kinds)) for x in nodes]),
        names=np.array([name_score(x.signature) for x in nodes], dtype=np.float64),
    )


def _add_texts(columns: Columns, at: Context, texts: list[list[str]], about: About) -> None:
    titles = frozenset(w for title in about.titles for w in _WORD.findall(title.lower()))
    said, described = _triples(_WORD.findall(about.body.lower())), _triples(_WORD.findall(about.description.lower()))
    rows: list[tuple[float, float, float]] = []
    for words in texts:
        titled = sum(w in titles for w in words) / len(words) if 0 < len(words) < LONGEST_TITLE else 0.0
        own = _triples(words) if said or described else frozenset()
        quoted = len(own & said) / max(1, len(own)) if said else -1.0
        rows.append((titled, quoted, len(own & described) / len(described) if described else 0.0))
    columns["size"], columns["linked"] = np.log1p(at.size), at.linked
    columns["in_title"], columns["in_jsonld"], columns["described"] = np.array(rows).T
    columns["copies"] = at.copies
    columns["word_low"], columns["word_high"], columns["word_mean"] = at.words.T
    weight = np.minimum(at.size, 200)
    weighted, weights, up = at.sums(at.words[:, 2] * weight), at.sums(weight), at.node
    for level in (1, 2):
        up = at.parent[up]
        columns[f"word_mean_up{level}"] = weighted[up] / np.maximum(1, weights[up])


def _triples(words: list[str]) -> frozenset[tuple[str, str, str]]:
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _add_containers(columns: Columns, at: Context, place: NDArray[np.int64]) -> None:
    """Where a block stands to the deepest container that holds half, or 70 %, of the page's prose."""
    total, mass = max(1.0, at.good.sum()), max(1.0, (at.size * at.prose).sum())
    good, size = at.sums(at.good), at.sums(at.size)
    for share in (0.5, 0.7):
        holds = np.flatnonzero(good >= share * total)
        top = int(holds[np.argmax(at.depth[holds])]) if len(holds) else 0
        inside = (place >= at.first[top]) & (place < at.end[top])
        columns[f"in_top{share}"] = inside
    length = max(1, at.end[top] - at.first[top])
    columns["top_place"] = np.where(inside, (place - at.first[top]) / length, -1)
    columns["top_link"] = np.full(len(place), at.sums(at.size * at.linked)[top] / max(1.0, size[top]))
    columns["top_mass"] = np.full(len(place), at.sums(at.size * at.prose)[top] / mass)
    columns["top_depth"] = at.depth[at.node] - at.depth[top]
    before = running(np.where(inside, at.good, 0))
    columns["good_before"], columns["good_after"] = before[:-1] / total, (before[-1] - before[1:]) / total
    above = at.parent[at.node]
    direct = np.bincount(above, at.good, len(at.tag)) + np.bincount(at.node, at.good, len(at.tag))
    best = int(np.argmax(direct))
    columns["parent_direct"] = direct[above] / total
    columns["best_inside"] = (place >= at.first[best]) & (place < at.end[best])
    columns["place_good"], columns["place_size"] = (
        running(at.good)[:-1] / total,
        running(at.size)[:-1] / at.size.sum(),
    )
    columns["blocks"] = np.full(len(place), np.log1p(len(place)))
    columns["total_good"] = np.full(len(place), np.log1p(total))
    columns["good_rate"] = np.full(len(place), total / at.size.sum())


@lru_cache(maxsize=1 << 14)
def _judged(signature: str) -> tuple[bool, bool]:
    return bool(_UNLIKELY.search(signature)), bool(_LIKELY.search(signature))


def _add_names(columns: Columns, page: Page, at: Context) -> None:
    """What the elements around a block are called, all of them and those that hold less than half of the prose.

    A page's wrappers ("has-sidebar") say nothing of its parts.
    """
    local = (at.sums(at.good) < 0.5 * max(1.0, at.good.sum())).tolist()
    amount = np.bincount(at.kind)[at.kind].tolist()
    parent: list[int] = at.parent.tolist()
    rows: list[tuple[float, ...]] = []
    for i, (own, node) in enumerate(zip(at.names.tolist(), page.nodes, strict=True)):
        above = rows[parent[i]] if i else (0,) * 10
        if node.first == node.end:  # without text
            rows.append(above)
            continue
        low, high, mean = own
        bad, good = _judged(node.signature)
        here = (low, high, mean, bad, good, amount[i] if node.signature else 0, 1) if local[i] else (0,) * 7
        rows.append(
            (
                min(low, above[0]),
                max(high, above[1]),
                mean + above[2],
                min(here[0], above[3]),
                max(here[1], above[4]),
                here[2] + above[5],
                here[3] + above[6],
                here[4] + above[7],
                max(here[5], above[8]),
                here[6] + above[9],
            )
        )
    values = np.array(rows)[at.node].T
    values[8] = np.log1p(values[8])
    names = "token_low token_high token_sum near_low near_high near_sum near_bad near_good repeat levels".split()  # noqa: SIM905 - reads better
    columns.update(zip(names, values, strict=True))


def _add_levels(columns: Columns, at: Context, place: NDArray[np.int64]) -> None:
    """The containers around a block, from its own element upwards."""
    count = (at.end - at.first).astype(np.float64)
    size, mass, good = at.sums(at.size), at.sums(at.size * at.prose), at.sums(at.good)
    total, total_mass, total_good = at.size.sum(), max(1.0, (at.size * at.prose).sum()), max(1.0, at.good.sum())
    linked, prose, headings, sentences = (at.sums(x) for x in (at.size * at.linked, at.prose, at.heading, at.sentences))
    children = np.bincount(at.parent[1:], minlength=len(at.tag))
    begin = np.minimum(at.first, len(place) - 1)
    container = np.zeros(max(at.tag) + 1, dtype=np.int64)
    for number, tag in enumerate(_CONTAINER_TAGS, 1):
        if TAG_NUMBER[tag] < len(container):
            container[TAG_NUMBER[tag]] = number
    up = at.node
    for level in range(LEVELS + 1):
        up = at.parent[up] if level else up
        many = np.maximum(1, count[up])
        columns[f"token_own{level}"] = at.names[up, 2]
        columns[f"mass{level}"] = mass[up] / total_mass
        columns[f"good{level}"] = good[up] / total_good
        columns[f"link{level}"] = linked[up] / np.maximum(1, size[up])
        columns[f"count{level}"] = np.log1p(count[up])
        columns[f"prose{level}"] = prose[up] / many
        columns[f"mean{level}"] = np.log1p(size[up] / many)
        if not level:
            continue
        columns[f"share{level}"] = size[up] / total
        columns[f"place{level}"] = (place - at.first[up]) / many
        columns[f"children{level}"] = np.log1p(children[up])
        columns[f"heads{level}"] = headings[up]
        columns[f"sent{level}"] = np.log1p(sentences[up])
        if level < LEVELS:
            columns[f"first_linked{level}"] = at.linked[begin[up]]
            columns[f"first_size{level}"] = np.log1p(at.size[begin[up]])
            columns[f"first_heading{level}"] = at.heading[begin[up]]
            columns[f"tag{level}"] = container[at.tag[up]]


def _add_kinds(columns: Columns, at: Context) -> None:
    """How many elements of the same tag and names there are, and what they hold."""
    total = max(1.0, at.good.sum())
    amount = np.bincount(at.kind)
    for level, kind in ((0, at.kind[at.node]), (1, at.kind[at.parent[at.node]])):
        blocks, size = np.bincount(kind), np.bincount(kind, at.size)
        columns[f"kind_count{level}"] = np.log1p(blocks[kind])
        columns[f"kind_good{level}"] = np.bincount(kind, at.good)[kind] / total
        columns[f"kind_size{level}"] = np.log1p(size[kind] / blocks[kind])
        columns[f"kind_link{level}"] = np.bincount(kind, at.size * at.linked)[kind] / np.maximum(1, size[kind])
    columns["kind_nodes1"] = np.log1p(amount[at.kind[at.parent[at.node]]])
    columns["kind_nodes2"] = np.log1p(amount[at.kind[at.parent[at.parent[at.node]]]])


def _add_title(columns: Columns, at: Context, titles: NDArray[np.bool_], place: NDArray[np.int64]) -> None:
    """Where a block stands to the headline: how far behind, and how much the container that holds both holds."""
    heads = np.flatnonzero(at.tag[at.node] == _HEADINGS[0])
    marked = np.flatnonzero(titles)
    both = [x for x in heads if titles[x]]
    start = int(both[0] if both else heads[0] if len(heads) else marked[0] if len(marked) else -1)
    columns["from_title"] = np.clip(place - start, -50, 200) if start >= 0 else np.full(len(place), -99)
    parent: list[int] = at.parent.tolist()
    path, node = {0}, int(at.node[start]) if start >= 0 else 0
    while node not in path:
        path.add(node)
        node = parent[node]
    shared = list(range(len(parent)))
    for i in range(1, len(parent)):
        if i not in path:
            shared[i] = shared[parent[i]]
    common = np.array(shared)[at.node]
    columns["title_size"] = at.sums(at.size)[common] / at.size.sum()
    columns["title_good"] = at.sums(at.good)[common] / max(1.0, at.good.sum())
    columns["title_depth"] = at.depth[at.node] - at.depth[common]
    columns["title_count"] = np.log1p((at.end - at.first)[common])


def _add_neighbours(columns: Columns, at: Context, place: NDArray[np.int64]) -> None:
    n = len(place)
    following = np.where(at.good > 0, place, n + 50)[::-1]
    nearest = np.minimum.accumulate(np.concatenate(([n + 50], following[:-1])))[::-1]
    columns["prose_after"] = np.minimum(50, nearest - place)
    good, size, linked = running(at.good), running(at.size), running(at.size * at.linked)
    for width in (2, 5, 10):
        low, high = np.maximum(0, place - width), np.minimum(n, place + width + 1)
        columns[f"good_near{width}"] = np.log1p((good[high] - good[low]) / (high - low))
        columns[f"link_near{width}"] = (linked[high] - linked[low]) / np.maximum(1, size[high] - size[low])
    for step in (-3, -2, -1, 1, 2, 3):
        there = place + step
        ok = (there >= 0) & (there < n)
        there = np.clip(there, 0, n - 1)
        columns[f"size{step}"] = np.where(ok, np.log1p(at.size[there]), -1)
        if abs(step) < 3:  # noqa: PLR2004 - farther ones were of no use
            columns[f"linked{step}"] = np.where(ok, at.linked[there], -1)
            columns[f"same_kind{step}"] = ok & (at.kind[at.node[there]] == at.kind[at.node])
            columns[f"word{step}"] = np.where(ok, at.words[there, 2], 0)
            columns[f"heading{step}"] = ok & at.heading[there]
            columns[f"token{step}"] = np.where(ok, at.names[at.node[there], 2], 0)
