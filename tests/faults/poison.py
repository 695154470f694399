"""What bad records cost: `make poison`.

The rate of final outcomes with one record in ten bad, beside that of good ones alone; bad are all that
`tests/stream/poison.py` knows, shuffled in by a seed. What is bad by its size or ends its process is timed apart: it
costs the same whatever stands beside it.
"""

import random
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from streams import kafka
from streams.settings import MIB
from streams.topics import DEAD_LETTER, DUPLICATE, ENRICHED
from tests.faults.scene import new_stream
from tests.stream.pages import page
from tests.stream.poison import POISON, large
from tests.stream.stream import Stream

ROUNDS = 5
RECORDS = 4000
ONE_IN = 10
ALONE = 4  # of each that is timed apart
Records = list[bytes | None]


APART: dict[str, bytes] = {
    "16 MiB of page, which is allowed": large(16 * MIB),
    "a byte more": large(16 * MIB + 1),
    "a page without end": page(1, body="A headline\n\nSLOW"),
    "a page that kills its process": page(2, body="A headline\n\nSEGFAULT"),
}


def mixed(seed: int, bad: Sequence[bytes | None]) -> Records:
    """Put bad records among good ones, which no other seed has."""
    choose = random.Random(seed)
    records: Records = [page(seed * RECORDS + number) for number in range(RECORDS)]
    for number in range(RECORDS // ONE_IN if bad else 0):
        records[number * ONE_IN + choose.randrange(ONE_IN)] = bad[number % len(bad)]
    return records


class Clock:
    """Times how long a worker takes for records that wait for it.

    Args:
        stream: where.
        environment: of the worker.
    """

    def __init__(self, stream: Stream, **environment: str) -> None:
        self._stream = stream
        self._worker = stream.worker("--web-port", "0", **environment)
        self._done = 0
        self.seconds([page(-number) for number in range(1, 200)])  # warms up

    def seconds(self, records: Records) -> float:
        """Produce records, let the worker go, and wait for the last outcome."""
        self._worker.send_signal(signal.SIGSTOP)
        self._stream.produce(records)
        self._worker.send_signal(signal.SIGCONT)
        begin = time.time()
        self._done += len(records)
        ends: list[int] = []
        while len(ends) < self._done:
            time.sleep(2)  # a look takes CPU away
            ended = (self._stream.read(topic) for topic in (ENRICHED, DUPLICATE, DEAD_LETTER))
            ends = [int(record.timestamp) for found in ended for record in found]
        return max(ends) / 1000 - begin

    def stop(self) -> None:
        """Let the worker drain and end."""
        assert self._stream.stop(self._worker) == 0


def main() -> None:
    """Print the rates, and what each costs that is timed apart."""
    with tempfile.TemporaryDirectory() as directory, kafka.running(Path(directory) / "kafka") as broker:

        def stream(name: str) -> Stream:
            return new_stream(broker.bootstrap, f"poison-{uuid4().hex[:8]}.", Path(directory) / name)

        clock = Clock(stream("mixed"), NEWSFLOW_MAX_BODY_BYTES="100000")
        rates: dict[str, list[float]] = {"good alone": [], f"1 in {ONE_IN} bad": []}
        for seed in range(1, ROUNDS + 1):
            for (name, rate), bad in zip(rates.items(), ((), tuple(POISON)), strict=True):
                rate.append(RECORDS / clock.seconds(mixed(seed * 2 + bool(bad), bad)))
                print(f"{name:34}{rate[-1]:>8.0f} records/s", flush=True)
        clock.stop()
        good, poisoned = (statistics.median(rate) for rate in rates.values())
        print(f"{'medians':34}{good:>8.0f} and {poisoned:.0f}: {poisoned / good:.2f}", flush=True)

        clock = Clock(stream("apart"), NEWSFLOW_FLOW="tests.stream.flows:faulty_clean")
        for name, record in APART.items():
            print(f"{name:34}{clock.seconds([record] * ALONE) / ALONE:>8.2f} s", flush=True)
        clock.stop()


if __name__ == "__main__":
    main()
