"""Records of the enriched topic that tests make up."""

import msgspec
from aiokafka import AIOKafkaProducer

from streams.client import Event
from streams.events import EnrichedArticle
from streams.schemas import FOLDER
from streams.topics import ENRICHED
from tests.stream.stream import Stream

ARTICLE = msgspec.json.decode(
    (FOLDER / "examples/news.article.enriched.v1/incomplete.json").read_bytes(), type=EnrichedArticle
)


def id_of(number: int) -> str:
    """An article_id, another one for each number below 10."""
    return "abcdefghij"[number] * 26


def event(
    number: int,
    *,
    id: str,  # noqa: A002 - the event's own name for it
    ingested_at: int,
    title: str = "Pier",
    supersedes: tuple[str, ...] = (),
    gone: bool = False,
) -> Event:
    """An event of an article, or of its take-down."""
    article = msgspec.structs.replace(
        ARTICLE, article_id=id_of(number), title=title, revision=1, supersedes=list(supersedes)
    )
    return Event(
        article_id=article.article_id,
        article=None if gone else article,
        reason="http_410" if gone else "",
        id=id,
        ingested_at=ingested_at,
        raw_position="",
        pipeline_version="",
        written_at="",
    )


async def write(stream: Stream, *events: Event, abort: bool = False) -> None:
    """Write events in one transaction."""
    async with AIOKafkaProducer(bootstrap_servers=stream.bootstrap, transactional_id=stream.prefix) as producer:
        await producer.begin_transaction()
        for each in events:
            headers = [
                ("ce_id", each.id.encode()),
                ("news_ingested_at", str(each.ingested_at).encode()),
                ("news_reason", each.reason.encode()),
            ]
            value = msgspec.json.encode(each.article) if each.article else None
            await producer.send(stream.prefix + ENRICHED.name, value, each.article_id.encode(), headers=headers)
        await (producer.abort_transaction if abort else producer.commit_transaction)()
