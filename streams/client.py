r"""Write raw pages, read enriched articles: a small client for crawlers and consumers in Python.

    async with Producer() as producer:
        await producer.send(url="https://example.org/pier", body="Pier to be rebuilt\n\nThe council voted …")

    async with Consumer("newsflow-consumer-mine") as events:
        async for event in events:
            ...

The broker is that of KAFKA_BOOTSTRAP (and the other settings of streams/settings.py), else the embedded one; or give
one: `Producer(Broker(bootstrap="host:9092"))`.

What a consumer must do, in any language; `Consumer` does the first three:

1. Read with `isolation.level=read_committed`: else it sees what aborted batches left behind.
2. Leave out what it was told before (`News`): an operator may have raw pages judged again, and its own offsets are
   committed after its work, so that a crash repeats some.
3. Commit an event's offset once the event has been dealt with, not when it was fetched.
4. Store by `article_id`: a later revision replaces the earlier one, an article replaces those in its `supersedes`, and
   a take-down (an event without an article) must be obeyed, and remembered.
"""

import asyncio
import base64
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from msgspec import Struct

from streams.cli.connection import reach
from streams.events import EnrichedArticle, RawPage
from streams.settings import Broker, settings
from streams.topics import ENRICHED, RAW
from streams.transport.headers import INGESTED_AT, RAW_POSITION, REASON

COMMIT_SECONDS = 1.0  # what a killed consumer is told again, at most, beside the event that it was at
REMEMBERED = 100_000  # articles: 25 MB, and a day of a mid-sized crawl


class Producer:
    """Writes raw pages. Acknowledged by all in-sync replicas, and written once however often the network fails.

    Args:
        broker: where; not given, as the environment says.
    """

    def __init__(self, broker: Broker | None = None) -> None:
        self._broker = broker
        self._topic = settings().topic_prefix + RAW.name

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            KafkaConnectionError: no broker answers.
        """
        largest = settings().max_record_bytes
        self._client = AIOKafkaProducer(
            **(self._broker or reach()).client(), enable_idempotence=True, max_request_size=largest
        )
        await _start(self._client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; what was being sent is finished first."""
        await self._client.stop()

    async def send(self, *, body: str | bytes, url: str | None = None, source: str | None = None, **more: Any) -> str:
        """Send a page, and wait until the broker has it; call it many times at once for speed.

        Args:
            body: the page, as text or as the bytes that were fetched.
            url: the page's address; it or `source` must be known.
            source: the name of who published it.
            more: other fields of `streams.events.RawPage`: `content_type`, `fetched_at` (RFC 3339), `headers`, `hints`…

        Returns:
            The page's place in the input: what `Event.raw_position` says of the articles that come of it.

        Raises:
            msgspec.ValidationError: this is no raw page; the message says which field and why.
            MessageSizeTooLargeError: larger than NEWSFLOW_MAX_RECORD_BYTES.
        """
        held = {"body": body} if isinstance(body, str) else {"body_b64": base64.b64encode(body).decode("ascii")}
        about = {"url": url, "source": {"name": source} if source else None, **held, **more}
        return await self._send({field: value for field, value in about.items() if value is not None})

    async def take_down(self, url: str) -> str:
        """Tell that a page is gone, or may not be shown any more: consumers are told of its article by a tombstone."""
        return await self._send({"url": url, "takedown": True})

    async def _send(self, fields: Mapping[str, Any]) -> str:
        unknown = set(fields) - set(RawPage.__struct_fields__)
        if unknown:
            raise msgspec.ValidationError(f"a raw page has no field {', '.join(sorted(unknown))}")
        key = RAW.key(msgspec.convert(fields, RawPage)).encode("utf-8", "replace")
        sent = await self._client.send_and_wait(self._topic, msgspec.json.encode(fields), key)
        return f"{sent.topic}/{sent.partition}/{sent.offset}/0"


class Event(Struct, frozen=True, kw_only=True):
    """A record of the enriched topic: an article, or the news that it was taken down (`article` is null)."""

    article_id: str
    article: EnrichedArticle | None
    reason: str  # of a take-down: takedown, http_404, http_410, http_451
    id: str  # the same whenever the same event is written again (`ce_id`)
    ingested_at: int  # when the raw page reached Kafka, in ms since 1970: events of an article are ordered by it
    raw_position: str  # topic/partition/offset/part of the raw page that it was made of
    pipeline_version: str
    written_at: str  # RFC 3339

    @classmethod
    def of(cls, record: ConsumerRecord) -> Self:
        """Read a record of the enriched topic.

        Raises:
            msgspec.ValidationError, msgspec.DecodeError: its value is no enriched article of version 1.
        """
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
        return cls.read(record.key.decode("utf-8", "replace"), headers, record.value, record.timestamp)

    @classmethod
    def read(cls, key: str, headers: Mapping[str, str], value: bytes | None, timestamp: int = 0) -> Self:
        """Read the parts of a record, wherever they are kept."""
        ingested_at = headers.get(INGESTED_AT, "")
        return cls(
            article_id=key,
            article=None if value is None else _decode(value),
            reason=headers.get(REASON, ""),
            id=headers.get("ce_id", ""),
            ingested_at=int(ingested_at) if ingested_at.isdecimal() else timestamp,
            raw_position=headers.get(RAW_POSITION, ""),
            pipeline_version=headers.get("news_pipeline_version", ""),
            written_at=headers.get("ce_time", ""),
        )


_decode = msgspec.json.Decoder(EnrichedArticle).decode


class News:
    """Tells news from what was told before: by event, and by the time of the raw page that it was made of.

    The rule for a database is the same: write an event where the row of its `article_id` has another `ce_id` and no
    later `news_ingested_at`, and keep the row of a take-down.

    Args:
        articles: how many to remember; the longest untouched is forgotten.
    """

    def __init__(self, articles: int = REMEMBERED) -> None:
        self._articles = articles
        self._known: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def __call__(self, event: Event) -> bool:
        """Whether an event is news; it is remembered."""
        time_known, id_known = self._known.get(event.article_id, (0, ""))
        if event.ingested_at < time_known or (id_known and event.id == id_known):
            return False
        self._remember(event.article_id, event.ingested_at, event.id)
        for replaced in event.article.supersedes if event.article else ():
            # Its older versions may stand on another partition and be read later.
            known = self._known.get(replaced, (0, ""))
            self._remember(replaced, *max(known, (event.ingested_at, "")))
        return True

    def _remember(self, article_id: str, ingested_at: int, event_id: str) -> None:
        self._known[article_id] = (ingested_at, event_id)
        self._known.move_to_end(article_id)
        if len(self._known) > self._articles:
            self._known.popitem(last=False)


class Consumer:
    """Reads enriched articles and take-downs, each once, as they come: `async for event in consumer`.

    With a group, consumers of that group share the partitions, and a new one goes on where the group stopped: the
    offset of an event is committed once the loop asks for the next one. An event at which the loop fails comes again.
    Leaving the loop by `break` counts the event in hand as not dealt with.

    Args:
        group: the consumer group; not given, everything is read from the beginning and nothing committed. The role
            `consumer` of deploy/acls.txt may join groups whose names begin with newsflow-consumer.
        broker: where; not given, as the environment says.
        from_beginning: a group that is new begins with the oldest article, else with the next one.
    """

    def __init__(self, group: str | None = None, broker: Broker | None = None, *, from_beginning: bool = True) -> None:
        self._group = group
        self._broker = broker
        self._reset = "earliest" if from_beginning else "latest"
        self._topic = settings().topic_prefix + ENRICHED.name
        self._is_news = News()
        self._done: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> Self:
        """Connect and join the group.

        Raises:
            KafkaConnectionError: no broker answers.
        """
        self._client = AIOKafkaConsumer(
            **(self._broker or reach()).client(),
            group_id=self._group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset=self._reset,
            max_partition_fetch_bytes=settings().max_record_bytes,
        )
        self._client.subscribe([self._topic], listener=_BeforeRevoked(self))
        await _start(self._client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit what was dealt with, and leave the group."""
        await self.commit()
        await self._client.stop()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Iterate over what is new, for ever."""
        committed = time.monotonic()
        async for record in self._client:
            event = Event.of(record)
            if self._is_news(event):
                yield event
            self._done[TopicPartition(record.topic, record.partition)] = record.offset + 1
            if time.monotonic() - committed > COMMIT_SECONDS:
                await self.commit()
                committed = time.monotonic()

    async def commit(self) -> None:
        """Commit what the loop has dealt with; with a group this happens by itself, once a second and at the end."""
        mine = self._client.assignment() if self._group else ()
        done = {partition: offset for partition, offset in self._done.items() if partition in mine}
        self._done.clear()
        if done:
            try:
                await self._client.commit(done)
            except (CommitFailedError, IllegalStateError):
                return  # the partition is another's by now, who does these again


class _BeforeRevoked(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._consumer.commit()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        pass


async def _start(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    try:
        await client.start()
    except (Exception, asyncio.CancelledError):
        await client.stop()  # else it complains, when it is thrown away, that it was not closed
        raise
