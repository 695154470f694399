"""Full load for long, with kills: what a worker that lives through it holds must level off. `make soak MINUTES=30`."""

import signal
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from benchmarks.worker import processes, proportional_bytes
from streams import kafka
from tests.faults.plays import ANY
from tests.faults.scene import new_stream, scene

SAMPLES = 6
RATE = 120.0  # pages a second: what two workers on two cores do here beside the broker and the load
KILL_SECONDS = 20.0


def figures(pid: int) -> str:
    """Memory (what processes share counts once), file handles and threads of a process and its descendants."""
    members = processes(pid)
    memory = sum(proportional_bytes(each) for each in members)
    handles = sum(len(list(Path(f"/proc/{each}/fd").iterdir())) for each in members)
    threads = sum(len(list(Path(f"/proc/{each}/task").iterdir())) for each in members)
    return f"{memory // 2**20:>8} MiB{handles:>9}{threads:>9}"


def main(minutes: float, seed: int, rate: float = RATE) -> int:
    """Print the figures as time goes by; the exit code is 1 if the books do not close."""
    with tempfile.TemporaryDirectory() as directory, kafka.running(Path(directory) / "kafka") as broker:
        stream = new_stream(broker.bootstrap, f"soak-{uuid4().hex[:8]}.", Path(directory) / "soak")
        with scene(stream, rate, seed, (ANY, ANY)) as now:
            witness = now.workers[0]
            begin = time.monotonic()
            print(f"{'minute':>8}{'resident':>12}{'handles':>9}{'threads':>9}{'kills':>7}")
            for sample in range(SAMPLES + 1):
                while time.monotonic() < begin + sample * minutes * 60 / SAMPLES:
                    time.sleep(min(KILL_SECONDS, minutes * 60 / SAMPLES))
                    now.restart(now.choose.choice(now.workers[1:]), signal.SIGKILL)
                minute = (time.monotonic() - begin) / 60
                print(f"{minute:>8.1f}{figures(witness.pid)}{len(now.faults):>7}", flush=True)
    print(now.books)
    return int(not now.books.closed)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:])))
