"""The topics: what is written where, under which key, on which partition, and for how long."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from msgspec import Struct

from streams import events
from streams.identity import lane, normal_url

DAY_MS = 86_400_000


def _raw_key(page: events.RawPage) -> str:
    return normal_url(page.url) if page.url else (page.source and page.source.name) or ""


def _lane_key(article: events.Article) -> str:
    return lane(article.language, article.source.domain or article.source.name)


def _article_id(event: events.Article | events.Duplicate) -> str:
    return event.article_id


@dataclass(frozen=True)
class Topic:
    """A topic and its event.

    `partition`: by `key` (murmur2, as Java's default partitioner) or the `input` record's own.
    """

    name: str
    event: type[Struct] | None
    key: Callable[[Any], str]
    partition: Literal["key", "input"]
    cleanup: Literal["delete", "compact,delete"]
    retention_ms: int

    def __rshift__(self, outputs: "Topic") -> "Route":
        return Route(self, (outputs,))


@dataclass(frozen=True)
class Route:
    """From which topic to which: the first of `outputs` is the next stage's input."""

    source: Topic
    outputs: tuple[Topic, ...]

    def __or__(self, other: Topic) -> "Route":
        return Route(self.source, (*self.outputs, other))


RAW = Topic("news.article.raw.v1", events.RawPage, _raw_key, "key", "delete", 7 * DAY_MS)
CLEAN = Topic("news.article.clean.v1", events.Article, _lane_key, "key", "delete", 3 * DAY_MS)
UNIQUE = Topic("news.article.unique.v1", events.UniqueArticle, _article_id, "key", "delete", 3 * DAY_MS)
TAGGED = Topic("news.article.tagged.v1", events.TaggedArticle, _article_id, "input", "delete", 3 * DAY_MS)
ENRICHED = Topic("news.article.enriched.v1", events.EnrichedArticle, _article_id, "key", "compact,delete", 30 * DAY_MS)
DUPLICATE = Topic("news.article.duplicate.v1", events.Duplicate, _article_id, "input", "delete", 7 * DAY_MS)
DEAD_LETTER = Topic("news.article.dead-letter.v1", None, str, "input", "delete", 30 * DAY_MS)
# Its retention follows the dedupe window: see streams/cli/topics.py.
DEDUPE_STATE = Topic("newsflow.dedupe.state.v1", None, str, "input", "compact,delete", 31 * DAY_MS)

ALL = (RAW, CLEAN, UNIQUE, TAGGED, ENRICHED, DUPLICATE, DEAD_LETTER, DEDUPE_STATE)
