"""A stream under steady load, its workers, and what is done to them."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.books import Books, close
from tests.faults.load import Load
from tests.stream.stream import Stream

# Small batches: many moments to be killed in.
WORKER = {"NEWSFLOW_BATCH_RECORDS": "50"}
DRAIN_SECONDS = 180


class Scene:
    """Workers that are started again when they end with an error, as any supervisor does.

    Attributes:
        stream: topics and processes.
        choose: the seeded source of every choice.
        faults: what was done, in order.
        restarts: how often a worker ended by itself.
    """

    def __init__(self, stream: Stream, seed: int) -> None:
        self.stream = stream
        self.choose = random.Random(seed)
        self.faults: list[str] = []
        self.restarts = 0
        self.books = Books(0, 0, 0, 0, 0, 0.0)
        self._running: dict[subprocess.Popen[bytes], tuple[str, ...]] = {}
        self._lock = threading.RLock()

    @property
    def workers(self) -> list[subprocess.Popen[bytes]]:
        """The workers that are to run."""
        return list(self._running)

    def join(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        with self._lock:
            worker = self.stream.worker(*arguments, **WORKER)
            self._running[worker] = arguments
            return worker

    def leave(self, worker: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
        """Signal a worker's whole process group and wait for its end; after SIGTERM it has to be a clean one."""
        with self._lock:
            del self._running[worker]
            code = self.stream.stop(worker, number)
        self.faults.append(number.name)
        # Python itself ends by the signal as long as the worker has not said a word.
        assert number != signal.SIGTERM or code == 0 or not self.stream.log(worker), self.stream.log(worker)

    def restart(self, worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
        """End a worker by a signal and start another like it."""
        arguments = self._running[worker]
        self.leave(worker, number)
        self.join(*arguments)

    def suspend(self, worker: subprocess.Popen[bytes], seconds: float) -> None:
        """Stop a worker so long that its partitions move, and let it wake up as a zombie."""
        os.killpg(worker.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.killpg(worker.pid, signal.SIGCONT)
        self.faults.append(f"SIGSTOP {seconds:.0f} s")

    def supervise(self) -> None:
        """Start workers again that ended by themselves."""
        with self._lock:
            for worker, arguments in list(self._running.items()):
                if worker.poll() is not None:
                    del self._running[worker]
                    self.restarts += 1
                    self.join(*arguments)


@contextmanager
def scene(stream: Stream, rate: float, seed: int, workers: Sequence[tuple[str, ...]]) -> Iterator[Scene]:
    """Run workers under load for the length of a `with` block; then let all drain and close the books.

    Args:
        stream: where.
        rate: pages a second.
        seed: of every choice.
        workers: the arguments of each to begin with.
    """
    made = Scene(stream, seed)
    for arguments in workers:
        made.join(*arguments)
    ended = threading.Event()

    def supervise() -> None:
        while not ended.wait(0.5):
            made.supervise()

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    try:
        with Load(stream.bootstrap, stream.prefix, rate) as load:
            stream.wait(lambda: stream.final() > 0, 90)
            yield made
        deadline = time.monotonic() + DRAIN_SECONDS
        while stream.final() < len(load.acknowledged) and time.monotonic() < deadline:
            time.sleep(2)  # each look reads the topics from the beginning
    finally:
        ended.set()
        supervisor.join()
    for worker in made.workers:
        made.leave(worker)
    made.books = close(stream, load.acknowledged)


def new_stream(bootstrap: str, prefix: str, directory: Path) -> Stream:
    """Make a stream with its topics."""
    directory.mkdir(parents=True, exist_ok=True)
    stream = Stream(bootstrap, prefix, directory)
    created = stream.newsflow("topics", "create")
    assert created.returncode == 0, created.stderr
    return stream
