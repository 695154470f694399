"""One transaction for what a batch became: outputs, dead letters, state rows and offsets, all of them or none.

The transaction begins after the work, so it lasts as long as its round trips: 5 to 50 ms.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.settings import Settings
from streams.transport.headers import Header

TRANSACTION_SECONDS = 10  # an owner that stops in a transaction blocks its readers no longer than this
COMMIT_SECONDS = 30  # what one needs when a broker dies in the middle: 4 s for a new leader, and retries
ABORT_SECONDS = 2  # a courtesy to the readers: the next owner's init_transactions ends it anyway
RECORD_BATCH_BYTES = 2**20  # Kafka's own default for the largest record batch; one large record goes alone


class Fenced(Exception):  # noqa: N818 - a fact about ownership
    """Another owner has taken the partition's transactional id."""


def producer(client: Mapping[str, object], settings: Settings, transactional_id: str) -> AIOKafkaProducer:
    """Make the producer of one input partition; starting it fences the one before it."""
    return AIOKafkaProducer(
        **client,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_SECONDS * 1000,
        max_batch_size=RECORD_BATCH_BYTES,
        max_request_size=settings.max_record_bytes + RECORD_BATCH_BYTES,
    )


class TopicTooSmall(Exception):  # noqa: N818 - a fact about a topic
    """A topic's `max.message.bytes` was lowered under what newsflow writes."""


class Outbox:
    """The records that a batch becomes, gathered while the stage works and written in one transaction, or dropped.

    Each goes into its record batch at once, while its bytes are still in the processor's cache.

    Args:
        writer: the producer of the input partition.

    Attributes:
        sizes: of the values (bytes), record by record, by topic.
    """

    def __init__(self, writer: AIOKafkaProducer) -> None:
        self.sizes: dict[str, list[int]] = defaultdict(list)
        self._writer = writer
        self._batches: dict[tuple[str, int], list[BatchBuilder]] = {}

    def add(self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: list[Header]) -> None:
        """Put one record in."""
        self.sizes[topic].append(len(value or b""))
        batches = self._batches.get((topic, partition))
        if batches is None:
            batches = self._batches[topic, partition] = [self._writer.create_batch()]
        if batches[-1].append(timestamp=None, key=key, value=value, headers=headers) is None:  # it is full
            batches.append(self._writer.create_batch())
            batches[-1].append(timestamp=None, key=key, value=value, headers=headers)

    async def commit(self, position: Mapping[TopicPartition, int], group: str) -> dict[TopicPartition, int]:
        """Write the records and a consumer group's position in one transaction.

        Returns:
            The offset of the last record batch written to each partition.

        Raises:
            Fenced: the partition has another owner; nothing was written.
            TopicTooSmall: nothing was written.
            KafkaError, TimeoutError: the broker did not take it; whether it was written is not known here, and is found
                out by the next owner, which reads the committed position.
        """
        writer = self._writer
        ends: dict[TopicPartition, int] = {}
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await writer.begin_transaction()
                try:
                    sending = [
                        asyncio.ensure_future(writer.send_batch(batch, topic, partition=partition))
                        for (topic, partition), batches in self._batches.items()
                        for batch in batches
                    ]
                    for future in [await sent for sent in sending]:
                        written = await future
                        ends[written.topic_partition] = written.offset
                    await writer.send_offsets_to_transaction(dict(position), group)
                    await writer.commit_transaction()
                except KafkaError:
                    await _abort(writer)
                    raise
        except ProducerFenced:
            raise Fenced from None
        except MessageSizeTooLargeError:
            raise TopicTooSmall("a topic takes smaller records than are written: run `newsflow topics check`") from None
        return ends


async def _abort(writer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(ABORT_SECONDS):
            await writer.abort_transaction()
    except (KafkaError, TimeoutError, AssertionError):
        pass  # a fenced or half-ended transaction cannot be aborted; the first error is the one to tell
