"""One transaction for what a batch became: outputs, dead letters, state rows and offsets, all of them or none.

The transaction begins after the work, so it lasts as long as its round trips: 5 to 50 ms.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.structs import RecordMetadata

from streams.settings import Settings
from streams.transport.headers import Header

TRANSACTION_SECONDS = 10  # an owner that stops in a transaction blocks its readers no longer than this
COMMIT_SECONDS = 30  # what one needs when a broker dies in the middle: 4 s for a new leader, and retries
ABORT_SECONDS = 2  # a courtesy to the readers: the next owner's init_transactions ends it anyway
RECORD_BATCH_BYTES = 2**20  # Kafka's own default for the largest record batch; one large record goes alone


class Fenced(Exception):  # noqa: N818 - a fact about ownership
    """Another owner has taken the partition's transactional id."""


class Record(NamedTuple):
    """A record to be written."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[Header]

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        headers = sum(len(name) + len(value or b"") for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers


def producer(client: Mapping[str, object], settings: Settings, transactional_id: str) -> AIOKafkaProducer:
    """Make the producer of one input partition; starting it fences the one before it."""
    return AIOKafkaProducer(
        **client,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_SECONDS * 1000,
        max_batch_size=RECORD_BATCH_BYTES,
        max_request_size=settings.max_record_bytes + RECORD_BATCH_BYTES,
    )


async def commit(
    writer: AIOKafkaProducer, records: Iterable[Record], position: Mapping[TopicPartition, int], group: str
) -> dict[TopicPartition, int]:
    """Write records and a consumer group's position in one transaction.

    Returns:
        The offset of the last record batch written to each partition.

    Raises:
        Fenced: the partition has another owner; nothing was written.
        KafkaError, TimeoutError: the broker did not take it; whether it was written is not known here, and is found
            out by the next owner, which reads the committed position.
    """
    try:
        async with asyncio.timeout(COMMIT_SECONDS):
            await writer.begin_transaction()
            try:
                ends: dict[TopicPartition, int] = {}
                for future in [await sent for sent in _send(writer, records)]:
                    written = await future
                    ends[written.topic_partition] = written.offset
                await writer.send_offsets_to_transaction(dict(position), group)
                await writer.commit_transaction()
            except KafkaError:
                await _abort(writer)
                raise
    except ProducerFenced:
        raise Fenced from None
    return ends


def _send(writer: AIOKafkaProducer, records: Iterable[Record]) -> list[asyncio.Task[asyncio.Future[RecordMetadata]]]:
    grouped: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        grouped[record.topic, record.partition].append(record)
    sending = []
    for (topic, partition), group in grouped.items():
        batch = writer.create_batch()
        for record in group:
            if batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers) is None:
                sending.append(asyncio.ensure_future(writer.send_batch(batch, topic, partition=partition)))
                batch = writer.create_batch()
                batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
        sending.append(asyncio.ensure_future(writer.send_batch(batch, topic, partition=partition)))
    return sending


async def _abort(writer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(ABORT_SECONDS):
            await writer.abort_transaction()
    except (KafkaError, TimeoutError, AssertionError):
        pass  # a fenced or half-ended transaction cannot be aborted; the first error is the one to tell
