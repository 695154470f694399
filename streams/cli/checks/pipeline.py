"""Whether workers of another pipeline version write: the header of the newest events tells."""

import time
from collections.abc import Collection
from typing import Any

from aiokafka import TopicPartition

from streams.cli.connection import consumer, partitions_of
from streams.cli.terminal import one_line
from streams.cli.topics import Fault

RECENT_SECONDS = 300.0  # a roll-out of some workers is over by then
TAIL = 20  # offsets looked at: transactions leave markers among the records
FETCH_MS = 500
FETCH_SECONDS = 10.0  # for all of it, on a busy broker
VERSION = "news_pipeline_version"


async def others(client: Any, version: str, topics: Collection[str]) -> list[Fault]:
    """Look at the newest events of topics, and name each other pipeline version that wrote one just now."""
    partitions = [
        TopicPartition(topic, number)
        for topic, numbers in (await partitions_of(client, *topics)).items()
        for number in numbers
    ]
    newest: dict[str, tuple[int, str]] = {}
    async with consumer() as reader:
        for record in await _newest(reader, partitions):
            wrote = one_line((dict(record.headers).get(VERSION) or b"").decode("utf-8", "replace"))
            if wrote and wrote != version:
                newest[wrote] = max(newest.get(wrote, (0, "")), (record.timestamp, record.topic))
    ages = {wrote: time.time() - stamp / 1000 for wrote, (stamp, _) in newest.items()}
    return [
        Fault(
            f"a worker of pipeline {wrote} wrote {newest[wrote][1]} {max(0, age):.0f} s ago, this is {version}: end "
            "the roll-out or the roll-back, or give all workers the same package and the same NEWSFLOW_ settings"
        )
        for wrote, age in sorted(ages.items())
        if age < RECENT_SECONDS
    ]


async def _newest(reader: Any, partitions: list[TopicPartition]) -> list[Any]:
    if not partitions:
        return []
    reader.assign(partitions)
    ends = await reader.end_offsets(partitions)
    begins = await reader.beginning_offsets(partitions)
    found = []
    for partition, end in ends.items():
        await reader.position(partition)  # a seek would race with aiokafka's own look for a position
        reader.seek(partition, max(begins[partition], end - TAIL))
    left = {partition for partition, end in ends.items() if end > begins[partition]}
    deadline = time.monotonic() + FETCH_SECONDS
    while left and time.monotonic() < deadline:
        records = await reader.getmany(*left, timeout_ms=FETCH_MS)
        found += [record for each in records.values() for record in each]
        left = {partition for partition in left if await reader.position(partition) < ends[partition]}
    return found
