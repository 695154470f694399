"""What the page shows of an article: a card in the list, and everything once it is opened."""

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from streams.events import Duplicate, EnrichedArticle

SHOWN_HEADERS = ("news_ingested_at", "news_raw_position", "news_pipeline_version", "ce_id", "ce_time")
CARD_TAGS = 6
SUMMARY_CHARS = 600  # of a card: an extract of three sentences has 250 to 450
HAY_CHARS = 20_000  # searched of an article: 3,000 words, more than nearly every story has


class Card(Struct, frozen=True, gc=False):
    """An article in the list."""

    id: str
    story: str
    title: str | None
    source: str
    published: str | None
    precision: str | None
    arrived: int  # milliseconds since 1970, by the record's stamp
    language: str
    summary: str
    hashtags: list[str]
    topics: list[str]
    sections: list[str]  # names of top-level topics
    entities: list[str]
    revision: int
    part_of: str | None


class Kept(Struct, frozen=True, gc=False):
    """An article as the shelf keeps it."""

    card: Card
    hay: str  # what search looks through, folded
    packed: bytes  # its value and headers: opened seldom
    size: int


class Copy(Struct, frozen=True, gc=False):
    """A duplicate of a story, and its evidence."""

    id: str
    url: str | None
    title: str | None
    source: str
    kind: str
    similarity: float
    duplicate_of: str
    passages: list[str]


COPY_PASSAGES, PASSAGE_CHARS = 3, 400  # of a duplicate: enough to see that they are the same words


def keep(value: bytes, headers: Mapping[str, str | None], arrived: int) -> Kept:
    """Make of an enriched article what is kept of it.

    Raises:
        msgspec.DecodeError: it is no enriched article.
    """
    article = _article(value)
    summary = article.summary.text if article.summary else " ".join(article.paragraphs[:1])
    card = Card(
        id=article.article_id,
        story=article.story_id,
        title=article.title,
        source=article.source.name or article.source.domain or "source unknown",
        published=article.published_at.value if article.published_at else None,
        precision=article.published_at.precision if article.published_at else None,
        arrived=arrived,
        language=article.language,
        summary=summary[:SUMMARY_CHARS],
        hashtags=article.hashtags[:CARD_TAGS],
        topics=[topic.name for topic in article.topics],
        sections=list(dict.fromkeys(topic.top_level for topic in article.topics)),
        entities=list(dict.fromkeys(entity.text for entity in article.entities)),
        revision=article.revision,
        part_of=article.part_of,
    )
    words = [card.title or "", card.source, *card.hashtags, *card.topics, summary, *article.paragraphs]
    hay = "\n".join(words)[:HAY_CHARS].casefold()
    shown = {name: headers[name] for name in SHOWN_HEADERS if headers.get(name)}
    packed = zlib.compress(msgspec.json.encode({"headers": shown, "article": msgspec.Raw(value)}), 1)
    size = len(packed) + 4 * len(hay) + 4 * sum(map(len, (card.summary, *card.entities, *card.topics)))
    return Kept(card, hay, packed, size)


def supersedes(value: bytes) -> list[str]:
    """Name the articles that an enriched article replaces."""
    return _article(value).supersedes


def copy_of(value: bytes) -> tuple[str, Copy]:
    """Make of a duplicate what is shown of it; give its story, too.

    Raises:
        msgspec.DecodeError: it is no duplicate.
    """
    found = _duplicate(value)
    source = found.source.name or found.source.domain or "source unknown"
    passages = [passage.text[:PASSAGE_CHARS] for passage in found.shared_passages[:COPY_PASSAGES]]
    copy = Copy(
        found.article_id, found.url, found.title, source, found.kind, found.similarity, found.duplicate_of, passages
    )
    return found.story_id, copy


def opened(kept: Kept) -> dict[str, Any]:
    """Give an article whole, as it stands in the topic, and the headers of its record."""
    whole = msgspec.json.decode(zlib.decompress(kept.packed))
    assert isinstance(whole, dict)  # noqa: S101 - as `keep` made it
    return whole


_article = msgspec.json.Decoder(EnrichedArticle).decode
_duplicate = msgspec.json.Decoder(Duplicate).decode
