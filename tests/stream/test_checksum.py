"""What a broker gives that is not what was written stops the worker; aiokafka's consumer is made to look."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException
from aiokafka.protocol.fetch import FetchRequest

from streams.topics import RAW
from streams.transport.checksum import check_fetched
from tests.stream.stream import Stream


def test_a_consumer_refuses_a_byte_that_changed(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    stream.produce([b"a page"], partition=0)
    monkeypatch.setattr("aiokafka.consumer.fetcher.MemoryRecords", None)  # back as it was at the end
    check_fetched()

    async def scene() -> None:
        async with AIOKafkaConsumer(
            bootstrap_servers=stream.bootstrap, auto_offset_reset="earliest", check_crcs=False
        ) as consumer:
            partition = TopicPartition(stream.prefix + RAW.name, 0)
            send = consumer._client.send

            async def changing(node: int, request: Any, **arguments: Any) -> Any:
                answer = await send(node, request, **arguments)
                if isinstance(request, FetchRequest):
                    [(topic, [(*about, data)])] = answer.topics
                    answer.topics = [(topic, [(*about, data.replace(b"a page", b"a pagf"))])]
                return answer

            monkeypatch.setattr(consumer._client, "send", changing)
            consumer.assign([partition])
            with pytest.raises(CorruptRecordException, match="a record batch at 0"):
                await consumer.getmany(partition, timeout_ms=10_000)

    asyncio.run(scene())
