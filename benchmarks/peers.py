"""The same four stages over four topics, as others move records: `benchmarks.peers NAME BOOTSTRAP PREFIX COUNT`.

Reads COUNT pages from the topic PREFIX-raw, writes PREFIX-NAME-clean, -unique, -tagged and -enriched, which exist, and
prints one JSON object: CPU of the process from its first record to the end of the last one (µs an article), and a
digest of the enriched values. Every stage is `benchmarks.stages`' own, with one decode and one encode of the same typed
event a hop, as in the bare functions; no peer has our headers, state, dead letters or metrics.
"""

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.stages import HOPS, hop
from streams.dedupe.state import State, View
from streams.memory import spare_garbage_collector

MADE = ("clean", "unique", "tagged", "enriched")
BATCH = 500  # records, as newsflow's
ASIDE = Path(sys.prefix) / "peers"  # where `make bench` installs them: none is a dependency of newsflow


class Run:
    """One run of a peer: its names, its stages, and what it takes.

    Args:
        name: of the peer.
        prefix: of the topics.
        count: pages to read.
    """

    def __init__(self, name: str, prefix: str, count: int) -> None:
        self.topics = [f"{prefix}-raw", *(f"{prefix}-{name}-{made}" for made in MADE)]
        self.group = f"{prefix}-{name}"
        self.count = count
        self.enriched: list[bytes] = []
        self._view = View(State(window_ms=2**40, max_entries=10**6))
        self._begin: float | None = None

    def stages(self) -> Iterator[tuple[int, str, str]]:
        """Yield each stage's number and its topics."""
        yield from ((number, *self.topics[number : number + 2]) for number in range(len(HOPS)))

    def hop(self, number: int, value: bytes) -> bytes:
        """Do one stage's work on one record."""
        if self._begin is None:
            self._begin = time.process_time()
        value = hop(HOPS[number], value, self._view, "")
        if number + 1 == len(HOPS):
            self.enriched.append(value)
        return value

    @property
    def done(self) -> bool:
        """Whether all articles have come through."""
        return len(self.enriched) >= self.count

    def told(self) -> str:
        """Say what the run took and made."""
        cpu = time.process_time() - (self._begin or 0.0)
        assert len(self.enriched) == self.count, f"{len(self.enriched)} enriched of {self.count}"
        return json.dumps({"us": cpu / self.count * 1e6, "digest": digest(self.enriched)})


def digest(values: list[bytes]) -> str:
    """Hash values, whatever their order."""
    return hashlib.sha256(b"".join(sorted(hashlib.sha256(value).digest() for value in values))).hexdigest()


# ------------------------------------------------------------------------------------------------------- aiokafka


def raw_aiokafka(run: Run, bootstrap: str) -> None:
    """Loop over batches, at least once: outputs are acknowledged, then the position is committed."""
    asyncio.run(_loops(run, bootstrap, transactional=False))


def raw_aiokafka_tx(run: Run, bootstrap: str) -> None:
    """Loop over batches, a transaction each: exactly once while nobody else reads."""
    asyncio.run(_loops(run, bootstrap, transactional=True))


async def _loops(run: Run, bootstrap: str, *, transactional: bool) -> None:
    await asyncio.gather(*(_loop(run, bootstrap, *stage, transactional=transactional) for stage in run.stages()))


async def _loop(run: Run, bootstrap: str, number: int, source: str, target: str, *, transactional: bool) -> None:
    group = f"{run.group}-{number}"
    identity = f"{group}-producer" if transactional else None
    async with (
        AIOKafkaConsumer(
            source,
            bootstrap_servers=bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=5 * 2**20,
        ) as consumer,
        AIOKafkaProducer(
            bootstrap_servers=bootstrap, transactional_id=identity, enable_idempotence=True, max_batch_size=2**20
        ) as producer,
    ):
        while not run.done:
            for partition, records in (await consumer.getmany(timeout_ms=100, max_records=BATCH)).items():
                values = [run.hop(number, record.value) for record in records]
                position = {partition: records[-1].offset + 1}
                if transactional:
                    async with producer.transaction():
                        await _send(producer, target, partition, values)
                        await producer.send_offsets_to_transaction(position, group)
                else:
                    await _send(producer, target, partition, values)
                    await consumer.commit(position)


async def _send(producer: AIOKafkaProducer, topic: str, partition: TopicPartition, values: list[bytes]) -> None:
    sent, batch = [], producer.create_batch()
    for value in values:
        if batch.append(timestamp=None, key=b"k", value=value) is None:
            sent.append(await producer.send_batch(batch, topic, partition=partition.partition))
            batch = producer.create_batch()
            batch.append(timestamp=None, key=b"k", value=value)
    sent.append(await producer.send_batch(batch, topic, partition=partition.partition))
    await asyncio.gather(*sent)


# ------------------------------------------------------------------------------------------------ librdkafka, Quix


def confluent(run: Run, bootstrap: str) -> None:
    """Loop over batches with librdkafka, at least once, the stages in turn."""
    from confluent_kafka import Consumer, Producer  # noqa: PLC0415 - installed aside, and only this peer's

    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
    settings = {
        "bootstrap.servers": bootstrap,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
    }
    consumers = []
    for number, source, _ in run.stages():
        consumers.append(Consumer({**settings, "group.id": f"{run.group}-{number}"}))
        consumers[-1].subscribe([source])
    while not run.done:
        for (number, _, target), consumer in zip(run.stages(), consumers, strict=True):
            records = consumer.consume(BATCH, timeout=0.05)
            for record in records:
                assert record.error() is None, record.error()
                producer.produce(target, run.hop(number, record.value()), b"k", record.partition())
            if records:
                producer.flush()
                consumer.commit(asynchronous=False)


def quix_at_least_once(run: Run, bootstrap: str) -> None:
    """Run four dataframes of one Quix application."""
    _quix(run, bootstrap, "at-least-once")


def quix_exactly_once(run: Run, bootstrap: str) -> None:
    """Run four dataframes of one Quix application, a transaction a checkpoint."""
    _quix(run, bootstrap, "exactly-once")


def _quix(run: Run, bootstrap: str, guarantee: str) -> None:
    from quixstreams import Application  # noqa: PLC0415 - installed aside, and only this peer's

    application = Application(
        broker_address=bootstrap,
        consumer_group=run.group,
        auto_offset_reset="earliest",
        processing_guarantee=guarantee,
        commit_every=BATCH * len(HOPS),  # a checkpoint covers all four stages
        commit_interval=0.5,
        auto_create_topics=False,
        loglevel="WARNING",
    )
    raw = {"value_deserializer": "bytes", "value_serializer": "bytes", "key_serializer": "bytes"}

    def stage(number: int) -> Callable[[bytes], bytes]:
        def work(value: bytes) -> bytes:
            made = run.hop(number, value)
            if run.done:
                application.stop()  # once this record's checkpoint is committed
            return made

        return work

    for number, source, target in run.stages():
        frame = application.dataframe(application.topic(source, **raw))
        frame.apply(stage(number)).to_topic(application.topic(target, **raw))
    application.run()


# ---------------------------------------------------------------------------------------------------------- Faust


def faust_guide(run: Run, bootstrap: str) -> None:
    """Write agents as Faust's guide does: `async for`, and a send a record."""
    import faust  # noqa: PLC0415 - loads for a second, and only for this peer

    app = faust.App(
        run.group,
        broker=f"kafka://{bootstrap}",
        consumer_auto_offset_reset="earliest",
        topic_disable_leader=True,  # its topic would have to be made
        web_enabled=False,
        datadir=os.devnull + "-none",
    )
    app._create_directories = lambda: None  # noqa: SLF001 - Faust's tables want directories; there are no tables
    topics = [app.topic(name, value_type=bytes, value_serializer="raw") for name in run.topics]

    def add(number: int, source: faust.Topic, target: faust.Topic) -> None:
        @app.agent(source, name=f"stage-{number}")  # type: ignore[untyped-decorator] # Faust has no types
        async def agent(values: faust.Stream[bytes]) -> None:
            async for value in values:
                await target.send(value=run.hop(number, value))
                if run.done:
                    print(run.told(), flush=True)
                    os._exit(0)  # Faust takes seconds to stop, which are no part of the work

    for number in range(len(HOPS)):
        add(number, *topics[number : number + 2])
    faust.Worker(app, loglevel="warning", redirect_stdouts=False, quiet=True).execute_from_commandline()


PEERS = {
    peer.__name__: peer
    for peer in (raw_aiokafka, raw_aiokafka_tx, confluent, quix_at_least_once, quix_exactly_once, faust_guide)
}


def main() -> None:
    """Run one peer."""
    name, bootstrap, prefix, count = sys.argv[1:]
    sys.path.append(str(ASIDE))
    run = Run(name, prefix, int(count))
    spare_garbage_collector()
    PEERS[name](run, bootstrap)
    print(run.told(), flush=True)


if __name__ == "__main__":
    main()
