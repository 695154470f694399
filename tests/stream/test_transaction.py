"""Transactions on a real broker: whole, or not at all, and once, whatever becomes of the answers."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerClosed
from aiokafka.protocol.transaction import AddPartitionsToTxnResponse_v0, InitProducerIdRequest

from streams.topics import CLEAN, RAW, UNIQUE, Topic
from streams.transport import transaction
from streams.transport.producer import Producer
from streams.transport.record_batch import NO_HEADERS
from streams.transport.transaction import RECORD_BATCH_BYTES, Fenced, Outbox, TopicTooSmall, producer
from streams.transport.worker import say
from tests.stream.stream import Stream

VALUE = bytes(1000)


@pytest.fixture(params=["0", "2"])
def transaction_version(request: pytest.FixtureRequest) -> str:
    """Of the cluster."""
    return str(request.param)


@pytest.fixture
def bootstrap(request: pytest.FixtureRequest, transaction_version: str, bootstrap: str) -> str:
    """A broker that has transactions so."""
    return bootstrap if transaction_version == "2" else str(request.getfixturevalue("upgraded"))


@asynccontextmanager
async def _producer(stream: Stream) -> AsyncIterator[Producer]:
    writer = producer({"bootstrap_servers": stream.bootstrap}, f"{stream.prefix}transaction")
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


def _outbox(stream: Stream, topics: tuple[Topic, ...], count: int, value: bytes = VALUE) -> Outbox:
    outbox = Outbox()
    for topic in topics:
        for number in range(count):
            outbox.add(stream.prefix + topic.name, number % 4, b"%d" % number, value, NO_HEADERS)
    return outbox


async def _commit(stream: Stream, writer: Producer, outbox: Outbox, position: int) -> dict[TopicPartition, int]:
    return await outbox.commit(writer, {TopicPartition(stream.prefix + RAW.name, 0): position}, _group(stream))


def _group(stream: Stream) -> str:
    return f"{stream.prefix}group"


def _keys(stream: Stream, topic: Topic, count: int) -> list[bytes]:
    """The keys of all records of a topic, once there are so many: markers take their time."""
    stream.wait(lambda: len(stream.read(topic)) >= count)
    return [record.key for record in stream.read(topic)]


async def _position(stream: Stream) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=stream.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(_group(stream))
    finally:
        await admin.close()
    return int(offsets[TopicPartition(stream.prefix + RAW.name, 0)].offset)


def test_transactions_follow_one_another_and_tell_where_they_end(stream: Stream) -> None:
    async def scene() -> list[dict[TopicPartition, int]]:
        async with _producer(stream) as writer:
            return [
                await _commit(stream, writer, _outbox(stream, (CLEAN, UNIQUE), 400), position)
                for position in (400, 800, 1200)
            ]

    ends = asyncio.run(scene())
    for topic in (CLEAN, UNIQUE):
        assert Counter(_keys(stream, topic, 1200)) == {b"%d" % number: 3 for number in range(400)}
    assert asyncio.run(_position(stream)) == 1200
    partition = TopicPartition(stream.prefix + CLEAN.name, 1)
    assert [found[partition] for found in ends] == [0, 101, 202]  # a hundred records, and the marker


def test_more_than_a_record_batch_holds_goes_in_several(stream: Stream) -> None:
    async def scene() -> dict[TopicPartition, int]:
        async with _producer(stream) as writer:
            return await _commit(stream, writer, _outbox(stream, (CLEAN,), 40, bytes(RECORD_BATCH_BYTES // 4)), 40)

    ends = asyncio.run(scene())
    _keys(stream, CLEAN, 40)
    assert [record.key for record in stream.read(CLEAN) if record.partition == 1] == [
        b"%d" % number for number in range(1, 40, 4)
    ]
    assert ends[TopicPartition(stream.prefix + CLEAN.name, 1)] == 9  # three of ten in each, the last alone


def test_a_batch_that_became_nothing_moves_the_position(stream: Stream) -> None:
    async def scene() -> int:
        async with _producer(stream) as writer:
            await _commit(stream, writer, Outbox(), 7)
        return await _position(stream)

    assert asyncio.run(scene()) == 7


def _first(every: str) -> Callable[[Any], bool]:
    asked: Counter[str] = Counter()

    def first(request: Any) -> bool:
        asked[every] += every in type(request).__name__
        return every in type(request).__name__ and asked[every] == 1

    return first


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize(
    ("transaction_version", "request_name"),
    [
        *(("0", name) for name in ("AddPartitionsToTxn", "AddOffsetsToTxn", "Produce", "TxnOffsetCommit", "EndTxn")),
        *(("2", name) for name in ("Produce", "TxnOffsetCommit", "EndTxn")),
    ],
)
def test_what_is_lost_on_the_way_is_asked_again_and_done_once(
    stream: Stream, monkeypatch: pytest.MonkeyPatch, request_name: str, done: bool
) -> None:
    async def scene() -> dict[TopicPartition, int]:
        async with _producer(stream) as writer:
            send, lost = writer.client.send, _first(request_name)

            async def losing(node: int, request: Any, **arguments: Any) -> Any:
                if not lost(request):
                    return await send(node, request, **arguments)
                if done:  # the broker does it, and its answer is lost
                    await send(node, request, **arguments)
                raise KafkaConnectionError("the connection broke")

            monkeypatch.setattr(writer.client, "send", losing)
            await _commit(stream, writer, _outbox(stream, (CLEAN, UNIQUE), 80), 80)
            return await _commit(stream, writer, _outbox(stream, (CLEAN,), 80), 160)

    ends = asyncio.run(scene())
    assert Counter(_keys(stream, CLEAN, 160)) == {b"%d" % number: 2 for number in range(80)}
    assert Counter(_keys(stream, UNIQUE, 80)) == {b"%d" % number: 1 for number in range(80)}
    assert asyncio.run(_position(stream)) == 160
    assert ends[TopicPartition(stream.prefix + CLEAN.name, 3)] == 21


def test_a_leader_that_is_not_known_is_looked_for(
    stream: Stream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            leaders = iter([None, -1, 77])  # unknown, being elected, gone
            known = writer.client.cluster.leader_for_partition
            monkeypatch.setattr(
                writer.client.cluster, "leader_for_partition", lambda partition: next(leaders, known(partition))
            )
            await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)

    asyncio.run(scene())
    assert sorted(_keys(stream, CLEAN, 8)) == [b"%d" % number for number in range(8)]
    assert "id None" not in caplog.text  # nobody is not asked


@pytest.mark.parametrize("next_owner", ["before", "at the end", "half at the end"])
def test_a_fenced_owner_writes_nothing(stream: Stream, monkeypatch: pytest.MonkeyPatch, next_owner: str) -> None:
    async def scene() -> None:
        async with _producer(stream) as before:
            await _commit(stream, before, _outbox(stream, (CLEAN,), 8), 8)
            if next_owner == "before":
                async with _producer(stream):
                    with pytest.raises(Fenced):
                        await _commit(stream, before, _outbox(stream, (CLEAN, UNIQUE), 8), 16)
                return
            send, lost = before.client.send, _first("EndTxn")

            async def overtaken(node: int, request: Any, **arguments: Any) -> Any:
                if lost(request):
                    if next_owner == "at the end":
                        async with _producer(stream):
                            pass
                    else:  # it has had the transaction aborted, and not yet got its epoch
                        await send(node, InitProducerIdRequest(f"{stream.prefix}transaction", 10_000), **arguments)
                return await send(node, request, **arguments)

            monkeypatch.setattr(before.client, "send", overtaken)
            with pytest.raises(Fenced):
                await _commit(stream, before, _outbox(stream, (CLEAN, UNIQUE), 8), 16)

    asyncio.run(scene())
    assert len(_keys(stream, CLEAN, 8)) == 8
    assert not stream.read(UNIQUE)
    assert asyncio.run(_position(stream)) == 8


def test_what_the_broker_did_not_look_at_is_written_all_the_same(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            send, asked = writer.client.send, Counter[str]()

            async def refusing(node: int, request: Any, **arguments: Any) -> Any:
                """Refuse what adds partitions, as a coordinator does that has not heard of the last one yet."""
                name = type(request).__name__
                asked[name] += 1
                adds = "Produce" in name if writer._requests.join else "AddPartitions" in name
                if not adds or asked[name] > 1:
                    return await send(node, request, **arguments)
                topic = stream.prefix + CLEAN.name
                if "Produce" in name:
                    told: list[Any] = [
                        (number, 3 if number == 3 else 55, -1, -1, -1, [], None, {}) for number in range(4)
                    ]
                    return request.RESPONSE_TYPE([(topic, told, {})], 0, {})
                return AddPartitionsToTxnResponse_v0(0, [(topic, [(0, 55), (1, 55), (2, 55), (3, 3)])])

            monkeypatch.setattr(writer.client, "send", refusing)
            await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)

    asyncio.run(scene())
    assert sorted(_keys(stream, CLEAN, 8)) == [b"%d" % number for number in range(8)]


def test_who_does_not_know_what_became_of_a_transaction_writes_no_other(stream: Stream) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)
            first = asyncio.ensure_future(_commit(stream, writer, _outbox(stream, (CLEAN,), 8), 16))
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait([first])
            with pytest.raises(ProducerClosed):
                await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 16)

    asyncio.run(scene())
    assert len(_keys(stream, CLEAN, 8)) == 8


@pytest.mark.parametrize("transaction_version", ["2"])  # before, it does: docs/guarantees.md
def test_an_end_that_comes_late_does_not_end_the_next_transaction(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            send, ends = writer.client.send, []

            async def delaying(node: int, request: Any, **arguments: Any) -> Any:
                if "EndTxn" in type(request).__name__:
                    ends.append(request)
                if "TxnOffsetCommit" in type(request).__name__ and ends:
                    await send(node, ends[0])
                return await send(node, request, **arguments)

            monkeypatch.setattr(writer.client, "send", delaying)
            await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)
            monkeypatch.setattr(transaction, "COMMIT_SECONDS", 5)
            await _commit(stream, writer, _outbox(stream, (CLEAN, UNIQUE), 8), 16)

    asyncio.run(scene())
    assert len(_keys(stream, CLEAN, 16)) == 16
    assert len(_keys(stream, UNIQUE, 8)) == 8
    assert asyncio.run(_position(stream)) == 16


def test_a_look_for_a_coordinator_that_is_lost_is_done_again(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            look, lost = writer.client.coordinator_lookup, iter([True])

            async def losing(kind: Any, key: str) -> Any:
                if next(lost, False):
                    raise KafkaConnectionError("the connection broke")
                return await look(kind, key)

            monkeypatch.setattr(writer.client, "coordinator_lookup", losing)
            await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)

    asyncio.run(scene())
    assert len(_keys(stream, CLEAN, 8)) == 8


@pytest.mark.parametrize("request_name", ["TxnOffsetCommit", "Produce", "EndTxn"])
def test_who_is_stopped_asks_no_more(stream: Stream, monkeypatch: pytest.MonkeyPatch, request_name: str) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            send = writer.client.send

            async def stopping(node: int, request: Any, **arguments: Any) -> Any:
                answer = asyncio.ensure_future(send(node, request, **arguments))
                if request_name in type(request).__name__:
                    await asyncio.sleep(0)
                    await writer.stop()
                return await answer

            monkeypatch.setattr(writer.client, "send", stopping)
            with pytest.raises(ProducerClosed):
                await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)
            assert not any(connection.connected() for connection in writer.client._conns.values())

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (19, "TimeoutError: the broker took no transaction within 0.5 s: .*NotEnoughReplicasError: {topic}$"),
        (29, "TopicAuthorizationFailedError: .*{topic}$"),
        (87, "UnknownError: .*{topic}, Kafka's code 87$"),
        (49, "Fenced: another has taken the transactional id"),
    ],
)
def test_what_a_transaction_fails_for_is_told(
    stream: Stream, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    monkeypatch.setattr(transaction, "COMMIT_SECONDS", 0.5)

    async def scene() -> str:
        async with _producer(stream) as writer:
            send = writer.client.send

            async def refusing(node: int, request: Any, **arguments: Any) -> Any:
                answer = await send(node, request, **arguments)
                if "Produce" in type(request).__name__:
                    [(topic, partitions, *tags)] = answer.topics
                    answer.topics = [(topic, [(number, code, *rest) for number, _, *rest in partitions], *tags)]
                return answer

            monkeypatch.setattr(writer.client, "send", refusing)
            with pytest.raises((KafkaError, TimeoutError, Fenced)) as raised:
                await _commit(stream, writer, _outbox(stream, (CLEAN,), 8), 8)
            return say(raised.value)

    assert re.match(told.format(topic=stream.prefix + CLEAN.name), asyncio.run(scene()))


def test_what_the_broker_does_not_take_is_told_and_nothing_is_written(stream: Stream) -> None:
    async def scene() -> None:
        async with _producer(stream) as writer:
            outbox = _outbox(stream, (UNIQUE,), 4)
            outbox.add(stream.prefix + CLEAN.name, 0, b"k", bytes(30 * 2**20), NO_HEADERS)
            with pytest.raises(TopicTooSmall, match="topics check"):
                await _commit(stream, writer, outbox, 4)

    asyncio.run(scene())
    assert not stream.read(UNIQUE)
