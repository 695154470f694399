"""A stream on the real broker: its topics, its workers as processes, what they wrote."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from streams.topics import CLEAN, DEAD_LETTER, DUPLICATE, ENRICHED, RAW, Topic

PARTITIONS = 4  # the default
NEWSFLOW = Path(sys.executable).parent / "newsflow"


class Stream:
    """One test's topics and workers."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.directory = directory
        self.workers: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NEWSFLOW_", "KAFKA_"))},
            "KAFKA_BOOTSTRAP": bootstrap,
            "NEWSFLOW_TOPIC_PREFIX": prefix,
            "PYTHONPATH": str(Path(__file__).parents[2]),  # flows that tests make up
        }

    def newsflow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [NEWSFLOW, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def worker(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own; its words go to a file."""
        log = self.directory / f"worker-{len(self.workers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [NEWSFLOW, "worker", *arguments],
                env={**self.environment, **environment},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.workers.append(process)
        return process

    def log(self, worker: subprocess.Popen[bytes]) -> str:
        """What a worker said."""
        return (self.directory / f"worker-{self.workers.index(worker)}.log").read_text()

    def web(self, worker: subprocess.Popen[bytes]) -> str:
        """Where a worker that was started with a --web-port serves its metrics and probes."""
        self.wait(lambda: "/metrics" in self.log(worker))
        [host] = re.findall(r"(http://127\.0\.0\.1:\d+)/metrics", self.log(worker))
        return str(host)

    def produce(
        self,
        values: Iterable[bytes | None],
        *,
        topic: Topic = RAW,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        compression: str | None = None,
    ) -> None:
        """Write records, by key where the value has a URL."""

        async def send() -> None:
            async with AIOKafkaProducer(
                bootstrap_servers=self.bootstrap,
                linger_ms=5,
                max_batch_size=2**20,
                max_request_size=30 * 2**20,
                compression_type=compression,
            ) as producer:
                sent = [
                    await producer.send(
                        self.prefix + topic.name,
                        value,
                        key=_key(value) or b"?",
                        partition=partition,
                        headers=list(headers),
                    )
                    for value in values
                ]
                await asyncio.gather(*sent)

        asyncio.run(send())

    def read(self, topic: Topic) -> list[ConsumerRecord]:
        """Read every committed record of a topic."""
        return asyncio.run(_read(self.bootstrap, self.prefix + topic.name))

    def values(self, topic: Topic) -> list[Any]:
        """Read every committed value of a topic, parsed."""
        return [json.loads(record.value) if record.value else None for record in self.read(topic)]

    def final(self) -> int:
        """Count what has come to its end: enriched, duplicates, dead letters."""
        return sum(len(self.read(topic)) for topic in (ENRICHED, DUPLICATE, DEAD_LETTER))

    def wait(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until something holds; a worker that ended meanwhile is shown."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                words = "\n".join(self.log(worker)[-3000:] for worker in self.workers)
                pytest.fail(f"not within {seconds} s; the workers said:\n{words}")
            time.sleep(0.2)

    def wait_final(self, count: int, seconds: float = 120) -> None:
        """Wait until so many records have come to their end."""
        self.wait(lambda: self.final() >= count, seconds)

    def books(self) -> dict[str, int]:
        """Count what the chain was given and what it made of it."""
        clean = self.values(CLEAN)
        return {
            "raw": len(self.read(RAW)),
            "parts": sum(1 for article in clean if article and article["part_of"]),
            "enriched": len(self.read(ENRICHED)),
            "duplicates": len(self.read(DUPLICATE)),
            "dead letters": len(self.read(DEAD_LETTER)),
        }

    def delete(self, topic: Topic, partition: int, before: int) -> None:
        """Delete a partition's first records, as retention does."""

        async def delete() -> None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
            await admin.start()
            try:
                records = {TopicPartition(self.prefix + topic.name, partition): RecordsToDelete(before)}
                await admin.delete_records(records)
            finally:
                await admin.close()

        asyncio.run(delete())

    def members(self, stage: str) -> int:
        """Count the workers in a stage's consumer group."""

        async def describe() -> int:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
            await admin.start()
            try:
                [response] = await admin.describe_consumer_groups([f"{self.prefix}newsflow.{stage}"])
            finally:
                await admin.close()
            [group] = response.groups
            return len(group[5])  # error, id, state, protocol type, protocol, members

        return asyncio.run(describe())

    def stop(self, worker: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> int:
        """Signal a worker's whole process group and wait for its end."""
        os.killpg(worker.pid, number)
        return worker.wait(40)


async def _read(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    found = []
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=30 * 2**20,
    ) as consumer:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                found += (await consumer.getmany(partition, timeout_ms=100)).get(partition, [])
    return found


def _key(value: bytes | None) -> bytes | None:
    try:
        return str(json.loads(value or b"")["url"]).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
