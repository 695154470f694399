"""The demo and `explain`: what a new user sees; and the same values with Kafka and without."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streams.cli import demo
from tests.docs.blocks import shown

NEWSFLOW = [sys.executable, "-m", "streams.cli.main"]
TITLES = [
    "Scotland switches on its largest tidal power station",
    "Herring fleet returns to Stromness with record catch",
    "Ferry to Shetland cancelled after engine fault",
    "Islay to get second tidal site, minister confirms",
]
SAMPLE = Path(demo.__file__).with_name("sample.txt")

Newsflow = Callable[..., Any]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting from outside, and a directory for temporary files that shows what stays behind."""
    for name in list(os.environ):
        if name.startswith(("NEWSFLOW_", "KAFKA_")) and name != "NEWSFLOW_CACHE":
            monkeypatch.delenv(name)
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "t").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    return tmp_path / "t"


def left_of(directory: Path) -> list[str]:
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in running.splitlines() if str(directory) in line] + [str(p) for p in directory.iterdir()]


def test_the_demo_shows_every_stage_and_article_and_leaves_nothing_behind(alone: Path) -> None:
    done = subprocess.run([*NEWSFLOW, "demo"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    for stage in ("clean  raw", "dedupe  clean", "tag  unique", "summarise  tagged"):
        assert any(line.startswith(stage) for line in lines)
    assert [line for line in lines if line in TITLES] == TITLES
    assert "Northern Courier  2025-06-07 11:22  en" in lines
    assert any(line.startswith("4 final records, ") for line in lines)
    assert (
        "  split off      Ferry to Shetland cancelled after engine fault  The Harbour Times  2025-06-07 10:00" in lines
    )
    assert "newsflow explain PAGE" in done.stdout
    assert [line for line in shown("README.md") if line not in lines] == []
    assert left_of(alone) == []


def test_the_demo_stops_everything_when_it_is_interrupted(alone: Path, bootstrap: str) -> None:
    environment = {**os.environ, "KAFKA_BOOTSTRAP": bootstrap}
    running = subprocess.Popen([*NEWSFLOW, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    while not list(alone.glob("newsflow-demo-*/worker.log")):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said == b""
    assert left_of(alone) == []


def test_a_worker_that_dies_is_told_with_its_last_words(alone: Path, bootstrap: str) -> None:
    environment = {**os.environ, "KAFKA_BOOTSTRAP": bootstrap, "NEWSFLOW_FLOW": "tests.stream.flows:cold"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run([*NEWSFLOW, "demo"], capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("newsflow: the worker ended (exit code 1); its last lines:\n")
    assert "compute processes do not start" in done.stderr
    assert left_of(alone) == []


def test_explain_tells_what_was_kept_and_cut_and_why(newsflow: Newsflow) -> None:
    options = ["--source", "Daily8", "--fetched-at", "2025-06-07T12:00:00Z"]
    answer = newsflow("explain", SAMPLE, *options)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("clean  ")
    assert lines[0].endswith(" ms")
    assert "  kept           7 paragraphs, 224 words" in lines
    assert any(line.startswith("  title          Scotland switches on ") and "first line (" in line for line in lines)
    assert any(line.startswith("  − hashtags     Hashtags  ") for line in lines)
    assert [line for line in lines if line in TITLES] == TITLES
    (document,) = newsflow("explain", SAMPLE, *options, "--json").records
    assert [stage["stage"] for stage in document["stages"]] == ["clean", "dedupe", "tag", "summarise"]
    assert all(stage["seconds"] > 0 for stage in document["stages"])
    assert [len(stage["records"]) for stage in document["stages"]] == [4, 4, 4, 4]
    assert {"kind": "hashtags", "text": "Hashtags", "reason": "hashtags of the page"} in document["cut"]


def test_explain_tells_the_origin_of_each_field_of_an_html_page(newsflow: Newsflow, tmp_path: Path) -> None:
    story = "<p>The minister said on Tuesday that the talks in Geneva would go on next week, despite objections.</p>"
    head = "<title>Talks go on | Gazette</title><meta name=author content='Jane Doe'>"
    (tmp_path / "page.html").write_text(f"<html><head>{head}</head><body><h1>Talks go on</h1>{story * 3}</body></html>")
    lines = newsflow("explain", tmp_path / "page.html", "--url", "https://gazette.example/talks").out.splitlines()
    assert any(re.fullmatch(r"  title          Talks go on  h1 \+ title \(\d+% sure\)", line) for line in lines)
    assert any(re.fullmatch(r"  authors        Jane Doe  meta \(\d+% sure\)", line) for line in lines)


def test_explain_tells_why_there_is_no_article(newsflow: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(" \n")
    answer = newsflow("explain", tmp_path / "page.txt")
    assert answer.code == 0
    assert answer.out.splitlines()[1] == "  clean: no_text  the page holds no letter  page.txt"


def test_values_and_headers_are_those_of_the_stream(
    kafka: Newsflow, tmp_path: Path, monkeypatch: Any, prefix: str
) -> None:
    # One partition: the order in which dedupe reads is that of the input, as without Kafka.
    monkeypatch.setenv("NEWSFLOW_PARTITIONS", "1")
    monkeypatch.setenv("NEWSFLOW_TOPIC_PREFIX", f"{prefix}one.")
    assert kafka("topics", "create").code == 0
    page = SAMPLE.read_bytes()
    (tmp_path / "a.txt").write_bytes(page)
    (tmp_path / "b.txt").write_bytes(page.replace(b"Hashtags", b"Hashtags\n#Tide"))
    (tmp_path / "c.jsonl").write_bytes(b'{"url": "https://a.example/"}\nno json\n')
    assert kafka("produce", tmp_path).code == 0
    alone = kafka("enrich", tmp_path).records
    worker = subprocess.Popen([*NEWSFLOW, "worker"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        streamed = []
        for topic in ("enriched", "duplicate", "dead-letter"):
            count = sum(record["topic"].split(".")[2] == topic for record in alone)
            assert count
            streamed += kafka("tail", "--topic", topic, "--from-beginning", "-n", str(count), "--json").records
    finally:
        worker.terminate()
        assert worker.wait(60) == 0

    def comparable(record: dict[str, Any]) -> dict[str, Any]:
        # Clock and places are the stream's own.
        own = {"ce_time", "traceparent", "news_ingested_at", "dlq.topic", "dlq.timestamp"}
        record["headers"] = {name: said for name, said in record["headers"].items() if name not in own}
        place = record["headers"].pop("news_raw_position", "").split("/")
        record["headers"] |= {"place": place[-2:]}
        return {name: record[name] for name in ("key", "headers", "value")}

    def ordered(records: list[dict[str, Any]]) -> list[str]:
        return sorted(repr(comparable(record)) for record in records)

    assert ordered(streamed) == ordered(alone)
