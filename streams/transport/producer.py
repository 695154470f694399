"""A transactional producer for transactions of which everything is known beforehand.

aiokafka takes a transaction as it comes: whatever is to be asked of the broker is handed to a background task, and that
to another, which costs more than the question. Here a transaction is three requests in a row, or five where the cluster
has no `transaction.version=2`. Whose the transactional id is, and where coordinators are, stays aiokafka's.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import (
    ConcurrentTransactions,
    DuplicateSequenceNumber,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTxnState,
    KafkaError,
    NoError,
    OperationNotAttempted,
    ProducerClosed,
    ProducerFenced,
    UnknownError,
    for_code,
)
from aiokafka.protocol.transaction import AddOffsetsToTxnRequest, AddPartitionsToTxnRequest

from streams.transport.record_batch import RecordBatch
from streams.transport.requests import ADDED, JOINED, JOINING, FeaturesRequest

T = TypeVar("T")

RETRY_SECONDS = 0.1  # Kafka's default of retry.backoff.ms
ENDING_SECONDS = 0.02  # the transaction before is being ended: its markers take some ms; aiokafka waits as long
NOBODY = (None, -1)  # leads a partition: it is not known, or being elected
FENCED = 90  # Kafka's code in newer requests, where older ones have InvalidProducerEpoch
# A later owner has the transactional id: by its epoch, or under another producer's id as epochs were used up.
OVERTAKEN = (InvalidProducerEpoch, InvalidProducerIdMapping)


class Producer(AIOKafkaProducer):  # type: ignore[misc] # it comes without types
    """aiokafka's transactional producer, with transactions of its own. After an error it is of no more use.

    Takes aiokafka's arguments. `start` fences whoever has had the transactional id.

    Attributes:
        trouble: why something of the transaction was asked again, the last time that it was.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.trouble: KafkaError | None = None
        self._requests = ADDED
        self._identity = ("", -1, -1)  # transactional id, producer's id and epoch
        self._writing = False
        self._sequences: dict[TopicPartition, int] = defaultdict(int)  # how many records it wrote, modulo 2^31

    async def start(self) -> None:
        """Take the transactional id, and see how the cluster has transactions."""
        await super().start()
        owner = self._txn_manager
        self._identity = owner.transactional_id, owner.producer_id, owner.producer_epoch
        if (await self._coordinate(FeaturesRequest())).transaction_version >= JOINING:
            self._requests = JOINED

    async def write(
        self,
        batches: Mapping[TopicPartition, Sequence[RecordBatch]],
        position: Mapping[TopicPartition, int],
        group: str,
    ) -> dict[TopicPartition, int]:
        """Write record batches and a consumer group's position in one transaction.

        Returns:
            The offset of the last record batch written to each partition.

        Raises:
            ProducerFenced: another has taken the transactional id, or ended the transaction.
            KafkaError: the broker does not take it. Where it helps to ask again, it is asked again without end, or
                until the producer is stopped.
        """
        if self._writing:
            raise ProducerClosed  # what became of the one before is not known: it would be written twice
        self._writing = True
        self.trouble = None
        name, *identity = self._identity
        partitions = _by_topic((partition, partition.partition) for partition in batches)
        offsets = _by_topic((partition, (partition.partition, offset, "")) for partition, offset in position.items())
        for topic, _ in partitions:
            await self.partitions_for(topic)  # asks where they are, unless it knows
        if not self._requests.join:
            await _side_by_side(
                self._coordinate(AddPartitionsToTxnRequest(name, *identity, partitions)),
                self._coordinate(AddOffsetsToTxnRequest(name, *identity, group)),
            )
        # In a row: a broker asks the transaction's coordinator about either, and refuses one that comes meanwhile.
        ends = await self._produce(batches)
        await self._coordinate(self._requests.commit_offsets(name, group, *identity, offsets), group)
        end = self._requests.end(name, *identity, transaction_result=True)
        if not self._requests.join:
            await self._coordinate(end)
        else:
            try:
                ended = await self._coordinate(end)
            except InvalidTxnState:  # the next owner, or the coordinator after TRANSACTION_SECONDS, has aborted it
                raise ProducerFenced from None
            # The next one has an epoch of its own, where nothing of this one can come into it.
            self._identity = name, ended.producer_id, ended.producer_epoch
            self._sequences.clear()
        self._writing = False
        return ends

    async def abort(self) -> None:
        """End a transaction that cannot be written, as a courtesy to the readers: the next owner does it anyway."""
        await self._coordinate(self._requests.end(*self._identity, transaction_result=False))

    async def _coordinate(self, request: Any, group: str = "") -> Any:
        """Have a coordinator do something: the group's, if one is named, else that of the transactional id."""
        kind, key = (CoordinationType.GROUP, group) if group else (CoordinationType.TRANSACTION, self._identity[0])
        while True:
            try:
                self._check_open()
                node = await self._sender._find_coordinator(kind, key)  # noqa: SLF001 - and remembers it
                answer = await self.client.send(node, request, group=ConnectionGroup.COORDINATION)
                for whose, code in _codes(answer, key):
                    _check(code, whose)
            except ConcurrentTransactions as error:
                self.trouble = error
                await asyncio.sleep(ENDING_SECONDS)
            except KafkaError as error:
                self._note(error)
                self._sender._coordinator_dead(kind)  # noqa: SLF001 - or it has moved
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return answer

    async def _produce(self, batches: Mapping[TopicPartition, Sequence[RecordBatch]]) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = {}
        for some in zip_longest(*batches.values()):  # a request takes one of each partition
            waiting = {
                partition: self._build(partition, batch)
                for partition, batch in zip(batches, some, strict=True)
                if batch is not None
            }
            while True:
                written = await self._send(waiting)
                ends |= written
                waiting = {partition: batch for partition, batch in waiting.items() if partition not in written}
                if not waiting:
                    break
                self.client.force_metadata_update()
                await asyncio.sleep(RETRY_SECONDS)
        return ends

    def _build(self, partition: TopicPartition, batch: RecordBatch) -> bytes:
        sequence = self._sequences[partition]
        self._sequences[partition] = (sequence + batch.count) % 2**31
        return batch.build(*self._identity[1:], sequence)

    async def _send(self, batches: Mapping[TopicPartition, bytes]) -> dict[TopicPartition, int]:
        """Send record batches to the leaders of their partitions: the offsets of those that were taken."""
        led: dict[int, list[TopicPartition]] = defaultdict(list)
        for partition in batches:
            leader = self.client.cluster.leader_for_partition(partition)
            if leader not in NOBODY:
                led[leader].append(partition)
        requests = (
            self._send_to(
                leader, _by_topic((partition, (partition.partition, batches[partition])) for partition in partitions)
            )
            for leader, partitions in led.items()
        )
        if self._requests.join:  # each leader adds its partitions at the coordinator, which refuses two at a time
            answers = [await request for request in requests]
        else:
            answers = await _side_by_side(*requests)
        return {partition: offset for written in answers for partition, offset in written.items()}

    async def _send_to(self, leader: int, topics: list[tuple[str, list[Any]]]) -> dict[TopicPartition, int]:
        request = self._requests.produce(self._identity[0], topics)
        written = {}
        try:
            self._check_open()
            for topic, partitions, *_tags in (await self.client.send(leader, request)).topics:
                for number, code, offset, *_ in partitions:
                    if code == OperationNotAttempted.errno:  # as another partition has an error
                        continue
                    if code != DuplicateSequenceNumber.errno:  # it has it, and does not know any more where
                        _check(code, topic)
                    written[TopicPartition(topic, number)] = offset
        except KafkaError as error:
            self._note(error)
        return written

    def _check_open(self) -> None:
        if self._closed:  # its partition was given back; the client would connect anew, and nobody close that
            raise ProducerClosed

    def _note(self, error: KafkaError) -> None:
        """Keep an error for whom it may concern. Raises it where it does not help to ask again."""
        # What befalls a look for a coordinator is the cause of what aiokafka raises.
        retriable = error.retriable or getattr(error.__cause__, "retriable", False)
        if not retriable and not isinstance(error, ConcurrentTransactions):
            raise error
        self.trouble = error


def _by_topic(items: Iterable[tuple[TopicPartition, T]]) -> list[tuple[str, list[T]]]:
    found: dict[str, list[T]] = defaultdict(list)
    for partition, item in items:
        found[partition.topic].append(item)
    return list(found.items())


def _codes(response: Any, key: str) -> list[tuple[str, int]]:
    """The error codes of a coordinator's answer, and whose they are: one, or one for each partition it looked at."""
    if hasattr(response, "error_code"):
        return [(key, response.error_code)]
    codes = [(topic, code) for topic, partitions, *_ in response.errors for _, code, *_ in partitions]
    return [(topic, code) for topic, code in codes if code != OperationNotAttempted.errno]


def _check(code: int, whose: str) -> None:
    error = for_code(code)
    if error in OVERTAKEN or code == FENCED:
        raise ProducerFenced
    if error is not NoError:
        raise error(whose if error is not UnknownError else f"{whose}, Kafka's code {code}")


async def _side_by_side(*questions: Coroutine[Any, Any, T]) -> list[Any]:
    """Await all, or raise the first error and cancel the others."""
    if len(questions) == 1:
        return [await questions[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(question) for question in questions]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
