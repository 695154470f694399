"""Brings a partition's state back from its topic, before the first record is judged."""

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.dedupe.state import State

FETCH_BYTES = 8 * 2**20  # a restore is one long read


async def restore(state: State, client: Mapping[str, Any], partition: TopicPartition) -> None:
    """Load every committed row of the partition.

    The caller has fenced the only other writer, so the end does not move.
    """
    consumer = AIOKafkaConsumer(
        **client,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # a seek would race with aiokafka's own look for a position, which may win
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(partition, timeout_ms=100)).get(partition, []):
                state.load(record.key.decode(), record.value)
    finally:
        await consumer.stop()
