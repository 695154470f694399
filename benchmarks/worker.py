"""The worker that benchmarks measure: a real one, in processes of its own, on the pinned stages or on the product's."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.topics import ENRICHED
from streams.transport.headers import INGESTED_AT

PARTITIONS = 4
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 2**20
Send = Callable[[], Coroutine[Any, Any, None]]
Seen = tuple[bytes, float, float]  # an enriched value, when its page came and when a consumer saw it (s since 1970)


def processes(pid: int) -> dict[int, list[str]]:
    """Find a process and its children: pid → the fields of its stat after its name (state, ppid, …)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            found[int(stat.parent.name)] = fields
    return found


class Worker:
    """A worker with its compute process; topics are made, and it is ended with the block.

    Args:
        bootstrap: of the broker.
        directory: for its log.
        flow: which stages it runs.
        settings: more of its environment.
    """

    def __init__(self, bootstrap: str, directory: Path, flow: str = "benchmarks.stages:flow", **settings: str) -> None:
        self._bootstrap = bootstrap
        self._environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP": bootstrap,
            "NEWSFLOW_FLOW": flow,
            "NEWSFLOW_PARTITIONS": str(PARTITIONS),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            **settings,
        }
        self._command = Path(sys.executable).parent / "newsflow"
        self._log = directory / "worker.log"

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

    def stop(self) -> None:
        """End it as a service manager does."""
        self._process.terminate()
        self._process.wait(40)

    def cpu_seconds(self) -> float:
        """CPU that it and its compute processes took so far."""
        return sum((int(fields[11]) + int(fields[12])) / TICK for fields in processes(self._process.pid).values())

    def resident(self) -> dict[str, int]:
        """Memory in MiB: its own, and with its compute processes."""
        found = {pid: int(fields[21]) * PAGE // MIB for pid, fields in processes(self._process.pid).items()}
        return {"worker": found[self._process.pid], "with_compute": sum(found.values())}

    def run(self, send: Send, count: int) -> tuple[float, float, list[Seen]]:
        """Send articles while it is stopped, so that batches are full as under load, and let it work them off.

        Returns:
            CPU in µs an article, articles a second, and what was enriched.
        """
        before = self.cpu_seconds()
        self._process.send_signal(signal.SIGSTOP)
        begin = 0.0

        async def send_all() -> None:
            nonlocal begin
            await send()
            self._process.send_signal(signal.SIGCONT)
            begin = time.monotonic()

        seen = asyncio.run(self._read(send_all, count))
        rate = count / (time.monotonic() - begin)
        return (self.cpu_seconds() - before) / count * 1e6, rate, seen

    def latency(self, send: Send, count: int) -> dict[str, float]:
        """Tell how long articles take from the raw topic to a consumer of the enriched one, in ms."""
        seen = asyncio.run(self._read(send, count))
        cuts = statistics.quantiles([1000 * (at - came) for _, came, at in seen], n=100)
        return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}

    def restart(self, send: Send) -> float:
        """Tell how many seconds pass from its start to the first enriched article that waited for it."""
        self.stop()
        begin = 0.0

        async def send_and_start() -> None:
            nonlocal begin
            await send()
            begin = time.monotonic()
            self.start()

        asyncio.run(self._read(send_and_start, 1))
        return time.monotonic() - begin

    async def _read(self, send: Send, count: int) -> list[Seen]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        seen: list[Seen] = []
        async with consumer:
            partitions = [TopicPartition(ENRICHED.name, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            for partition in partitions:
                await consumer.seek_to_end(partition)
                await consumer.position(partition)
            sending = asyncio.ensure_future(send())
            while len(seen) < count:
                found = await consumer.getmany(timeout_ms=100)
                now = time.time()
                for records in found.values():
                    seen += [(it.value, int(dict(it.headers)[INGESTED_AT]) / 1000, now) for it in records]
                if sending.done():
                    sending.result()
                if self._process.poll() is not None and sending.done():
                    raise RuntimeError(f"the worker ended: {self._log.read_text()[-2000:]}")
            await sending
        return seen
