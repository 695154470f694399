"""Brings a partition's state back, from disk and from its topic, before the first record is judged."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.dedupe.state import State
from streams.logs import logger

log = logger(__name__)

# As many partitions as are assigned restore at once: what is fetched and parsed beyond this costs memory and no time.
FETCH_BYTES = 2**20
AT_ONCE = 500  # records
# Compaction forgets tombstones after delete.retention.ms (Kafka's default: a day): what is on disk may be no older.
STALE_MS = 12 * 3_600_000


async def restore(state: State, client: Mapping[str, Any], partition: TopicPartition) -> None:
    """Load every committed row of the partition; of what is on disk already, only what came after it.

    The caller has fenced the only other writer, so the end does not move.
    """
    consumer = AIOKafkaConsumer(
        **client,
        isolation_level="read_committed",
        enable_auto_commit=False,
        check_crcs=False,  # it is done by `checksum.py`
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        if await _fits(state, consumer, partition, end):
            for _ in state.revive():
                await asyncio.sleep(0)
            await consumer.position(partition)  # a seek would race with aiokafka's own look for a position
            consumer.seek(partition, state.offset)
        else:
            state.clear()
        kept = len(state)
        while await consumer.position(partition) < end:
            found = await consumer.getmany(partition, timeout_ms=100, max_records=AT_ONCE)
            for record in found.get(partition, []):
                state.load(record.key.decode(), record.value)
            state.keep(await consumer.position(partition), time.time_ns() // 1_000_000)
        log.info("state of %s/%s: %d rows, %d of them from disk", *partition, len(state), kept)
    finally:
        await consumer.stop()


async def _fits(state: State, consumer: AIOKafkaConsumer, partition: TopicPartition, end: int) -> bool:
    """Whether what is on disk is this topic up to an offset, rather than one of the same name that is gone.

    Records up to that offset were written before the disk was; those of a topic made anew were written after it.
    """
    if not state.written_at or time.time_ns() // 1_000_000 - state.written_at > STALE_MS:
        return False
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    if not beginning <= state.offset <= end:
        return False
    later = (await consumer.offsets_for_times({partition: state.written_at + 1}))[partition]
    return later is None or later.offset >= state.offset
