"""One transaction for what a batch became: outputs, dead letters, state rows and offsets, all of them or none.

The transaction begins after the work, so it lasts as long as its round trips: 5 to 50 ms.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerFenced

from streams.transport.producer import Producer
from streams.transport.record_batch import RecordBatch

TRANSACTION_SECONDS = 10  # an owner that stops in a transaction blocks its readers no longer than this
COMMIT_SECONDS = 30  # what one needs when a broker dies in the middle: 4 s for a new leader, and retries
ABORT_SECONDS = 2  # a courtesy to the readers: the next owner's init_transactions ends it anyway
RECORD_BATCH_BYTES = 2**20  # Kafka's own default for the largest record batch; one large record goes alone


class Fenced(Exception):  # noqa: N818 - a fact about ownership
    """Another owner has taken the partition's transactional id."""


def producer(client: Mapping[str, object], transactional_id: str) -> Producer:
    """Make the producer of one input partition; starting it fences the one before it."""
    return Producer(**client, transactional_id=transactional_id, transaction_timeout_ms=TRANSACTION_SECONDS * 1000)


class TopicTooSmall(Exception):  # noqa: N818 - a fact about a topic
    """A topic's `max.message.bytes` was lowered under what newsflow writes."""


class Outbox:
    """The records that a batch becomes, gathered while the stage works and written in one transaction, or dropped.

    Attributes:
        sizes: of the values (bytes), record by record, by topic.
    """

    def __init__(self) -> None:
        self.sizes: dict[str, list[int]] = defaultdict(list)
        self._batches: dict[TopicPartition, list[RecordBatch]] = {}

    def add(self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: bytes) -> None:
        """Put one record in, its headers as `encode_headers` writes them."""
        self.sizes[topic].append(len(value or b""))
        batches = self._batches.get((topic, partition))
        if batches is None:
            batches = self._batches[TopicPartition(topic, partition)] = [RecordBatch(RECORD_BATCH_BYTES)]
        if not batches[-1].add(key, value, headers):
            batches.append(RecordBatch(RECORD_BATCH_BYTES))
            batches[-1].add(key, value, headers)

    async def commit(
        self, writer: Producer, position: Mapping[TopicPartition, int], group: str
    ) -> dict[TopicPartition, int]:
        """Write the records and a consumer group's position in one transaction.

        Returns:
            The offset of the last record batch written to each partition.

        Raises:
            Fenced: the partition has another owner; nothing was written.
            TopicTooSmall: nothing was written.
            KafkaError, TimeoutError: the broker did not take it; whether it was written is not known here, and is found
                out by the next owner, which reads the committed position.
        """
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                return await writer.write(self._batches, position, group)
        except ProducerFenced:
            raise Fenced("another has taken the transactional id, or the transaction was ended for it") from None
        except TimeoutError:
            why = writer.trouble or "no answer"
            raise TimeoutError(f"the broker took no transaction within {COMMIT_SECONDS} s: {why}") from None
        except KafkaError as error:
            with suppress(KafkaError, TimeoutError):  # one that is fenced or half ended; the first error is to be told
                async with asyncio.timeout(ABORT_SECONDS):
                    await writer.abort()
            if isinstance(error, MessageSizeTooLargeError):
                raise TopicTooSmall(
                    "a topic takes smaller records than are written: run `newsflow topics check`"
                ) from None
            raise
