"""The checks of `make compose-test`, against what docker-compose.yml has brought up: see deploy/compose-test."""

import json
import os
import runpy
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tests.stream.stream import PARTITIONS, Stream

DEPLOY = Path(__file__).parents[2] / "deploy"
PAGES = 200
PROMETHEUS = f"http://127.0.0.1:{os.environ['PROMETHEUS_PORT']}"
PROJECT = os.environ["COMPOSE_PROJECT_NAME"]


def main() -> None:
    """Articles in, articles out, counted; a worker killed; the crawler."""
    stream = Stream(f"127.0.0.1:{os.environ['KAFKA_PORT']}", "", DEPLOY)
    wait("Prometheus finds two workers by their name", lambda: value('sum(up{job="newsflow"})') == 2)
    lanes = 4 * PARTITIONS  # of the four stages
    wait("they have shared the partitions", lambda: value("count(newsflow_consumer_lag_records)") == lanes)
    crawled = runpy.run_path(str(DEPLOY / "demo" / "crawler.py"))["pages"](7)
    pages = [line.encode() for line in islice(crawled, 2 * PAGES)]

    stream.produce(pages[:PAGES])
    wait(f"{PAGES} pages in, all of them and their parts out", lambda: closed(stream, PAGES))
    wait("Prometheus has counted them", lambda: value('sum(newsflow_consumed_events_total{stage="clean"})') == PAGES)
    final = 'sum(newsflow_events_total{stage="summarise"} or newsflow_events_total{outcome=~"duplicate|dead_letter"})'
    wait("and what they became", lambda: value(final) == stream.final())
    with urllib.request.urlopen(f"{PROMETHEUS}/consoles/lag.md", timeout=5) as page:
        said("the runbooks are served", b"NewsflowLag" in page.read())

    subprocess.run(["podman", "kill", f"{PROJECT}_worker_1"], check=True, stdout=subprocess.DEVNULL)
    begin = time.monotonic()
    stream.produce(pages[PAGES:])
    wait("a worker killed, as many pages again, nothing lost or doubled", lambda: closed(stream, 2 * PAGES))
    print(f"      (the other took over and was done after {time.monotonic() - begin:.0f} s)", flush=True)

    subprocess.run(
        [*os.environ["COMPOSE"].split(), "up", "-d", "--no-build", "--no-deps", "crawler"],
        check=True,
        capture_output=True,
    )
    wait("the demo crawler writes, the worker reads", lambda: stream.final() > 2 * PAGES + 200)
    print(f"      books: {stream.books()}", flush=True)


def closed(stream: Stream, pages: int) -> bool:
    """Whether the books are closed over so many pages, each outcome there once."""
    books = stream.books()
    out = books["enriched"] + books["duplicates"] + books["dead letters"]
    # A dead letter may be a part, which no clean article counts: more may come out, by them.
    return books["raw"] == pages and 0 <= out - pages - books["parts"] <= books["dead letters"]


def value(query: str) -> float:
    """Ask Prometheus."""
    with urllib.request.urlopen(
        f"{PROMETHEUS}/api/v1/query?{urllib.parse.urlencode({'query': query})}", timeout=5
    ) as got:
        result = json.load(got)["data"]["result"]
    return float(result[0]["value"][1]) if result else -1


def wait(what: str, condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something holds, and say so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(Exception):  # what is not up yet refuses in many ways
            if condition():
                said(what, True)
                return
        time.sleep(1)
    said(what, False)


def said(what: str, holds: bool) -> None:
    """Print what was checked; end at the first that does not hold."""
    print(f"{'ok  ' if holds else 'FAIL'}  {what}", flush=True)
    if not holds:
        sys.exit(1)


if __name__ == "__main__":
    main()
