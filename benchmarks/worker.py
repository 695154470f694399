"""The worker that benchmarks measure: a real one, in processes of its own, on the pinned stages or on the product's."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.topics import DEAD_LETTER, DUPLICATE, ENRICHED, RAW
from streams.transport.headers import INGESTED_AT, RAW_POSITION

PARTITIONS = 4
TICK = os.sysconf("SC_CLK_TCK")
MIB = 2**20
LARGEST = 16 * MIB  # of a raw page
NUMBERS = count()  # of workers, for their logs
Seen = tuple[bytes, float, float]  # an enriched value, when its page came and when a consumer saw it (s since 1970)


async def send(
    bootstrap: str, topic: str, articles: Iterable[bytes], a_second: float = 0.0, partitions: int = PARTITIONS
) -> None:
    """Put articles on a topic, evenly over its partitions: all at once, or so many a second."""
    linger = {"linger_ms": 0} if a_second else {"linger_ms": 5, "max_batch_size": 2**19}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=LARGEST, **linger) as producer:
        sent = []
        for number, value in enumerate(articles):
            sent.append(await producer.send(topic, value, key=b"k", partition=number % partitions))
            if a_second:
                await asyncio.sleep(1 / a_second)
        await asyncio.gather(*sent)


def processes(pid: int) -> dict[int, list[str]]:
    """Find a process and its descendants: pid → the fields of its stat after its name (state, ppid, …)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found[int(stat.parent.name)] = stat.read_text().rpartition(")")[2].split()
    kept = [pid]
    for each in kept:
        kept += [other for other, fields in found.items() if int(fields[1]) == each]
    return {each: found[each] for each in kept}


def cpu_seconds(pid: int) -> float:
    """CPU that a process and its descendants took so far, those that have ended included."""
    return sum(sum(map(int, fields[11:15])) / TICK for fields in processes(pid).values())


def proportional_bytes(pid: int) -> int:
    """Memory of a process, of what it shares its part: proc(5), smaps_rollup."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


class Worker:
    """A worker with its compute process; topics are made, and it is ended with the block.

    Args:
        bootstrap: of the broker.
        directory: for its log.
        flow: which stages it runs.
        cores: that it may use; all of them unless told otherwise.
        settings: more of its environment.

    Attributes:
        prefix: of its topics.
        partitions: of each.
    """

    def __init__(
        self,
        bootstrap: str,
        directory: Path,
        flow: str = "benchmarks.stages:flow",
        cores: Collection[int] = (),
        **settings: str,
    ) -> None:
        self._bootstrap = bootstrap
        self._cores = cores
        self.prefix = settings.get("NEWSFLOW_TOPIC_PREFIX", "")
        self.partitions = int(settings.get("NEWSFLOW_PARTITIONS", PARTITIONS))
        self._environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP": bootstrap,
            "NEWSFLOW_FLOW": flow,
            "NEWSFLOW_PARTITIONS": str(PARTITIONS),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            **settings,
        }
        self._command = Path(sys.executable).parent / "newsflow"
        self._log = directory / f"worker-{next(NUMBERS)}.log"

    def __enter__(self) -> Self:
        create = [self._command, "topics", "create"]
        subprocess.run(create, env=self._environment, check=True, stdout=subprocess.DEVNULL)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; it is not waited for."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [self._command, "worker"], env=self._environment, stdout=out, stderr=subprocess.STDOUT
            )
        if self._cores:
            os.sched_setaffinity(self._process.pid, self._cores)  # before it has threads or processes, which inherit it

    def stop(self) -> None:
        """End it as a service manager does."""
        self._process.terminate()
        self._process.wait(40)

    def cpu_seconds(self) -> float:
        """CPU that it and its compute processes took so far, those that were replaced included."""
        return cpu_seconds(self._process.pid)

    def resident(self) -> dict[str, int]:
        """Memory in MiB: its own, and with its compute processes, which share much: each page of it counts once."""
        found = {pid: proportional_bytes(pid) // MIB for pid in processes(self._process.pid)}
        return {"worker": found[self._process.pid], "with_compute": sum(found.values())}

    def run(self, articles: Collection[bytes], *others: Self) -> tuple[float, float, list[Seen]]:
        """Send articles while it is stopped, so that batches are full as under load, and let it work them off.

        Args:
            articles: to be sent.
            others: workers that share the work.

        Returns:
            CPU in µs an article, articles a second, and what was enriched.
        """
        workers = (self, *others)
        before = sum(worker.cpu_seconds() for worker in workers)
        for worker in workers:
            worker.signal(signal.SIGSTOP)
        begin = 0.0

        async def send_all() -> None:
            nonlocal begin
            try:
                await self._send(articles)
            finally:
                for worker in workers:
                    worker.signal(signal.SIGCONT)
            begin = time.monotonic()

        seen = asyncio.run(self._read(send_all(), len(articles)))
        rate = len(articles) / (time.monotonic() - begin)
        return (sum(worker.cpu_seconds() for worker in workers) - before) / len(articles) * 1e6, rate, seen

    def latency(self, articles: Collection[bytes], a_second: float) -> dict[str, float]:
        """Tell how long articles take from the raw topic to a consumer of the enriched one, in ms."""
        seen = asyncio.run(self._read(self._send(articles, a_second), len(articles)))
        cuts = statistics.quantiles([1000 * (at - came) for _, came, at in seen], n=100)
        return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}

    def restart(self, article: bytes) -> float:
        """Tell how many seconds pass from its start to the enriched article that waited for it."""
        self.stop()
        begin = 0.0

        async def send_and_start() -> None:
            nonlocal begin
            await self._send([article])
            begin = time.monotonic()
            self.start()

        asyncio.run(self._read(send_and_start(), 1))
        return time.monotonic() - begin

    def wait(self) -> None:
        """Wait until it reads, beside others of its group."""
        while not any(
            "took over" in line and '"stage": "summarise"' in line for line in self._log.read_text().splitlines()
        ):
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """Signal the worker, not its compute processes."""
        self._process.send_signal(number)

    async def _send(self, articles: Iterable[bytes], a_second: float = 0.0) -> None:
        await send(self._bootstrap, self.prefix + RAW.name, articles, a_second, self.partitions)

    async def _read(self, sent: Coroutine[Any, Any, None], wanted: int) -> list[Seen]:
        """Read what comes out until every page has its outcome: enriched, a duplicate or a dead letter."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        enriched = self.prefix + ENRICHED.name
        seen: list[Seen] = []
        pages: set[bytes] = set()
        async with consumer:
            await self._at_the_end(consumer)
            sending = asyncio.ensure_future(sent)
            while len(pages) < wanted:
                found = await consumer.getmany(timeout_ms=100)
                now = time.time()
                for partition, records in found.items():
                    told = [dict(record.headers) for record in records]
                    pages |= {page_of(headers, partition.topic == self.prefix + DEAD_LETTER.name) for headers in told}
                    if partition.topic == enriched:
                        seen += [
                            (record.value, int(headers[INGESTED_AT]) / 1000, now)
                            for record, headers in zip(records, told, strict=True)
                        ]
                if sending.done():
                    sending.result()
                if self._process.poll() is not None and sending.done():
                    raise RuntimeError(f"the worker ended: {self._log.read_text()[-2000:]}")
            await sending
        return seen

    async def _at_the_end(self, consumer: AIOKafkaConsumer) -> None:
        partitions = [
            TopicPartition(self.prefix + topic.name, number)
            for topic in (ENRICHED, DUPLICATE, DEAD_LETTER)
            for number in range(self.partitions)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        for partition in partitions:
            await consumer.position(partition)


def page_of(headers: Mapping[str, bytes], dead: bool) -> bytes:
    """Name the raw record that an outcome is of, or of a part of."""
    if dead and RAW_POSITION not in headers:  # clean's: it is the raw record
        return b"/".join((headers["dlq.topic"], headers["dlq.partition"], headers["dlq.offset"]))
    return headers[RAW_POSITION].rpartition(b"/")[0]
