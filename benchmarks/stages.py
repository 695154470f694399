"""Four pinned reference stages of known cost, over the real event types: what every peer in `benchmarks/` runs.

They never change, so figures stay comparable while the product's stages grow. Bare, with one decode and one encode a
hop, they take 450 to 550 µs of CPU for an article of 500 words on the machine that the README's figures come from.
"""

import hashlib
import re
from collections import Counter

import msgspec

from streams.dedupe.rows import Row, Verdict
from streams.dedupe.state import Arrival, View
from streams.events import (
    Access,
    Article,
    Dedupe,
    Duplicate,
    EnrichedArticle,
    Keyword,
    Passage,
    RawPage,
    Source,
    Summary,
    TaggedArticle,
    UniqueArticle,
)
from streams.flow import Flow, Stage
from streams.identity import short_hash
from streams.topics import CLEAN, DEDUPE_STATE, DUPLICATE, ENRICHED, RAW, TAGGED, UNIQUE

WORD = re.compile(r"\w+")
SENTENCE = re.compile(r"[^.!?]+[.!?]+")
STOP = frozenset(
    "the and of to in a that is for on with as was at by an be this from are it has have".split(" ")  # noqa: SIM905 - reads better
)


def clean(page: RawPage) -> Article:
    """Split a text into paragraphs, strip them, and hash them."""
    lines = [" ".join(line.split()) for line in (page.body or "").splitlines()]
    title, *paragraphs = [line for line in lines if line]
    text = "\n".join(paragraphs)
    return Article(
        article_id=short_hash(page.url or title),
        url=page.url,
        canonical_url=page.url,
        source=Source(name=None, domain=None, kind="publisher"),
        title=title,
        authors=[],
        published_at=None,
        modified_at=None,
        language="en",
        language_confidence=1.0,
        paragraphs=paragraphs,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        word_count=len(text.split()),
        images=[],
        access=Access(free=None, license=None, tdm_opt_out=None),
        page_hashtags=[],
        comments_count=None,
        related=[],
        removed=[],
        provenance={},
        part_of=None,
    )


def dedupe(article: Article, state: View, arrival: Arrival) -> tuple[UniqueArticle | Duplicate, list[Row]]:
    """Pass every article, and remember it."""
    verdict = Verdict(
        kind="unique",
        revision=1,
        story_id=article.article_id,
        supersedes=[],
        text_key=short_hash("".join(article.paragraphs).casefold()),
        text_sha256=article.text_sha256,
        position=arrival.position,
        version=arrival.version,
    )
    state.with_text(verdict.text_key, arrival.ingested_at)
    row = Row(
        article_id=article.article_id,
        first_at=arrival.ingested_at,
        seen_at=arrival.ingested_at,
        original=True,
        source=0,
        title_key="",
        verdicts=[verdict],
    )
    return UniqueArticle(
        **{name: getattr(article, name) for name in Article.__struct_fields__},
        revision=1,
        story_id=article.article_id,
        supersedes=[],
        dedupe=Dedupe(verdict="unique", nearest=[]),
    ), [row]


def tag(article: UniqueArticle) -> TaggedArticle:
    """Count words."""
    words = Counter(word for text in article.paragraphs for word in WORD.findall(text.lower()) if word not in STOP)
    most = words.most_common(10)
    return TaggedArticle(
        **{name: getattr(article, name) for name in UniqueArticle.__struct_fields__},
        keywords=[Keyword(text=word, score=count / most[0][1]) for word, count in most],
        entities=[],
        topics=[],
        hashtags=["#" + word for word, _ in most[:3]],
    )


def summarise(article: TaggedArticle) -> EnrichedArticle:
    """Take the sentences with the most keywords, in order."""
    wanted = {keyword.text for keyword in article.keywords}
    found = [
        Passage(text=match[0], paragraph=number, start=match.start(), end=match.end())
        for number, text in enumerate(article.paragraphs)
        for match in SENTENCE.finditer(text)
    ]
    best = sorted(found[:16], key=lambda sentence: -len(wanted.intersection(WORD.findall(sentence.text.lower()))))[:3]
    return EnrichedArticle(
        **{name: getattr(article, name) for name in TaggedArticle.__struct_fields__},
        summary=Summary(
            text=" ".join(sentence.text for sentence in best),
            headline=article.title or "",
            bullets=[sentence.text for sentence in best],
            kind="extractive",
            sentences=best,
            method="reference",
            fallback_reason=None,
        ),
        complete=True,
        missing=[],
    )


flow = Flow(
    Stage(clean, RAW >> CLEAN, requires=("body",), isolated=True),
    Stage(dedupe, CLEAN >> UNIQUE | DUPLICATE, requires=("paragraphs",), state=DEDUPE_STATE),
    Stage(tag, UNIQUE >> TAGGED, requires=("paragraphs",)),
    Stage(summarise, TAGGED >> ENRICHED, requires=("paragraphs", "keywords")),
)

HOPS = tuple(stage.name for stage in flow)
_encode = msgspec.json.Encoder().encode
_decoders = {stage.name: msgspec.json.Decoder(stage.source.event).decode for stage in flow}


def hop(name: str, value: bytes, view: View, position: str) -> bytes:
    """Run one stage on one value: a decode, the work, an encode."""
    event = _decoders[name](value)
    if name == "dedupe":
        return _encode(dedupe(event, view, Arrival(position, 0, ""))[0])
    return _encode(flow[name].function(event))


def bare(value: bytes, view: View, position: str) -> bytes:
    """Run the four stages on one raw value without Kafka: one decode and one encode a hop."""
    value = _encode(clean(_decoders["clean"](value)))
    event, _ = dedupe(_decoders["dedupe"](value), view, Arrival(position, 0, ""))
    value = _encode(event)
    value = _encode(tag(_decoders["tag"](value)))
    return _encode(summarise(_decoders["summarise"](value)))


def article(number: int, words: int = 500) -> bytes:
    """Make a raw page of a seeded invented text: paragraphs of four sentences, Zipf-like words."""
    state = number * 2654435761 % 2**32 + 1
    vocabulary = [short_hash(str(rank))[: 3 + rank % 8] for rank in range(600)]
    sentences: list[str] = []
    sentence: list[str] = []
    for _ in range(words):
        state = (state * 1664525 + 1013904223) % 2**32  # Numerical Recipes' linear congruential generator
        share = state / 2**32
        sentence.append(vocabulary[int(600**share) - 1])
        if len(sentence) >= 5 + (state >> 16) % 21:
            sentences.append(" ".join(sentence).capitalize() + ".")
            sentence = []
    paragraphs = [" ".join(sentences[start : start + 4]) for start in range(0, len(sentences), 4)]
    body = f"Story number {number}\n\n" + "\n\n".join(paragraphs)
    return _encode({"url": f"https://bench.example/{number}", "body": body, "content_type": "text/plain"})
