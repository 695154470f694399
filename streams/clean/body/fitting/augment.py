"""More pages out of a few: the same story shorter, with more around it, in other words, under other names.

The pages fitted on are long articles of the web of 2026; news pages hold a third as much story and twice as much else:
readers' comments, other stories with their excerpts, lines of promotion between paragraphs. Adding them raised F1 on
109 news pages that nothing was fitted on from 0.948 to 0.960 (one look, one threshold).
"""

import math
import re
import tomllib
import zlib
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any

from msgspec import Struct, structs

from streams.clean.body.features import About
from streams.clean.body.walk import OTHER_TAG, TAG_BITS, TAG_NUMBER, Block, Node, Page

SHORTEST, LONGEST = 50, 600  # words of a story that was cut down, drawn on a logarithmic scale
_CARD_NAMES = (
    "card teaser post item article entry story news-item media promo excerpt article-excerpt summary dek".split()  # noqa: SIM905 - reads better
)
_ASIDE_NAMES = (  # noqa: SIM905 - reads better
    "sidebar widget related related-posts relatedposts related-articles more-stories read-more recommended trending"
    " latest-news most-read popular-posts rail secondary also-read up-next more-from latest news-list archive-list"
    " recirc infinite module list grid cards"
).split()
_THREAD_NAMES = (  # noqa: SIM905 - reads better
    "comments comments-area comment-list commentlist responses discussion disqus_thread fb-comments reader-comments"
    " talkback posts replies"
).split()
_COMMENT_NAMES = (
    "comment comment-body comment-content comment_content reply message post-content comment-text content".split()  # noqa: SIM905 - reads better
)
_ENDINGS = ("", "", "", "__content", "-inner", "-wrapper", "__text", "-body", "-block", "-small", "-list", "-item")
_IDEOGRAPHS = [chr(0x4E00 + 7 * i) for i in range(2500)]
_ARABIC = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ?,", "ابتثجحخدذرزسشصضطظعغفقكلمنه" * 2 + "؟،"
)


class Sample(Struct):
    """A page with its labels."""

    page: Page
    labels: list[float]
    about: About
    wordless: bool = False  # judged without the table of words, as a text in another language is


class Pool(Struct):
    """Sentences and titles of other pages."""

    sentences: list[str]
    titles: list[str]


class _Open(Struct):
    tag: str
    signature: str
    node: Node | None = None


class _Text(Struct):
    block: Block
    label: float
    own: bool  # the page's own, whose bits stand


_CLOSE = None
_Event = _Open | _Text | None


def sentences(text: str) -> list[str]:
    """Part a story for the pool."""
    return [s for s in re.split(r"(?<=[.!?])\s+|\n+", text) if 20 < len(s) < 300]  # noqa: PLR2004


@cache
def _phrases() -> dict[str, list[str]]:
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))  # no table of flow.TABLES


def variant(sample: Sample, random: Random, pool: Pool) -> Sample:
    """Make one more page."""
    made = shortened(sample, random) if random.random() < 0.7 else sample  # noqa: PLR2004
    page, labels = surrounded(made, random, pool)
    about = structs.replace(
        made.about,
        body=made.about.body if random.random() < 0.6 else "",  # noqa: PLR2004
        description=made.about.description if random.random() < 0.7 else "",  # noqa: PLR2004
    )
    made = Sample(page, labels, about)
    if random.random() < 0.12:  # noqa: PLR2004
        made = renamed(made, str(random.random()))
    kind = random.random()
    if kind < 0.07:  # noqa: PLR2004
        made = translated(made, chinese=True)
    elif kind < 0.14:  # noqa: PLR2004
        made = translated(made, chinese=False)
    made.wordless = kind < 0.25  # noqa: PLR2004
    return made


def shortened(sample: Sample, random: Random) -> Sample:
    """Cut the story down: its end goes, or its middle."""
    page, labels = sample.page, sample.labels
    count = [len(block.text.split()) for block in page.blocks]
    gold = [i for i, label in enumerate(labels) if label > 0.5]  # noqa: PLR2004
    wanted = math.exp(random.uniform(math.log(SHORTEST), math.log(LONGEST)))
    if len(gold) < 4 or sum(count[i] for i in gold) < 1.3 * wanted:  # noqa: PLR2004
        return sample
    tail = 0.3 * wanted if random.random() < 0.3 else 0.0  # noqa: PLR2004
    low = _reach(gold, count, wanted - tail)
    high = max(_reach(gold[::-1], count, tail), low + 1) if tail else gold[-1] + 1
    also = random.choice([0.3, 0.8, 1.0])  # share of what stands between the paragraphs that goes with them
    keep = [
        not low < i < high or (label <= 0.5 and random.random() > also)  # noqa: PLR2004
        for i, label in enumerate(labels)
    ]
    body = sample.about.body[: int(8 * wanted)]
    return Sample(
        _only(page, keep), [x for x, k in zip(labels, keep, strict=True) if k], structs.replace(sample.about, body=body)
    )


def _reach(gold: list[int], count: list[int], wanted: float) -> int:
    total = 0
    for i in gold:
        total += count[i]
        if total > wanted:
            return i
    return gold[-1]


def _only(page: Page, keep: list[bool]) -> Page:
    """Leave out blocks, and the elements that hold nothing any more."""
    before = [0, *accumulate(map(int, keep))]
    nodes: list[Node] = []
    number: dict[int, int] = {}
    for i, node in enumerate(page.nodes):
        first, end = before[node.first], before[node.end]
        if i == 0 or end > first or (node.end == node.first and node.parent in number):
            number[i] = len(nodes)
            nodes.append(structs.replace(node, parent=number[node.parent], first=first, end=end))
    blocks = [structs.replace(b, node=number[b.node]) for b, k in zip(page.blocks, keep, strict=True) if k]
    return Page(blocks, nodes)


def surrounded(sample: Sample, random: Random, pool: Pool) -> tuple[Page, list[float]]:
    """Put promotion between the paragraphs, comments and other stories behind them."""
    events = _events(sample)
    if sum(isinstance(e, _Text) and e.label > 0.5 for e in events) < 2:  # noqa: PLR2004
        return sample.page, sample.labels
    if random.random() < 0.5:  # noqa: PLR2004
        for _ in range(random.randint(1, 4)):
            ends = [i for i, e in enumerate(events[:-1]) if _is_paragraph(e) and events[i + 1] is _CLOSE]
            if ends:
                at = random.choice(ends[1:] or ends) if random.random() < 0.6 else ends[-1]  # noqa: PLR2004
                events[at + 2 : at + 2] = _promotion(random, pool)
    for make, share in ((_comments, 0.35), (_stories, 0.5), (_stories, 0.25)):
        if random.random() < share:
            at = _behind(events, random.choice([1, 1, 2, 2, 3, 4, 5]))
            if at < len(events):
                events[at:at] = make(random, pool)
    return _page(events)


def _is_paragraph(event: _Event) -> bool:
    return isinstance(event, _Text) and event.label > 0.5 and len(event.block.text) > 80  # noqa: PLR2004


def _behind(events: list[_Event], levels: int) -> int:
    """Give the place behind the story, so many levels of elements above its last paragraph."""
    at = 1 + max(i for i, e in enumerate(events) if isinstance(e, _Text) and e.label > 0.5)  # noqa: PLR2004
    inside = 0
    while at < len(events) and levels:
        if isinstance(events[at], _Open):
            inside += 1
        elif events[at] is _CLOSE:
            levels -= not inside
            inside = max(0, inside - 1)
        at += 1
    return at


def _events(sample: Sample) -> list[_Event]:
    """Write a page as the beginnings and ends of its elements, with its texts between."""
    nodes, events, open_nodes, following = sample.page.nodes, list[_Event](), list[int](), 0
    for i in range(len(sample.labels) + 1):
        while (
            following < len(nodes)
            and nodes[following].first == i
            and (not following or nodes[following].parent in open_nodes)
        ):
            if not following or open_nodes[-1] == nodes[following].parent:
                events.append(_Open("", nodes[following].signature, nodes[following]))
                open_nodes.append(following)
                following += 1
            else:
                events.append(_CLOSE)
                open_nodes.pop()
        if i == len(sample.labels):
            break
        while open_nodes[-1] != sample.page.blocks[i].node:
            events.append(_CLOSE)
            open_nodes.pop()
        events.append(_Text(sample.page.blocks[i], sample.labels[i], own=True))
    return events + [_CLOSE] * len(open_nodes)


def _page(events: list[_Event]) -> tuple[Page, list[float]]:
    page, labels, open_nodes = Page(), list[float](), list[int]()
    for event in events:
        above = open_nodes[-1] if open_nodes else 0
        if event is _CLOSE:
            page.nodes[open_nodes.pop()].end = len(page.blocks)
        elif isinstance(event, _Text):
            bits = event.block.bits if event.own else page.nodes[above].bits
            page.blocks.append(structs.replace(event.block, node=above, bits=bits))
            labels.append(event.label)
        else:
            depth = page.nodes[above].depth + 1 if open_nodes else 0
            if event.node:
                tag, bits = event.node.tag, event.node.bits
            else:
                tag = TAG_NUMBER.get(event.tag, OTHER_TAG)
                bits = page.nodes[above].bits | TAG_BITS.get(event.tag, 0)
            page.nodes.append(Node(tag, above, depth, bits, event.signature, len(page.blocks)))
            open_nodes.append(len(page.nodes) - 1)
    return page, labels


def _element(tag: str, signature: str, *inside: Any) -> list[_Event]:
    return [_Open(tag, signature), *inside, _CLOSE]


def _text(text: str, linked: float = 0, *, bold: bool = False, images: int = 0) -> _Text:
    block = Block(text, 0, int(len(text) * linked), int(linked > 0), len(text) * bold, images, 0, after_br=False)
    return _Text(block, 0.0, own=False)


def _name(random: Random, names: list[str], *, hidden: bool) -> str:
    if hidden:  # generated names, or none
        return f"css-{random.getrandbits(24):06x}" if random.random() < 0.6 else ""  # noqa: PLR2004
    return random.choice(names) + random.choice(_ENDINGS)


def _comments(random: Random, pool: Pool) -> list[_Event]:
    said, hidden = _phrases(), random.random() < 0.15  # noqa: PLR2004
    name, tag = _name(random, _COMMENT_NAMES, hidden=hidden), random.choice(["div", "li", "article", "section"])
    in_p, quotes, inside = random.random() < 0.6, random.random() < 0.3, list[_Event]()  # noqa: PLR2004
    if random.random() < 0.7:  # noqa: PLR2004
        inside += _element(random.choice(["h2", "h3", "h4"]), "", _text(random.choice(said["threads"])))
    for _ in range(random.randint(2, 15)):
        one = list[_Event]()
        if random.random() < 0.7:  # noqa: PLR2004
            signature = _name(random, ["author", "user", "username", "meta", "name"], hidden=hidden)
            one += _element("div", signature, _text(random.choice(said["readers"]), random.choice([0, 1])))
        if quotes and random.random() < 0.4:  # noqa: PLR2004
            one += _element("blockquote", random.choice(["", "quote"]), _text(random.choice(pool.sentences)))
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            text = _text(" ".join(random.sample(pool.sentences, random.choice([1, 1, 2, 3]))))
            one += _element("p", "", text) if in_p else [text]
        if random.random() < 0.6:  # noqa: PLR2004
            signature = _name(random, ["actions", "reply", "links"], hidden=hidden)
            one += _element("div", signature, _text(random.choice(said["actions"]), random.choice([0, 1])))
        inside += _element(tag, name, *one)
    return _element(random.choice(["div", "section", "ol"]), _name(random, _THREAD_NAMES, hidden=hidden), *inside)


def _stories(random: Random, pool: Pool) -> list[_Event]:
    said, hidden = _phrases(), random.random() < 0.25  # noqa: PLR2004
    name, tag = _name(random, _CARD_NAMES, hidden=hidden), random.choice(["div", "li", "article", "section"])
    heading, image = random.choice(["h2", "h3", "h4", "div", "p", ""]), random.random() < 0.6  # noqa: PLR2004
    excerpts, more, dates, linked = (random.random() < share for share in (0.75, 0.4, 0.4, 0.2))
    inside = list[_Event]()
    if random.random() < 0.75:  # noqa: PLR2004
        inside += _element(random.choice(["h2", "h3", "h4", "div"]), "", _text(random.choice(said["sections"])))
    for _ in range(random.randint(2, 12)):
        title = _text(random.choice(pool.titles), 1, images=int(image))
        one: list[_Event] = _element(heading, "", title) if heading else [title]
        if dates:
            signature = _name(random, ["date", "meta", "time"], hidden=hidden)
            one += _element("div", signature, _text(random.choice(said["dates"])))
        if excerpts:
            text = " ".join(random.sample(pool.sentences, random.choice([1, 1, 2, 3])))
            if random.random() < 0.3:  # noqa: PLR2004
                text = text[: random.randint(60, 190)].rsplit(" ", 1)[0] + random.choice(["…", "...", " [...]"])
            signature = "" if random.random() < 0.5 else _name(random, _CARD_NAMES, hidden=hidden)  # noqa: PLR2004
            one += _element("div" if signature else "p", signature, _text(text, float(linked)))
        if more:
            one += _element("div", "", _text(random.choice(said["more"]), 1))
        inside += _element(tag, name, *one)
    signature = _name(random, _ASIDE_NAMES, hidden=hidden)
    return _element(random.choice(["div", "aside", "section", "ul"]), signature, *inside)


def _promotion(random: Random, pool: Pool) -> list[_Event]:
    said = _phrases()
    if random.random() < 0.5:  # noqa: PLR2004
        text = random.choice(said["leads"]) + random.choice(pool.titles)
        text = text.upper() if random.random() < 0.3 else text  # noqa: PLR2004
        linked = _text(text, random.choice([1.0, 1.0, 0.8]), bold=random.random() < 0.5)  # noqa: PLR2004
        return _element(random.choice(["p", "p", "p", "div", "h4"]), "", linked)
    if random.random() < 0.3:  # noqa: PLR2004
        items = [
            e for _ in range(random.randint(2, 4)) for e in _element("li", "", _text(random.choice(pool.titles), 1))
        ]
        return _element("ul", "", *items)
    signature = random.choice(["", "", "", "promo", "inline-promo", "text-description", "note"])
    text_ = _text(random.choice(said["promotion"]), random.choice([0, 0, 0.2, 1.0]), bold=random.random() < 0.3)  # noqa: PLR2004
    return _element(random.choice(["p", "p", "p", "div"]), signature, text_)


def renamed(sample: Sample, salt: str) -> Sample:
    """Give every element a generated name, the same to those of the same name."""

    def hashed(signature: str) -> str:
        return " ".join(f"c{zlib.crc32((salt + name).encode()):08x}"[:7] for name in signature.split())

    nodes = [structs.replace(node, signature=hashed(node.signature)) for node in sample.page.nodes]
    return structs.replace(sample, page=Page(sample.page.blocks, nodes))


def translated(sample: Sample, *, chinese: bool) -> Sample:
    """Put every text into a script without capitals: ideographs without spaces, or Arabic letters."""

    def written(text: str) -> str:
        return _in_ideographs(text) if chinese else text.translate(_ARABIC)

    blocks = []
    for block in sample.page.blocks:
        text = written(block.text)
        share = len(text) / len(block.text)
        linked, bold = round(block.linked * share), round(block.bold * share)
        blocks.append(structs.replace(block, text=text, linked=linked, bold=bold))
    about = sample.about
    about = About([*map(written, about.titles)], written(about.body), written(about.description))
    return structs.replace(sample, page=Page(blocks, sample.page.nodes), about=about)


def _in_ideographs(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = zlib.crc32(match[0].encode())
        return _IDEOGRAPHS[code % 2500] + (_IDEOGRAPHS[code // 2500 % 2500] if len(match[0]) > 3 else "")  # noqa: PLR2004

    made = re.sub(r"[^\W\d_]+", one, text)
    for mark, wide in ((r"[.]", "。"), (r"[?]", "？"), (r",", "，")):
        made = re.sub(mark + r"(?=\s|$)", wide, made)
    return made.replace(" ", "") or text
