"""What a page costs on its way through all stages: CPU, disk on the broker, memory (`python -m benchmarks.capacity`).

Real pages through a real worker on a real broker, by the data set's name (NEWSFLOW_DATA): `train-articles` are HTML
pages of 2026, `daily8` and `plaintext` are text. CPU is of the worker and its compute process, after 150 other pages;
disk is what the broker's folders grew by, in one copy, uncompressed. The last line is JSON.
"""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from aiokafka import AIOKafkaProducer

from benchmarks.worker import PARTITIONS, cpu_seconds, processes, proportional_bytes
from streams import kafka
from streams.topics import ALL, RAW

DATA = Path(os.environ.get("NEWSFLOW_DATA", "../shared/data"))
NEWSFLOW = Path(sys.executable).parent / "newsflow"
WARM_UP = "articles"  # no copy of which is in the others
QUIET_SECONDS = 5.0  # a batch takes 1 s of a stage's work at most
FINAL = ('{outcome="passed",stage="summarise"}', '{outcome="duplicate",stage="dedupe"}')


def metrics(log: Path) -> dict[str, float]:
    """Read the worker's metrics."""
    address = next(word for word in log.read_text().split() if word.endswith("/metrics"))
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own worker's
        lines = [line.rpartition(" ") for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def done(found: Mapping[str, float]) -> float:
    """Count what has come to its end."""
    ends = sum(found.get(f"newsflow_events_total{labels}", 0) for labels in FINAL)
    return ends + sum(value for name, value in found.items() if name.startswith("newsflow_dead_letters_total"))


def sizes(directory: Path) -> dict[str, int]:
    """Bytes of each topic's records on the broker's disk."""
    return {
        topic.name: sum(file.stat().st_size for file in directory.glob(f"kafka/data/{topic.name}-*/*.log"))
        for topic in ALL
    }


def load(name: str) -> list[bytes]:
    """Read a set's raw events."""
    with gzip.open(DATA / name / "raw.jsonl.gz") as lines:
        return [line.rstrip() for line in lines]


def measure(name: str) -> dict[str, float]:
    """Send the pages of a set, after others that warm the worker up."""
    others, pages = load(WARM_UP), load(name)
    with tempfile.TemporaryDirectory() as temporary, kafka.running(Path(temporary) / "kafka") as broker:
        directory, log = Path(temporary), Path(temporary) / "worker.log"
        environment = {**os.environ, "KAFKA_BOOTSTRAP": broker.bootstrap}
        subprocess.run([NEWSFLOW, "topics", "create"], env=environment, check=True, stdout=subprocess.DEVNULL)
        with log.open("wb") as out:
            worker = subprocess.Popen([NEWSFLOW, "worker", "--web-port", "0"], env=environment, stdout=out, stderr=out)
        try:
            while log.read_text().count("took over") < 4 * PARTITIONS:
                time.sleep(0.2)
            asyncio.run(send(broker.bootstrap, others))
            settle(log, len(others))
            idle = cpu_seconds(worker.pid)
            time.sleep(QUIET_SECONDS)
            idle = (cpu_seconds(worker.pid) - idle) / QUIET_SECONDS
            ended, spent, before = done(metrics(log)), cpu_seconds(worker.pid), sizes(directory)
            begin = time.monotonic()
            asyncio.run(send(broker.bootstrap, pages))
            made = settle(log, len(others) + len(pages))
            # What a worker does without pages (heartbeats, lag, metrics: some 3 % of a core) is no page's.
            spent = cpu_seconds(worker.pid) - spent - idle * (time.monotonic() - begin)
            grown = {topic: size - before[topic] for topic, size in sizes(directory).items()}
            own, *computing = [proportional_bytes(pid) for pid in processes(worker.pid)]
        finally:
            worker.terminate()
            worker.wait(60)
    count = len(pages)
    return {
        "pages": count,
        "outcomes": made - ended,
        "cpu_ms_a_page": round(spent / count * 1000, 2),
        "idle_share_of_a_core": round(idle, 3),
        "worker_mib": round(own / 2**20),
        "compute_mib": round(sum(computing) / 2**20),
        **{f"{topic} bytes a page": round(size / count) for topic, size in grown.items()},
    }


async def send(bootstrap: str, pages: list[bytes]) -> None:
    """Write pages, evenly over the partitions."""
    most = 2 * max(map(len, pages))
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_request_size=most) as producer:
        sent = [
            await producer.send(RAW.name, page, key=b"k", partition=number % PARTITIONS)
            for number, page in enumerate(pages)
        ]
        await asyncio.gather(*sent)


def settle(log: Path, sent: int) -> float:
    """Wait until all pages sent are cleaned and nothing more comes to its end; say how much has."""
    last, since = -1.0, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        time.sleep(0.5)
        found = metrics(log)
        now = done(found)
        if now != last or found.get('newsflow_consumed_events_total{stage="clean"}', 0) < sent:
            last, since = now, time.monotonic()
    return last


if __name__ == "__main__":
    figures = {name: measure(name) for name in sys.argv[1:] or ["train-articles", "daily8", "plaintext"]}
    for name, found in figures.items():
        print(name, *(f"  {key:44}{value:>12,}" for key, value in found.items()), sep="\n")
    print(json.dumps(figures))
