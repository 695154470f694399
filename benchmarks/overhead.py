"""What exactly-once over four topics costs, beside the bare functions and beside others.

All run the pinned stages of `stages.py` on the same articles, on one real broker, in interleaved rounds; medians are
told. The chain is a worker with its compute process: all that newsflow does to a record (Kafka, headers, validation,
state, metrics) is in its figure; the broker is in none. What everybody makes is compared. Then come the worker's
latency at low load, its memory and its restart. docs/bench.svg is drawn from it; the last line is one JSON object.

Peers are installed aside by `make bench`; one that takes longer than WALL_SECONDS is ended.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.chart import draw
from benchmarks.peers import MADE, PEERS, digest
from benchmarks.stages import article, bare
from benchmarks.worker import PARTITIONS, Worker, send
from streams import kafka
from streams.dedupe.state import State, View

ROUNDS = 5
ARTICLES = 4000  # a round: 8 batches of 500, so that starting up is not what is measured
FEWER = {"faust_guide": 500}  # at 3 ms each
WALL_SECONDS = 60.0
LOW_LOAD = 20  # articles a second
LOW_LOAD_SECONDS = 15
PICTURE = Path(__file__).parents[1] / "docs" / "bench.svg"
SAID = {
    "bare": "bare functions, no Kafka",
    "chain": "newsflow, exactly once",
    "raw_aiokafka": "aiokafka loop, at least once",
    "raw_aiokafka_tx": "aiokafka loop, transactions",
    "confluent": "confluent-kafka loop, at least once",
    "quix_at_least_once": "Quix Streams, at least once",
    "quix_exactly_once": "Quix Streams, exactly once",
    "faust_guide": "Faust as its guide writes it",
}


def bare_round(articles: list[bytes]) -> tuple[float, list[bytes]]:
    """Run the bare functions: µs of CPU an article, and what they made."""
    view = View(State(window_ms=2**40, max_entries=10**6))
    begin = time.process_time()
    made = [bare(value, view, str(number)) for number, value in enumerate(articles)]
    return (time.process_time() - begin) / len(articles) * 1e6, made


async def create(bootstrap: str, names: list[str]) -> None:
    """Create topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


def peer_round(name: str, bootstrap: str, prefix: str, made: list[bytes]) -> float | None:
    """Run a peer on the articles of PREFIX-raw: µs an article; None, and a line, where it fails or does not end."""
    asyncio.run(create(bootstrap, [f"{prefix}-{name}-{stage}" for stage in MADE]))
    command = [sys.executable, "-m", "benchmarks.peers", name, bootstrap, prefix, str(len(made))]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=WALL_SECONDS, check=True)
    except subprocess.TimeoutExpired:
        print(f"{name} is not done in {WALL_SECONDS:.0f} s", flush=True)
        return None
    except subprocess.CalledProcessError as error:
        print(f"{name} fails: {error.stderr[-500:]}", flush=True)
        return None
    told: dict[str, Any] = json.loads(ran.stdout[ran.stdout.rindex("{") :])  # Faust writes escape codes before it
    assert told["digest"] == digest(made), f"{name} makes other articles than the bare functions"
    return float(told["us"])


def run_round(number: int, worker: Worker, bootstrap: str) -> dict[str, float]:
    """Run everybody once on the same articles: name → µs an article; `rate` is the chain's articles a second."""
    articles = [article(number * ARTICLES + index) for index in range(ARTICLES)]
    before, made = bare_round(articles)
    chain_us, rate, seen = worker.run(articles)
    assert digest([value for value, _, _ in seen]) == digest(made), "the chain makes other articles than the bare ones"
    # Before and after: a shared machine's speed drifts within seconds.
    told = {"bare": (before + bare_round(articles)[0]) / 2, "chain": chain_us, "rate": rate}
    if not number:  # it warms up
        return told
    for name in PEERS:
        few = FEWER.get(name, ARTICLES)
        prefix = f"round{number}-{few}"
        if few != ARTICLES or name == next(iter(PEERS)):
            asyncio.run(create(bootstrap, [f"{prefix}-raw"]))
            asyncio.run(send(bootstrap, f"{prefix}-raw", articles[:few]))
        us = peer_round(name, bootstrap, prefix, made[:few])
        if us is not None:
            told[name] = us
    print(f"round {number}: " + ", ".join(f"{name} {figure:.0f}" for name, figure in told.items()), flush=True)
    return told


def measure(directory: Path) -> dict[str, Any]:
    """Measure everything on a broker of its own."""
    with kafka.running(directory / "kafka") as broker, Worker(broker.bootstrap, directory) as worker:
        bootstrap = broker.bootstrap
        first = worker.restart(article(2**32))
        empty = worker.resident()
        rounds = [run_round(number, worker, bootstrap) for number in range(ROUNDS + 1)][1:]
        low = [article(2**31 + number) for number in range(LOW_LOAD * LOW_LOAD_SECONDS)]
        latency = worker.latency(low, LOW_LOAD)
        full = worker.resident()
    medians = {
        name: round(statistics.median(found)) if (found := [told[name] for told in rounds if name in told]) else None
        for name in ("bare", "chain", "rate", *PEERS)
    }
    return {
        "bare_us": medians["bare"],
        "chain_us": medians["chain"],
        "overhead_us": round(statistics.median(told["chain"] - told["bare"] for told in rounds)),
        "peers_us": {name: medians[name] for name in PEERS},
        "articles_per_s": medians["rate"],
        "latency_ms": latency,
        "rss_mb": empty["worker"],
        "rss_with_compute_mb": empty["with_compute"],
        "rss_after_mb": full["worker"],
        "restart_s": round(first, 1),
    }


def main() -> None:
    """Print a table and the JSON, and draw the picture."""
    with tempfile.TemporaryDirectory() as directory:
        figures = measure(Path(directory))
    us = {"bare": figures["bare_us"], "chain": figures["chain_us"], **figures["peers_us"]}
    told = sorted((value, name) for name, value in us.items() if value is not None)
    print(f"\n{'CPU an article of 500 words, four stages over four topics':60}{'µs':>6}{'of newsflow':>13}")
    for value, name in told:
        print(f"{SAID[name]:60}{value:>6}{value / us['chain']:>12.2f}×")
    latency, count = figures["latency_ms"], ROUNDS * ARTICLES
    print(
        f"\noverhead over the bare functions {figures['overhead_us']} µs; {figures['articles_per_s']} articles a second"
    )
    print(f"raw to enriched at {LOW_LOAD} articles a second: p50 {latency['p50']} ms, p99 {latency['p99']} ms")
    print(f"memory {figures['rss_mb']} MiB ({figures['rss_with_compute_mb']} with the compute process),", end=" ")
    print(f"{figures['rss_after_mb']} after {count} articles; first article {figures['restart_s']} s after a restart")
    kinds = {"bare": "bare", "chain": "own"}
    draw(PICTURE, "CPU an article, four stages over four topics", [(SAID[n], kinds.get(n, ""), v) for v, n in told])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
