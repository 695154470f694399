"""A partition changes hands in the narrow moments: positions, transactions and markers."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from streams.app import flow
from streams.flow import Stage
from streams.settings import Settings
from streams.topics import CLEAN, ENRICHED, RAW
from streams.transport.lane import Batch, Lane, group_of
from streams.transport.transaction import producer
from tests.stream.pages import page
from tests.stream.stream import Stream


class Owner:
    """What a lane needs, with the batches kept to look at."""

    def __init__(self, stage: Stage, settings: Settings, client: Mapping[str, Any], consumer: AIOKafkaConsumer) -> None:
        self.stage = stage
        self.settings = settings
        self.client = client
        self.group = group_of(stage, settings)
        self.consumer = consumer
        self.batches: list[Batch] = []
        self.errors: list[BaseException] = []

    async def put(self, batch: Batch) -> None:
        self.batches.append(batch)
        batch.done.set()

    def resume(self, partition: TopicPartition) -> None:
        self.consumer.resume(partition)

    def broken(self, error: BaseException) -> None:
        self.errors.append(error)

    def lane(self, partition: TopicPartition) -> Lane:
        return Lane(self, partition, asyncio.ensure_future(self.consumer.beginning_offsets([partition])))


async def _begin(stream: Stream, owner: Owner, partition: TopicPartition) -> AIOKafkaProducer:
    """The owner before: everything of its batch is written, only the end of its transaction is not yet."""
    before = producer(owner.client, f"{owner.group}-{partition.topic}-{partition.partition}")
    await before.start()
    await before.begin_transaction()
    for topic in (CLEAN, ENRICHED):
        for number in range(4):  # many partitions: their markers take their time
            await before.send_and_wait(stream.prefix + topic.name, b"x", key=b"k", partition=number)
    await before.send_offsets_to_transaction({partition: 10}, owner.group)
    return before


async def _assigned(
    stream: Stream, client: Mapping[str, Any], group: str, partition: TopicPartition
) -> AIOKafkaConsumer:
    """The next owner as aiokafka leaves it: assigned, its position resolved from what was committed until then."""
    consumer = AIOKafkaConsumer(
        **client,
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    consumer.subscribe([stream.prefix + RAW.name])
    await consumer.start()
    assert await consumer.position(partition) == 0
    consumer.pause(*consumer.assignment())
    return consumer


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the lane has no event for it
            await asyncio.sleep(0.01)


def test_an_owner_killed_between_endtxn_and_its_markers_is_not_repeated(stream: Stream) -> None:
    async def scene() -> tuple[int, list[Batch], list[BaseException]]:
        client = {"bootstrap_servers": stream.bootstrap}
        settings = Settings(topic_prefix=stream.prefix)
        partition = TopicPartition(stream.prefix + RAW.name, 0)
        consumer = await _assigned(stream, client, group_of(flow["clean"], settings), partition)
        owner = Owner(flow["clean"], settings, client, consumer)
        before = await _begin(stream, owner, partition)
        await before.commit_transaction()  # answered: the end is decided; the markers follow
        lane = owner.lane(partition)
        await _until(lambda: lane.ready or bool(owner.errors))
        await asyncio.sleep(1)
        await lane.give_back(1)
        await consumer.stop()
        await before.stop()
        return lane.position, owner.batches, owner.errors

    stream.produce([page(number) for number in range(10)], partition=0)
    position, batches, errors = asyncio.run(scene())
    assert (position, batches, errors) == (10, [], [])


def test_an_owner_killed_before_endtxn_leaves_nothing_behind(stream: Stream) -> None:
    async def scene() -> tuple[int, bool]:
        client = {"bootstrap_servers": stream.bootstrap}
        settings = Settings(topic_prefix=stream.prefix)
        partition = TopicPartition(stream.prefix + RAW.name, 0)
        consumer = await _assigned(stream, client, group_of(flow["clean"], settings), partition)
        owner = Owner(flow["clean"], settings, client, consumer)
        before = await _begin(stream, owner, partition)
        lane = owner.lane(partition)
        await _until(lambda: bool(owner.batches))
        read = len(owner.batches[0].records)
        fenced = False
        try:
            await before.commit_transaction()
        except ProducerFenced:
            fenced = True
        await lane.give_back(1)
        await consumer.stop()
        with suppress(ProducerFenced):
            await before.stop()
        return read, fenced

    stream.produce([page(number) for number in range(10)], partition=0)
    assert asyncio.run(scene()) == (10, True)
    assert stream.read(CLEAN) == []
