"""A batch's way: records of one partition → the stage → outcomes → one transaction.

A batch may be committed in parts: after `batch_seconds` of stage work, what is finished is committed and the rest goes
on, so that a rebalance or SIGTERM never waits long.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord

from streams.dedupe.state import Change, View
from streams.flow import Backend, Stage
from streams.settings import Settings
from streams.topics import DEAD_LETTER, RAW, Topic
from streams.transport.compute import Compute, asked
from streams.transport.compute_child import NOWHERE
from streams.transport.headers import EventHeaders, Origin, dead_letter_headers, rfc3339
from streams.transport.lane import Batch, Lane, group_of
from streams.transport.meter import StageMeter, Tally
from streams.transport.partition import partition_of
from streams.transport.record_batch import NO_HEADERS, Header, encode_headers
from streams.transport.transaction import Outbox
from streams.work import Changes, Output, Work

BREATH_SECONDS = 0.05  # heartbeats, metrics and other partitions wait no longer for the event loop
# Records above this run in a thread, so that a long text does not hold up heartbeats while a model reads it.
LARGE_BYTES = 64 * 1024
# So many records take each step together: what Python does to them in a row, it does from the processor's caches.
CHUNK = 32
MARGIN_BYTES = 2**19  # of the 1 MiB that topics after raw take more: for the record's own framing
# A bug in a stage, not in a page: more than 20 of the last 1,000 records, or half of a batch of 8 and more (fewer say
# nothing: one bad page is half of a batch of two).
BUGS = 20
BUGS_AMONG = 1000
HALF_OF_AT_LEAST = 8


Done = tuple[ConsumerRecord, Origin, list[Output]]  # a record, and what it became


class StageBroken(Exception):  # noqa: N818 - a state of the stage
    """A stage fails on too many records in the same way: it stops, rather than turn the input into dead letters."""


class Draft(NamedTuple):
    """What a batch is becoming, until it is committed."""

    outbox: Outbox
    tally: Tally
    now: bytes  # RFC 3339, for the events' `ce_time`


class BatchRunner:
    """Runs one stage over batches.

    Args:
        stage: the stage.
        settings: sizes and limits.
        version: the pipeline version.
        compute: where the stage runs if it is isolated.
        meter: what is counted.
    """

    def __init__(self, stage: Stage, settings: Settings, version: str, compute: Compute, meter: StageMeter) -> None:
        self._stage = stage
        self._settings = settings
        self._version = version
        self._compute = compute
        self._meter = meter
        self._work = Work(stage, settings, version)
        self._headers = EventHeaders(stage.name, version)
        # What is asked of every record is looked up once.
        self._trusted = stage.source is not RAW  # a stranger's headers say nothing of where a page stands in the input
        topics = (*stage.route.outputs, DEAD_LETTER)
        self._topics = {topic.name: (settings.topic_prefix + topic.name, topic) for topic in topics}
        self._backend = stage.backend(settings) if stage.backend else None
        self._bugs: dict[str, deque[int]] = {}
        self._seen = 0

    async def run(self, batch: Batch) -> None:
        """Take a batch to its end. Raises nothing: what goes wrong with the infrastructure is the lane's to know."""
        lane = batch.lane
        try:
            if self._backend:
                batch.answers = await self._ask(self._backend, lane, batch.records)
            while batch.records and lane.wanted:
                await self._step(batch)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - Faust would take the batch for done
            await lane.failed(error)
        finally:
            batch.done.set()

    async def _ask(self, backend: Backend, lane: Lane, records: Sequence[ConsumerRecord]) -> list[Any]:
        """Ask the back end about a batch, once. A lane that is to let go is not kept waiting: the batch is dropped."""
        asking = asyncio.ensure_future(backend.ask([record.value for record in records]))
        try:
            while lane.wanted and not asking.done():
                await asyncio.wait({asking}, timeout=BREATH_SECONDS)
            return asking.result() if lane.wanted else []
        finally:
            if asking.cancel():
                await asyncio.wait({asking})

    async def _step(self, batch: Batch) -> int:
        """Do as much of a batch as one transaction takes: so many records are committed."""
        lane, draft = batch.lane, Draft(Outbox(), Tally(), rfc3339())
        batch.oldest = batch.records[0].timestamp
        changes = await (self._run_there if self._stage in self._compute else self._run_here)(batch, draft)
        outbox, tally, _ = draft
        self._check_bugs(tally)
        if not lane.current or not tally.records:
            return 0  # the partition is another worker's by now, or was given up before the work began: drop
        if self._stage.state:
            name = self._settings.topic_prefix + self._stage.state.name
            for change in changes:
                outbox.add(name, lane.partition.partition, change.article_id.encode(), change.value, NO_HEADERS)
        begin = time.monotonic()
        following = tally.last + 1
        ends = await outbox.commit(lane.producer, {lane.partition: following}, group_of(self._stage, self._settings))
        self._meter.transaction_seconds.observe(time.monotonic() - begin)
        lane.committed(following, changes, ends)
        self._meter.committed(tally, outbox)
        return tally.records

    async def _run_there(self, batch: Batch, draft: Draft) -> Changes:
        batch.lane.waits()
        results = await self._compute.run(  # nobody here holds the values when it is done
            self._stage, [asked(record, trusted=self._trusted) for record in batch.records], batch.lane.goes_on
        )
        for start in range(0, len(results), CHUNK):
            made = results[start : start + CHUNK]
            some, _ = batch.take(len(made))
            self._deliver(
                [(record, self._origin(record), outputs) for record, outputs in zip(some, made, strict=True)], draft
            )
        return []

    async def _run_here(self, batch: Batch, draft: Draft) -> Changes:
        changes: list[Change] = []
        view = View(batch.lane.state) if batch.lane.state is not None else None
        most_seconds = self._settings.batch_seconds
        begin = breath = moment = time.monotonic()
        while batch.records and moment - begin <= most_seconds:
            some, answers = batch.take(CHUNK)
            origins = [self._origin(record) for record in some]
            results: list[list[Output]] = []
            for record, origin, answer in zip_longest(some, origins, answers):
                arrival = NOWHERE if view is None else origin.arrival(self._version)
                arguments = (record.value, arrival, origin.reason, record.key, view)
                if record.value and len(record.value) > LARGE_BYTES:
                    outputs, changed = await asyncio.to_thread(self._work, *arguments, answer=answer)
                else:
                    outputs, changed = self._work(*arguments, answer=answer)
                results.append(outputs)
                changes += changed
                moment = time.monotonic()
                if moment - begin > most_seconds:
                    break
                if moment - breath > BREATH_SECONDS:
                    await asyncio.sleep(0)
                    breath = time.monotonic()
            batch.put_back(some[len(results) :], answers[len(results) :])
            self._deliver(list(zip(some, origins, results, strict=False)), draft)
        self._meter.seconds.observe(time.monotonic() - begin)
        return changes

    def _origin(self, record: ConsumerRecord) -> Origin:
        return Origin(record, trusted=self._trusted)

    def _deliver(self, done: Sequence[Done], draft: Draft) -> None:
        """Put what records became where it belongs."""
        outbox, tally, now = draft
        tally.add(done)
        for record, origin, outputs in done:
            for output in outputs:
                if output.topic is None:
                    continue
                name, topic = self._topics[output.topic]
                if output.outcome == "dead_letter":
                    key, value, told = self._dead_letter(output, record)
                    outbox.add(name, record.partition, key, value, encode_headers(told))
                    continue
                headers = self._headers.encoded(output, origin, now)
                for partition in self._partitions(topic, output, record.partition):
                    outbox.add(name, partition, output.key, output.value, headers)

    def _dead_letter(self, output: Output, record: ConsumerRecord) -> tuple[bytes | None, bytes | None, list[Header]]:
        headers = dead_letter_headers(output, record, self._stage.name, self._version)
        value = output.value if output.part_of else record.value
        size = sum(len(name) + len(told or b"") for name, told in (*headers, ("", record.key), ("", value)))
        if size <= self._settings.max_record_bytes + MARGIN_BYTES:
            return record.key, value, headers
        # Larger than any topic takes: much in a small gzip, or huge headers. Only its place in the input is kept.
        own = [header for header in headers if header[0].startswith("dlq.")]
        return None, b"", [*own, ("dlq.bytes", b"%d" % size)]

    def _partitions(self, topic: Topic, output: Output, read_from: int) -> Sequence[int]:
        if output.everywhere:
            return range(self._settings.partitions)
        if topic.partition == "input":
            return (read_from,)
        return (partition_of(output.key or b"", self._settings.partitions),)

    def _check_bugs(self, tally: Tally) -> None:
        seen, self._seen = self._seen, self._seen + tally.records
        for message, numbers in tally.bugs.items():
            recent = self._bugs.setdefault(message, deque(maxlen=BUGS + 1))
            recent.extend(seen + number for number in numbers)
            half = tally.records >= HALF_OF_AT_LEAST and len(numbers) * 2 >= tally.records
            if half or (len(recent) > BUGS and self._seen - recent[0] < BUGS_AMONG):
                raise StageBroken(f"{self._stage.name} fails on too many records: {message}")
