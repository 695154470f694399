"""What `watch` shows of the workers' metrics, of Kafka's offsets, and on terminals of any width."""

import asyncio
import math
import os
import pty
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.text import Text

from streams.app import flow
from streams.cli import gauges
from streams.cli.flowview import drawn, plain
from streams.cli.gauges import FlowNow, Gauges, StageNow, quantile
from streams.cli.watch import address
from tests.stream.conftest import stream
from tests.stream.pages import page
from tests.stream.stream import NEWSFLOW, Stream

__all__ = ["stream"]
Newsflow = Callable[..., Any]
NOW = FlowNow(
    [
        StageNow("clean", 19.6, 12_345, 59.0, 0.045, 0, 29),
        StageNow("dedupe", 23.0, 6, 75.0, 0.037, 977, 0),
        StageNow("tag", 5.04, 0, 0.0, None, 0, 0),
        StageNow("summarise", None, None, None, None, None, None),
    ],
    0.48,
    Counter({"no_text": 16, "decode_json": 13}),
    "2 workers, 1 not reachable",
)
HEADLINES = [Text(f"2025-06-07 11:22  Paper  A headline of some length, number {number}, " * 3) for number in range(60)]


def metrics(consumed: int, lag: dict[int, int], fast: int, slow: int) -> str:
    lines = [f'newsflow_consumed_events_total{{stage="clean"}} {consumed}']
    lines += [
        f'newsflow_consumer_lag_records{{stage="clean",partition="{at}"}} {records}' for at, records in lag.items()
    ]
    lines += [f'newsflow_consumer_lag_seconds{{stage="clean",partition="{at}"}} {at}' for at in lag]
    lines += ['newsflow_events_total{stage="dedupe",outcome="duplicate"} 7']
    lines += ['newsflow_dead_letters_total{stage="clean",error_code="no_text"} 3']
    for name in ("newsflow_stage_duration_seconds", "newsflow_end_to_end_seconds"):
        for le, count in (("0.1", fast), ("1.0", fast + slow), ("+Inf", fast + slow)):
            lines.append(f'{name}_bucket{{stage="clean",le="{le}"}} {count}')
    return "\n".join(lines) + "\n"


def samples(text: str) -> gauges.Samples:
    families = text_string_to_metric_families(text)
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def test_workers_are_added_up_and_counters_become_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(gauges, "monotonic", lambda: now)
    told: dict[str, gauges.Samples | None] = {
        "a": samples(metrics(1000, {0: 5, 1: 2}, 100, 0)),
        "b": samples(metrics(500, {2: 1}, 0, 0)),
        "c": None,
    }
    monkeypatch.setattr(gauges, "_scrape", told.get)
    looking = Gauges(flow, ["a", "b", "c"])
    first = asyncio.run(looking.look())
    assert first
    assert first.stages[0].rate is None
    now = 110.0
    told["a"] = samples(metrics(1200, {0: 5, 1: 2}, 100, 100))
    second = asyncio.run(looking.look())
    assert second
    assert second.stages[0][:4] == ("clean", 20.0, 8, 2.0)
    assert second.stages[0].p99 == pytest.approx(0.1 + 0.9 * 0.99)  # of what came since the first look
    assert second.end_to_end == second.stages[0].p99
    assert (second.stages[0].dead, second.stages[1].duplicates) == (6, 14)
    assert second.dead_by_code == Counter(no_text=6)
    assert second.said == "2 workers, 1 not reachable"
    now = 200.0
    third = asyncio.run(looking.look())
    now = 210.0
    fourth = asyncio.run(looking.look())
    assert third
    assert fourth
    assert fourth.stages[0].rate == 0  # what was counted more than 30 s ago is no rate of now
    told.clear()
    assert asyncio.run(looking.look()) is None


def test_a_quantile_is_interpolated_in_its_bucket() -> None:
    assert quantile({}) is None
    assert quantile({1.0: 0, math.inf: 0}) is None
    assert quantile({1.0: 50, 2.0: 100, math.inf: 100}, 0.5) == 1.0
    assert quantile({1.0: 50, 2.0: 100, math.inf: 100}, 0.75) == 1.5
    assert quantile({1.0: 50, 2.0: 50, math.inf: 100}) == 2.0  # beyond the last bound


@pytest.mark.parametrize("width", [200, 120, 80, 60, 40, 20])
@pytest.mark.parametrize("height", [50, 24, 8])
def test_it_fits_any_terminal(width: int, height: int) -> None:
    console = Console(width=width, height=height, record=True, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123 - written to, never read
    console.print(drawn(NOW, [line.copy() for line in HEADLINES], width, height))
    console.file.close()
    lines = console.export_text().rstrip("\n").split("\n")
    assert max(map(len, lines)) <= width
    assert len(lines) <= max(height, 13)
    text = "\n".join(lines)
    assert ("╭─ clean" in text) == (width >= 76)
    assert ("raw ─▶ │" in text) == (width >= 110)
    for said in ("clean", "summar", "20", "29"):
        assert said in text
    assert ("number 0" in text) == (height > 20 and width >= 80)


def test_a_pipe_gets_lines_with_tabs() -> None:
    lines = list(plain(NOW, HEADLINES[:1]))
    assert lines[1].split("\t") == ["clean", "20", "12,345", "59 s", "45 ms", "0", "29"]
    assert lines[4].split("\t") == ["summarise", "–", "–", "–", "–", "–", "–"]
    assert lines[5] == "end to end p99 480 ms   duplicates 977   dead letters 29 (no_text 16, decode_json 13)"
    assert lines[6] == "(2 workers, 1 not reachable)"


@pytest.mark.parametrize("given", ["localhost:9100", "http://localhost:9100/", "http://localhost:9100/metrics"])
def test_an_address_may_be_short(given: str) -> None:
    assert address(given) == "http://localhost:9100"


@pytest.mark.parametrize("given", ["file:///etc/passwd", "localhost", "http://a/b:1", "ftp://localhost:1", ""])
def test_an_address_that_is_none_is_one_line(newsflow: Newsflow, given: str) -> None:
    answer = newsflow("watch", "--metrics", given)
    assert answer.code == 1
    assert "is no address of a worker: write http://127.0.0.1:9100" in answer.err


def test_who_is_no_worker_is_not_reachable() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>not {metrics} at all" if "metrics" in self.path else b"")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        Thread(target=server.handle_request, daemon=True).start()
        assert gauges._scrape(f"http://127.0.0.1:{server.server_port}") is None
    assert gauges._scrape("http://127.0.0.1:9") is None


def test_a_real_worker_is_watched_and_without_its_metrics_kafka_is_asked(stream: Stream) -> None:
    worker = stream.worker("--web-port", "0")
    url = stream.web(worker)
    stream.produce([page(number) for number in range(20)] + [page(3), b"no json"])
    stream.wait_final(22)
    time.sleep(2.5)  # lag is sampled every 2 s
    answer = stream.newsflow("watch", "--metrics", url)
    assert answer.returncode == 0, answer.stderr
    rows = {line.split("\t")[0]: line.split("\t") for line in answer.stdout.splitlines()}
    assert rows["clean"][2:] == ["0", "0 ms", rows["clean"][4], "0", "1"]
    assert rows["clean"][4] != "–"
    assert rows["dedupe"][5] == "1"
    assert "dead letters 1 (decode_json 1)" in answer.stdout
    assert "(1 worker)" in answer.stdout
    assert sum("Harbour" in line for line in answer.stdout.splitlines()) <= 5

    stream.stop(worker)
    stream.produce([page(number) for number in range(20, 27)])
    answer = stream.newsflow("watch", "--metrics", url)
    assert answer.returncode == 0, answer.stderr
    assert "no worker's /metrics reached: from Kafka's offsets" in answer.stdout
    rows = {line.split("\t")[0]: line.split("\t") for line in answer.stdout.splitlines()}
    assert rows["clean"][1:3] == ["0.0", "7"]

    main, other = pty.openpty()
    environment = {**stream.environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    command = [str(NEWSFLOW), "watch", "--metrics", url]
    with subprocess.Popen(command, stdin=other, stdout=other, stderr=other, env=environment) as live:
        os.close(other)
        seen = b""
        while b"latest" not in seen:
            seen += os.read(main, 65536)
        live.send_signal(signal.SIGINT)
        while True:
            try:
                more = os.read(main, 65536)
            except OSError:  # Linux says so at the other side's end
                break
            seen += more
        assert live.wait(20) == 0
    os.close(main)
    assert "╭─".encode() in seen
    assert b"Traceback" not in seen
