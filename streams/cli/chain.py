"""All stages without Kafka: what `enrich` and `explain` run. The same work on the same bytes as in the stream.

Positions count the input (`enrich/0/<n>`) and no clock is read, so that values are a function of the input alone.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from streams.clean import times
from streams.cli.inputs import raw_key
from streams.dedupe.state import State, View
from streams.flow import Flow, Stage
from streams.settings import Settings
from streams.transport.compute import Compute, asked
from streams.transport.headers import EventHeaders, Origin, dead_letter_headers, rfc3339
from streams.transport.record_batch import Header
from streams.work import Output, Work

# `news_ingested_at` is the broker's time of a record. There is no broker: a page came when it was fetched, or with the
# one before it. 0 would read as not known.
UNKNOWN = 1
PLACE = "enrich"
# Enough records for a hand-over to cost little beside a page's milliseconds, few enough for output to flow.
BATCH_RECORDS = 32
BATCH_BYTES = 4 * 2**20


class Landed(NamedTuple):
    """What a stage made of a record."""

    record: ConsumerRecord  # that it was made of
    origin: Origin
    output: Output
    headers: list[Header]

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the input: number of the record, and of the part."""
        _, number, part = self.origin.position.rsplit(b"/", 2)
        return int(number), self.output.part or int(part)

    @property
    def topic(self) -> str:
        """The topic as it is written."""
        return self.output.topic or ""

    @property
    def value(self) -> bytes | None:
        """The value as it is written: a dead letter's is what was read, unless it is a part of that."""
        if self.output.outcome == "dead_letter" and not self.output.part_of:
            return bytes(self.record.value)
        return self.output.value

    @property
    def key(self) -> bytes | None:
        """The key as it is written."""
        key: bytes | None = self.record.key if self.output.outcome == "dead_letter" else self.output.key
        return key


class Step(NamedTuple):
    """What one stage did with a batch."""

    stage: str
    seconds: float
    landed: list[Landed]


class Chain:
    """A flow's stages, one after another, and the state that they keep.

    Args:
        flow: the flow.
        settings: its limits and sizes.
        independent: each page meets an empty state.
    """

    def __init__(self, flow: Flow, settings: Settings, *, independent: bool = False) -> None:
        self._flow = flow
        self._settings = settings
        self._independent = independent
        version = flow.pipeline_version(settings)
        self.version = version
        self._work = {stage.name: Work(stage, settings, version) for stage in flow}
        self._headers = {stage.name: EventHeaders(stage.name, version) for stage in flow}
        self._compute = Compute(list(flow), settings)
        self._backend = {stage.name: stage.backend(settings) for stage in flow if stage.backend}
        self._in_turn = [stage.name for stage in flow if stage.state or self._backend.get(stage.name)]
        self._ahead = settings.compute_processes + 1  # a batch in each process, and one that waits
        self._states = {stage.name: State.empty(self._settings) for stage in flow if stage.state}
        self._page = {stage.name: b"" for stage in flow if stage.state}
        self._time = UNKNOWN

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Chain"]:
        """Start the compute processes, for the length of a `with` block."""
        try:
            await self._compute.start()
            yield self
        finally:
            await self._compute.stop()
            await asyncio.gather(*(backend.close() for backend in self._backend.values() if backend))

    async def steps(self, values: Sequence[bytes], first: int = 0) -> list[Step]:
        """Take one batch through every stage. `first`: how many records came before."""
        return await self._through(values, first, {}, {})

    async def finals(self, values: Iterable[bytes]) -> AsyncIterator[Landed]:
        """Take any number of records through every stage; give what remains of each at its end, in input order.

        Batches are at work side by side; a stage with a state or a back end takes them in their order.
        """
        waiting: deque[asyncio.Task[list[Step]]] = deque()
        first = 0
        passed: dict[str, asyncio.Event] = {}
        try:
            for batch in _batches(values):
                before, passed = passed, {stage: asyncio.Event() for stage in self._in_turn}
                waiting.append(asyncio.ensure_future(self._through(batch, first, before, passed)))
                first += len(batch)
                await asyncio.sleep(0)
                if len(waiting) > self._ahead:
                    for final in self._finals(await waiting.popleft()):
                        yield final
            while waiting:
                for final in self._finals(await waiting.popleft()):
                    yield final
        finally:
            for task in waiting:
                task.cancel()

    async def _through(
        self,
        values: Sequence[bytes],
        first: int,
        before: Mapping[str, asyncio.Event],
        passed: Mapping[str, asyncio.Event],
    ) -> list[Step]:
        """Take a batch through every stage: through some after the batch `before`, and tell when it has `passed`."""
        records = self._records(values, first)
        steps: list[Step] = []
        for stage in self._flow:
            if stage.name in before:
                await before[stage.name].wait()
            step = await self._step(stage, records, trusted=bool(steps))
            if stage.name in passed:
                passed[stage.name].set()
            steps.append(step)
            name = stage.next.name
            records = [
                as_record(name, landed.place[0], landed.key, landed.value, landed.headers, timestamp=UNKNOWN)
                for landed in step.landed
                if landed.topic == name
            ]
        return steps

    def _records(self, values: Sequence[bytes], first: int) -> list[ConsumerRecord]:
        records = []
        for number, value in enumerate(values):
            self._time = _fetched_at(value) or self._time
            records.append(as_record(PLACE, first + number, raw_key(value), value, [], timestamp=self._time))
        return records

    async def _step(self, stage: Stage, records: list[ConsumerRecord], *, trusted: bool) -> Step:
        begin = time.perf_counter()
        origins = [Origin(record, trusted=trusted) for record in records]
        if stage in self._compute:
            results: list[list[Output]] = []
            values = [asked(record, trusted=trusted) for record in records]
            while len(results) < len(records):  # a batch may come back in parts
                results += await self._compute.run(stage, values[len(results) :])
        else:
            results = []
            backend = self._backend.get(stage.name)
            most = stage.batch_records(self._settings)
            answers: list[Any] = []
            while backend and len(answers) < len(records):
                begun = len(answers)
                answers += await backend.ask([record.value for record in records[begun : begun + most]])
            for record, origin, answer in zip_longest(records, origins, answers):
                results.append(self._here(stage, record, origin, answer))
                await asyncio.sleep(0)  # the compute processes' pipes want to be read meanwhile
        seconds = time.perf_counter() - begin
        now = rfc3339()
        landed = [
            Landed(record, origin, output, self._headers_of(stage, output, record, origin, now))
            for record, origin, outputs in zip(records, origins, results, strict=True)
            for output in outputs
        ]
        return Step(stage.name, seconds, landed)

    def _here(self, stage: Stage, record: ConsumerRecord, origin: Origin, answer: Any) -> list[Output]:
        arrival = origin.arrival(self.version)
        view = None
        if stage.state:
            if self._independent and self._page[stage.name] != origin.page:
                self._states[stage.name].close()
                self._states[stage.name] = State.empty(self._settings)
            self._page[stage.name] = origin.page
            view = View(self._states[stage.name])
        work = self._work[stage.name]
        outputs, changes = work(record.value, arrival, origin.reason, record.key, view, answer=answer)
        for change in changes:
            self._states[stage.name].apply(change)
        return outputs

    def _headers_of(
        self, stage: Stage, output: Output, record: ConsumerRecord, origin: Origin, now: bytes
    ) -> list[Header]:
        if output.topic is None:
            return []
        if output.outcome == "dead_letter":
            return dead_letter_headers(output, record, stage.name, self.version)
        return self._headers[stage.name](output, origin, now)

    def _finals(self, steps: list[Step]) -> list[Landed]:
        between = {stage.source.name for stage in self._flow} | {None}
        landed = [landed for step in steps for landed in step.landed if landed.output.topic not in between]
        return sorted(landed, key=lambda final: final.place)


class _Fetched(Struct):
    fetched_at: str | None = None


_fetched = msgspec.json.Decoder(_Fetched).decode


def _fetched_at(value: bytes) -> int:
    try:
        stamp = times.fetched(_fetched(value).fetched_at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    return round(stamp.timestamp() * 1000) if stamp else 0


def as_record(
    topic: str, offset: int, key: bytes | None, value: bytes | None, headers: list[Header], *, timestamp: int
) -> ConsumerRecord:
    """Make what a consumer would have read."""
    return ConsumerRecord(
        topic=topic,
        partition=0,
        offset=offset,
        timestamp=timestamp,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key or b""),
        serialized_value_size=len(value or b""),
        headers=headers,
    )


def _batches(values: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for value in values:
        batch.append(value)
        size += len(value)
        if len(batch) == BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
