"""How cost grows: with articles, partitions, the index of dedupe, and cores. `python -m benchmarks.curves [MOST]`.

- CPU an article and memory at 1,000, 10,000 and 100,000 articles (up to MOST), and at four times the partitions:
  the pinned stages on a real broker.
- CPU of dedupe an article with 10,000, 100,000 and 1,000,000 rows in its index.
- The product's own stages: µs of CPU an article of text and articles a second. Then, where NEWSFLOW_DATA is, a worker
  with broker, crawler and consumer on one core; a worker alone on it; one with two compute processes on all cores; two
  workers with a core each: text in many languages, and HTML, beside clean alone in a process a core.

Linear is what these are to be. The last line is one JSON object.
"""

import gzip
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import msgspec

from benchmarks.dedupe import made, rows
from benchmarks.stages import article
from benchmarks.worker import PARTITIONS, Worker
from streams import kafka
from streams.clean.stage import clean, warm
from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, State, View
from streams.events import RawPage

COUNTS = (1_000, 10_000, 100_000)
INDEX = (10_000, 100_000, 1_000_000)
JUDGED = 300  # articles against each index
WARM = 500
FEW = 40
TEXTS = 6000
WORDS = 6  # that a language needs to be one of those whose text is made of its words
SENTENCES = 25  # of 20 words: an article of 500
LANES = 16  # partitions, so that the languages are shared out evenly
DATA = Path(os.environ.get("NEWSFLOW_DATA", ""))
Figures = dict[str, float]


def by_count(bootstrap: str, directory: Path, most: int) -> Figures:
    """Tell µs of CPU an article and MiB at each count."""
    found: Figures = {}
    with Worker(bootstrap, directory, NEWSFLOW_TOPIC_PREFIX="count.") as worker:
        worker.run([article(number) for number in range(WARM)])
        first = WARM
        for count in (count for count in COUNTS if count <= most):
            us, _, _ = worker.run([article(number) for number in range(first, first + count)])
            found[f"articles_{count}_us"], found[f"articles_{count}_mib"] = round(us), worker.resident()["worker"]
            first += count
    return found


def by_partitions(bootstrap: str, directory: Path) -> Figures:
    """Tell µs of CPU an article at four times the partitions, of four times the articles."""
    found: Figures = {}
    for times in (1, 4):
        count = PARTITIONS * times
        settings = {"NEWSFLOW_TOPIC_PREFIX": f"parts{times}.", "NEWSFLOW_PARTITIONS": str(count)}
        with Worker(bootstrap, directory, **settings) as worker:
            worker.run([article(number) for number in range(WARM)])
            us, _, _ = worker.run([article(WARM + number) for number in range(2000 * times)])
        found[f"partitions_{count}_us"] = round(us)
    return found


def by_index() -> Figures:
    """Tell µs of CPU of dedupe an article by the rows that it looks among."""
    articles = made(JUDGED)
    found: Figures = {}
    for size in INDEX:
        state = State(window_ms=2**40, max_entries=size + JUDGED)
        for name, value in islice(rows(), size):
            state.load(name, value)
        view = View(state)
        begin = time.process_time()
        for number, each in enumerate(articles):
            _, changed = dedupe(each, view, Arrival(f"bench/0/{number}/0", 0, ""))
            view.put(changed)
        found[f"index_{size}_us"] = round((time.process_time() - begin) / JUDGED * 1e6)
        state.close()
    return found


def pages() -> list[bytes]:
    """Read the HTML pages of the development data, none twice: a copy would end at dedupe."""
    found = []
    for folder in ("pages", "articles", "train-articles"):
        with gzip.open(DATA / folder / "raw.jsonl.gz") as lines:
            found += [line.strip() for line in lines]
    return found


def in_languages(count: int) -> list[bytes]:
    """Make articles of 500 words that some sentences of a language have, each in the next of the languages."""
    words: dict[str, list[str]] = {}
    with gzip.open(DATA / "languages" / "raw.jsonl.gz") as raw, gzip.open(DATA / "languages" / "gold.jsonl.gz") as gold:
        for page, told in zip(raw, gold, strict=True):
            words.setdefault(json.loads(told)["lang"], []).extend(json.loads(page)["body"].split())
    spoken = sorted(language for language, found in words.items() if len(found) >= WORDS)
    made = []
    for number in range(count):
        choose = random.Random(number)  # noqa: S311 - the same articles in every run
        told = words[spoken[number % len(spoken)]]
        sentences = [" ".join(choose.choices(told, k=20)).capitalize() + "." for _ in range(SENTENCES)]
        body = "\n\n".join([sentences[0], *(" ".join(sentences[at : at + 4]) for at in range(1, SENTENCES, 4))])
        page = {"url": f"https://bench.example/{number}", "body": body, "content_type": "text/plain"}
        made.append(msgspec.json.encode(page))
    return made


def clean_all(values: Sequence[bytes]) -> None:
    """Clean pages, as a compute process does."""
    decode = msgspec.json.Decoder(RawPage).decode
    for value in values:
        clean(decode(value))


def clean_alone(values: Sequence[bytes]) -> float:
    """Tell pages a second of the clean function on all cores."""
    cores = os.cpu_count() or 1
    with get_context("spawn").Pool(cores, initializer=warm) as pool:
        pool.map(clean_all, [values[:10]] * cores)
        begin = time.monotonic()
        pool.map(clean_all, [values[core::cores] for core in range(cores)], chunksize=1)
        return len(values) / (time.monotonic() - begin)


def of_text(bootstrap: str, directory: Path) -> Figures:
    """Tell µs of CPU an article of the product's own flow, and articles a second of one worker."""
    with Worker(bootstrap, directory, "streams.app:flow", NEWSFLOW_TOPIC_PREFIX="text.") as worker:
        worker.run([article(number) for number in range(WARM)])
        us, rate, _ = worker.run([article(WARM + number) for number in range(TEXTS)])
    return {"text_us": round(us), "text_per_s": round(rate)}


def keep_to(cores: Sequence[int], *pids: int) -> None:
    """Have processes run on some cores only."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)


def by_cores(broker: kafka.Broker, directory: Path, name: str, values: Sequence[bytes]) -> Figures:
    """Tell µs of CPU an article and articles a second of the product's own flow, by the cores that workers have."""
    found: Figures = {}
    cores = sorted(os.sched_getaffinity(0))
    one, other = cores[:1], cores[1:2]
    ways = {
        "all_on_one_core": (one, [one], 1),
        "one_core": (cores, [one], 1),
        "two_processes": (cores, [cores], 2),
        "two_workers": (cores, [one, other], 1),
    }
    for told, (others, workers, count) in ways.items():
        keep_to(others, broker.pid, os.getpid())
        settings = {
            "NEWSFLOW_TOPIC_PREFIX": f"{name}.{told}.",
            "NEWSFLOW_PARTITIONS": str(LANES),
            "NEWSFLOW_COMPUTE_PROCESSES": str(count),
        }
        with ExitStack() as stack:
            first, *more = [
                stack.enter_context(Worker(broker.bootstrap, directory, "streams.app:flow", mine, **settings))
                for mine in workers
            ]
            for worker in (first, *more):
                worker.wait()
            first.run(values[:FEW], *more)  # they warm up
            us, rate, _ = first.run(values[FEW:], *more)
        found |= {f"{name}_{told}_us": round(us), f"{name}_{told}_per_s": round(rate)}
    return found


def measured(directory: Path, most: int) -> Iterator[Figures]:
    """Yield what is measured, part by part."""
    yield by_index()
    with kafka.running(directory / "kafka") as broker:
        here = (broker.bootstrap, directory)
        yield by_count(*here, most)
        yield by_partitions(*here)
        yield of_text(*here)
        if (DATA / "languages").is_dir():
            yield by_cores(broker, directory, "languages", in_languages(TEXTS))
        if (DATA / "pages").is_dir():
            html = pages()
            yield {"html_clean_alone_per_s": round(clean_alone(html))}
            yield by_cores(broker, directory, "html", html)


def main() -> None:
    """Measure and print."""
    found: Figures = {}
    with tempfile.TemporaryDirectory() as directory:
        for part in measured(Path(directory), int(sys.argv[1]) if len(sys.argv) > 1 else COUNTS[-1]):
            found |= part
            for name, value in part.items():
                print(f"{name:>32}  {value:,}", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
