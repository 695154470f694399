"""What exactly-once over four topics costs: CPU per article of the chain against the bare stage functions.

Both run the pinned stages of `stages.py` on the same articles, in interleaved rounds. The chain is a worker with
its compute process: all that newsflow does to a record (Kafka, headers, validation, state, metrics) is in its figure;
the broker is not. The last line of the output is one JSON object.
"""

import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from aiokafka import AIOKafkaProducer

from benchmarks.stages import article, bare
from streams import kafka
from streams.dedupe.state import State, View
from streams.topics import RAW

ROUNDS = 5
ARTICLES = 4000  # a round: 8 batches of 500, so that starting up is not what is measured
PARTITIONS = 4
TICK = os.sysconf("SC_CLK_TCK")


def bare_round(articles: list[bytes]) -> float:
    """CPU of the bare functions, in µs an article."""
    view = View(State(window_ms=2**40, max_entries=10**6))
    begin = time.process_time()
    for number, value in enumerate(articles):
        bare(value, view, str(number))
    return (time.process_time() - begin) / len(articles) * 1e6


def cpu_seconds(pid: int) -> float:
    """CPU of a process and its children that live, in seconds."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()  # after the name: state, ppid, …, utime and stime 12th and 13th
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total


async def send(bootstrap: str, articles: list[bytes]) -> None:
    """Put articles on the raw topic, evenly over its partitions."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_batch_size=2**19) as producer:
        sent = [
            await producer.send(RAW.name, value, key=b"k", partition=number % PARTITIONS)
            for number, value in enumerate(articles)
        ]
        await asyncio.gather(*sent)


def written(worker_log: Path, count: int) -> None:
    """Wait until the last stage has committed so many articles, by its own counter: a reader would take CPU away."""
    port = re.search(r"127\.0\.0\.1:(\d+)/metrics", worker_log.read_text())
    done = 0.0
    while port is None or done < count:
        time.sleep(0.5)  # each look costs the worker some milliseconds
        port = port or re.search(r"127\.0\.0\.1:(\d+)/metrics", worker_log.read_text())
        if port:
            with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=10) as answer:
                found = re.search(r'consumed_events_total{stage="summarise"} (\S+)', answer.read().decode())
            done = float(found[1]) if found else 0.0


def measure(bootstrap: str, directory: Path) -> dict[str, float]:
    """Run the rounds.

    Returns:
        Medians in µs an article, and articles a second of wall time.
    """
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP": bootstrap,
        "NEWSFLOW_FLOW": "benchmarks.stages:flow",
        "NEWSFLOW_PARTITIONS": str(PARTITIONS),
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    newsflow = Path(sys.executable).parent / "newsflow"
    subprocess.run([newsflow, "topics", "create"], env=environment, check=True, stdout=subprocess.DEVNULL)
    log = directory / "worker.log"
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [newsflow, "worker", "--web-port", "0"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    bares, chains, rates = [], [], []
    try:
        for number in range(ROUNDS + 1):
            articles = [article(number * ARTICLES + index) for index in range(ARTICLES)]
            bare_before = bare_round(articles[: ARTICLES // 2])
            before = cpu_seconds(worker.pid)
            worker.send_signal(signal.SIGSTOP)  # a backlog: batches are full, as under load
            asyncio.run(send(bootstrap, articles))
            worker.send_signal(signal.SIGCONT)
            begin = time.monotonic()
            written(log, (number + 1) * ARTICLES)
            seconds = time.monotonic() - begin
            chain_us = (cpu_seconds(worker.pid) - before) / ARTICLES * 1e6
            # Before and after: a shared machine's speed drifts within seconds.
            bare_us = (bare_before + bare_round(articles[: ARTICLES // 2])) / 2
            if number:  # the first round warms up
                bares.append(bare_us)
                chains.append(chain_us)
                rates.append(ARTICLES / seconds)
                print(f"round {number}: bare {bare_us:.0f} µs, chain {chain_us:.0f} µs an article", flush=True)
    finally:
        worker.terminate()
        worker.wait(40)
    bare_us, chain_us = statistics.median(bares), statistics.median(chains)
    return {
        "bare_us": round(bare_us),
        "chain_us": round(chain_us),
        "overhead_us": round(statistics.median(chain - bare for chain, bare in zip(chains, bares, strict=True))),
        # A neighbour on the machine only ever adds: the best rounds are the nearest to a quiet one.
        "overhead_best_us": round(min(chains) - min(bares)),
        "articles_per_s": round(statistics.median(rates)),
    }


def main() -> None:
    """Print a table, and the JSON."""
    with tempfile.TemporaryDirectory() as directory, kafka.running(Path(directory) / "kafka") as broker:
        figures = measure(broker.bootstrap, Path(directory))
    print(f"\n{'CPU an article of 500 words':34}{'µs':>6}")
    for name, key in (("bare stage functions", "bare_us"), ("chain, exactly once, four topics", "chain_us")):
        print(f"{name:34}{figures[key]:>6}")
    print(f"{'overhead':34}{figures['overhead_us']:>6}   (best rounds: {figures['overhead_best_us']})")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
