"""One partition of a stage's input while it is ours: taken over, read batch by batch, given back.

Taking over, in this order: fence the owner before us and end its open transaction; only then read the committed
position anew; restore the state; read on from there. (aiokafka resolves positions before it tells of an assignment, and
from a cache: a transaction of the old owner that ends in between would be done twice.)
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CorruptRecordException, IllegalStateError, KafkaError

from streams import telemetry
from streams.dedupe.state import Change, State
from streams.flow import Stage
from streams.logs import logger
from streams.settings import Settings
from streams.transport.restore import restore
from streams.transport.tolerant import read_next_batch
from streams.transport.transaction import Fenced, producer
from streams.transport.unfold import UNFOLDED, UnfoldError

log = logger(__name__)

FENCE_SECONDS = 60  # the rebalance timeout: ample for a coordinator that moves; a restore has no limit, it progresses
POLL_MS = 1000  # a fetch that finds nothing asks again; data wakes it at once
SESSION_SECONDS = 6
# What is left in aiokafka's buffer for 100 ms makes it fetch from the other partitions without this one, and wait half
# a second where they have nothing. So a fetch is taken whole: 5 MiB are 700 articles, and of tiny ones so many batches.
READ_BATCHES = 2
SHARED_SECONDS = 1.0  # for an answer about all partitions; a broker that is away holds it back, but not that about one


class Batch:
    """Records of one partition, and the lane that they were read on.

    Attributes:
        records: what is still to be done; a record is taken out before it is, so that its memory is free after it.
        answers: of the stage's back end, where it has one, to these records.
        oldest: timestamp (ms) of the first record that is not committed.
    """

    def __init__(self, lane: "Lane", records: Sequence[ConsumerRecord]) -> None:
        self.lane = lane
        self.records = list(records)
        self.answers: list[Any] = []
        self.oldest: int = records[0].timestamp
        self.done = asyncio.Event()

    def take(self, most: int) -> tuple[list[ConsumerRecord], list[Any]]:
        """Take out the first records, and the answers to them."""
        taken = self.records[:most], self.answers[:most]
        del self.records[:most], self.answers[:most]
        return taken

    def put_back(self, records: Sequence[ConsumerRecord], answers: Sequence[Any]) -> None:
        """Put back what was taken and not done."""
        self.records[:0], self.answers[:0] = records, answers


class Owner(Protocol):
    """What a lane needs of its source."""

    stage: Stage
    settings: Settings
    client: Mapping[str, Any]
    group: str
    consumer: AIOKafkaConsumer

    async def put(self, batch: Batch) -> None:
        """Hand a batch to the stage's agent."""

    def resume(self, partition: TopicPartition) -> None:
        """Begin to fetch from a partition."""

    def broken(self, error: BaseException) -> None:
        """End the worker: the infrastructure failed in a way that only a fresh start mends."""


class Lane:
    """One partition under one assignment.

    Args:
        owner: its source.
        partition: the partition.
        beginnings: the first offset that there is of it, among others.

    Attributes:
        current: the partition is ours; without it nothing is committed.
        leaving: the group has told us to let go of it.
        wanted: more of it is to be done; cleared to finish the batch in flight and stop.
        position: the offset of the next record to be committed, -1 before the take-over.
        progress: when (monotonic seconds) a batch in flight last got on, else None.
    """

    def __init__(
        self, owner: Owner, partition: TopicPartition, beginnings: asyncio.Future[dict[TopicPartition, int]]
    ) -> None:
        self._owner = owner
        self._beginnings = beginnings
        self.partition = partition
        self.current = True
        self.wanted = True
        self.ready = False
        self.leaving = False
        self.position = -1
        self.progress: float | None = None
        self.state: State | None = None
        self.state_partition: TopicPartition | None = None
        self.producer = producer(owner.client, f"{owner.group}-{partition.topic}-{partition.partition}")
        self._batch: Batch | None = None
        self._read: Sequence[ConsumerRecord] = ()
        self._most = READ_BATCHES * owner.settings.batch_records
        self._log = log.bind(stage=owner.stage.name, partition=partition.partition)
        self._task = asyncio.ensure_future(self._run())

    @property
    def oldest(self) -> int | None:
        """Timestamp (ms) of the first uncommitted record of the batch in flight, if there is one."""
        return self._batch.oldest if self._batch else None

    async def _run(self) -> None:
        try:
            await self._take_over()
            while self.wanted:
                await self._next_batch()
        except (asyncio.CancelledError, IllegalStateError):
            pass  # given back: the partition is no longer assigned to us
        except BaseException as error:  # noqa: BLE001 - a task's error would be lost
            await self.failed(error)

    async def _take_over(self) -> None:
        owner = self._owner
        topic, number = self.partition
        async with asyncio.timeout(FENCE_SECONDS):
            await self.producer.start()
            self.position = await self._first_position()
        if owner.stage.state:
            self.state_partition = TopicPartition(owner.settings.topic_prefix + owner.stage.state.name, number)
            directory = owner.settings.state_dir
            path = directory / f"{self.state_partition.topic}-{number}.sqlite" if directory else None
            self.state = State.empty(owner.settings, path)
            await restore(self.state, owner.client, self.state_partition)
        owner.consumer.seek(self.partition, self.position)
        owner.resume(self.partition)
        self.ready = True
        self._log.info("took over %s/%s at %s", topic, number, self.position)

    async def _first_position(self) -> int:
        committed = await _committed(self._owner.client, self._owner.group, self.partition)
        beginning = await self._beginning()
        if committed is not None and committed < beginning:
            self._tell_deleted(beginning - committed)
        return max(beginning, committed or 0)

    async def _beginning(self) -> int:
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(SHARED_SECONDS):
                return (await asyncio.shield(self._beginnings))[self.partition]
        return int((await self._owner.consumer.beginning_offsets([self.partition]))[self.partition])

    def _tell_deleted(self, count: int) -> None:
        """What is gone cannot be read, but it is not passed over in silence."""
        telemetry.DELETED_UNREAD.labels(self._owner.stage.name).inc(count)
        self._log.error("%d records of %s/%s were deleted unread: retention is too short", count, *self.partition)

    async def _next_batch(self) -> None:
        self._read = self._read or await self._fetch()
        if not self._read or not self.wanted:
            return
        most = self._owner.stage.batch_records(self._owner.settings)
        self._batch, self._read = Batch(self, self._read[:most]), self._read[most:]
        following = self._batch.records[-1].offset + 1
        self.progress = time.monotonic()
        await self._owner.put(self._batch)
        await self._batch.done.wait()
        if self.wanted and self.position != following:
            raise RuntimeError("a batch was left unfinished: to read on would step over it")
        self._batch = self.progress = None

    async def _fetch(self) -> Sequence[ConsumerRecord]:
        consumer, settings = self._owner.consumer, self._owner.settings
        expected = await consumer.position(self.partition)
        try:
            found = await consumer.getmany(self.partition, timeout_ms=POLL_MS, max_records=self._most)
        except (UnicodeDecodeError, UnfoldError):  # a header's name, or a bomb; none was given, the position stands
            if self._most > 1:  # what stands before it is read in halves: ten questions instead of one for each
                self._most //= 2
                return ()
            records, following = await read_next_batch(
                self._owner.client, self.partition, expected, settings.batch_bytes, UNFOLDED * settings.max_record_bytes
            )
            consumer.seek(self.partition, following)
            return records
        except CorruptRecordException as error:
            raise CorruptRecordException(f"{'/'.join(map(str, self.partition))}: {error.args[0]}") from None
        self._most = min(2 * self._most, READ_BATCHES * settings.batch_records)
        records = found.get(self.partition) or []
        if records and records[0].offset > expected + 1:  # more than a transaction's marker lies between
            beginning = (await consumer.beginning_offsets([self.partition]))[self.partition]
            if beginning > expected:  # aiokafka went on there without a word
                self._tell_deleted(beginning - expected)
        return records

    def waits(self) -> None:
        """Take note that the batch in flight waits for its turn, behind others that get on."""
        self.progress = None

    def goes_on(self) -> bool:
        """Take note that the batch in flight is worked on; tells whether it is still wanted."""
        self.progress = time.monotonic()
        return self.wanted

    def committed(self, position: int, changes: Sequence[Change], ends: Mapping[TopicPartition, int]) -> None:
        """Take note of a committed part of the batch in flight, which ended the topics that it wrote to there."""
        self.position = position
        self.progress = time.monotonic()
        if self.state is None or not changes:
            return
        for change in changes:
            self.state.apply(change)
        self.state.keep(ends[self.state_partition], time.time_ns() // 1_000_000)

    async def give_back(self, seconds: float) -> None:
        """Finish what is in flight, within bounds, and let go of the partition."""
        self.wanted = False
        self.leaving = True
        if self._batch is not None and self.progress is not None:  # one that waits for its turn has not begun
            with suppress(TimeoutError):
                await asyncio.wait_for(self._batch.done.wait(), seconds)
        self.current = False
        self._task.cancel()
        await asyncio.wait([self._task])
        if self.state is not None:
            self.state.close()
        with suppress(KafkaError, TimeoutError):  # fenced, or the broker is away: the next owner sees to it
            await asyncio.wait_for(self.producer.stop(), SESSION_SECONDS)

    async def failed(self, error: BaseException) -> None:
        """Tell what an error of the infrastructure means for this partition."""
        self.wanted = False
        if isinstance(error, Fenced) and await self._was_lost():
            self._log.warning("%s/%s has another owner, batch dropped", *self.partition)
            return
        if self.leaving:
            self._log.warning("%s/%s given back, batch dropped: %s", *self.partition, error)
        else:
            self._owner.broken(error)

    async def _was_lost(self) -> bool:
        # The group tells us of the new owner within a session; until then we only know that we were fenced.
        for _ in range(2 * SESSION_SECONDS * 10):
            if self.leaving:
                return True
            await asyncio.sleep(0.1)
        return False


async def _committed(client: Mapping[str, Any], group: str, partition: TopicPartition) -> int | None:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group, partitions=[partition])
    finally:
        await admin.close()
    offset = found[partition].offset if partition in found else -1
    return offset if offset >= 0 else None


def group_of(stage: Stage, settings: Settings) -> str:
    """Name a stage's consumer group."""
    return f"{settings.topic_prefix}newsflow.{stage.name}"
