"""Commands that work on a broker."""

import asyncio
import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.cli import connection
from tests.cli.archives import http, record

NEWSFLOW = [sys.executable, "-m", "streams.cli.main"]
TOPICS = ["raw", "clean", "unique", "tagged", "enriched", "duplicate", "dead-letter"]
Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]

Newsflow = Callable[..., Any]


def lines(count: int, first: int = 0) -> bytes:
    return b"".join(
        json.dumps({"url": f"https://a.example/{n}", "body": f"Story {n}\nIt is number {n}."}).encode() + b"\n"
        for n in range(first, first + count)
    )


def read(kafka: Newsflow, topic: str, count: int) -> list[dict[str, Any]]:
    found = kafka("tail", "--topic", topic, "--from-beginning", "--limit", str(count), "--json").records
    return sorted(found, key=lambda record: (record["partition"], record["offset"]))


def count_of(topic: str) -> int:
    async def count() -> int:
        async with connection.consumer() as reader:
            return len([1 async for _ in connection.whole(reader, [TopicPartition(topic, n) for n in range(4)])])

    return asyncio.run(count())


def write(bootstrap: str, topic: str, records: Sequence[Record], partition: int = 0) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        for key, value, headers in records:
            await producer.send_and_wait(topic, value, key, partition=partition, headers=headers)
        await producer.stop()

    asyncio.run(send())


def test_topics_are_created_once_also_by_many_at_a_time(newsflow: Newsflow, bootstrap: str, prefix: str) -> None:
    environment = {"KAFKA_BOOTSTRAP": bootstrap, "NEWSFLOW_TOPIC_PREFIX": prefix, "NEWSFLOW_PARTITIONS": "2"}
    assert newsflow("topics", "check", **environment).code == 1
    command = [*NEWSFLOW, "topics", "create"]
    path = {"PATH": "/usr/bin:/bin", **environment}
    both = [subprocess.Popen(command, env=path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [each.wait() for each in both] == [0, 0]
    answer = newsflow("topics", "create")
    assert answer.code == 0
    assert answer.out.count("exists") == 8
    assert newsflow("topics", "check").out == f"8 topics on {bootstrap} are as they must be\n"


def test_topics_check_names_each_fault_and_its_fix(kafka: Newsflow, prefix: str) -> None:
    answer = kafka("topics", "check", NEWSFLOW_PARTITIONS="5")
    assert answer.code == 1
    faults = answer.err.splitlines()
    assert len(faults) == 9
    assert faults[0] == (
        f"fault: {prefix}news.article.raw.v1 has 4 partitions, not 5: set NEWSFLOW_PARTITIONS=4, "
        "or delete all topics and run `newsflow topics create`"
    )
    answer = kafka("topics", "check", NEWSFLOW_PARTITIONS="4", NEWSFLOW_MAX_RECORD_BYTES="30000000")
    assert answer.code == 1
    assert answer.err.count("--add-config max.message.bytes=") == 8
    answer = kafka("topics", "check", NEWSFLOW_MAX_RECORD_BYTES="1000000", NEWSFLOW_DEDUPE_WINDOW_DAYS="3")
    assert answer.code == 0
    assert answer.err.startswith(f"note: {prefix}newsflow.dedupe.state.v1 has retention.ms=2678400000, not 345600000")


def test_a_topic_of_another_make_is_refused(newsflow: Newsflow, bootstrap: str, prefix: str) -> None:
    async def create() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        configs = {"cleanup.policy": "compact", "max.message.bytes": "1000"}
        await admin.create_topics([NewTopic(f"{prefix}news.article.raw.v1", 1, 1, topic_configs=configs)])
        await admin.close()

    asyncio.run(create())
    answer = newsflow("topics", "create", KAFKA_BOOTSTRAP=bootstrap, NEWSFLOW_TOPIC_PREFIX=prefix)
    assert answer.code == 1
    assert [line.split()[2:4] for line in answer.err.splitlines()[:3]] == [
        ["has", "1"],
        ["takes", "records"],
        ["has", "cleanup.policy=compact,"],
    ]


def test_produce_sends_lines_as_they_are_and_pages_as_events(kafka: Newsflow, tmp_path: Path) -> None:
    broken = b'{"url": "https://a.example/x", \xff'
    first = b'{"url":  "https://A.example/1?utm_source=x",\t"body":"Eins" }'
    (tmp_path / "a.jsonl").write_bytes(first + b"\n\n" + broken)
    (tmp_path / "b.html").write_bytes(b"<p>\xe9</p>")
    (tmp_path / "c.txt").write_bytes("Grüße".encode())
    (tmp_path / "d.txt").write_bytes(b"\xff\xfeG\0")
    answer = kafka("produce", tmp_path)
    assert answer.code == 0
    assert answer.out.startswith("sent 5 records (0.0 MB) to ")
    assert answer.out.splitlines()[1:] == ["  JSON Lines  1 file, 2 events", "  page        3 files, 3 events"]
    assert answer.err == ""
    records = {record["key"]: record["value"] for record in read(kafka, "raw", 5)}
    assert records["https://a.example/1"] == json.loads(first)
    assert "body_b64" in records[None]
    assert records["b.html"] == {"source": {"name": "b.html"}, "content_type": "text/html", "body_b64": "PHA+6TwvcD4="}
    assert records["c.txt"] == {"source": {"name": "c.txt"}, "content_type": "text/plain", "body": "Grüße"}
    assert records["d.txt"] == {"source": {"name": "d.txt"}, "content_type": "text/plain", "body_b64": "//5HAA=="}


def test_produce_goes_on_where_it_was_killed_and_sends_nothing_twice(
    kafka: Newsflow, prefix: str, tmp_path: Path
) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_bytes(lines(3000))
    topic = f"{prefix}news.article.raw.v1"
    for number in (signal.SIGKILL, signal.SIGINT):
        before = count_of(topic)
        running = subprocess.Popen([*NEWSFLOW, "produce", path, "--rate", "400"], stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while count_of(topic) < before + 100:
            assert time.monotonic() < deadline
        running.send_signal(number)
        running.wait()
        assert b"Traceback" not in running.communicate()[1]
    answer = kafka("produce", path)  # another rate is the same command
    assert answer.code == 0
    assert "going on after record" in answer.err
    records = read(kafka, "raw", count_of(topic))
    assert sorted(int(record["key"].rpartition("/")[2]) for record in records) == list(range(3000))
    assert kafka("produce", path, "--limit", "7").out.startswith("sent 7 records")  # it came to its end: it starts anew


def test_produce_goes_on_within_an_archive_and_a_feed(kafka: Newsflow, prefix: str, tmp_path: Path) -> None:
    pages = [record(f"https://a.example/{n}", http(b"<p>Story %d</p>" % n)) for n in range(300)]
    others = [record(f"https://a.example/x{n}", b"GET / HTTP/1.1\r\n\r\n", "request") for n in range(300)]
    mixed = [each for both in zip(pages, others, strict=True) for each in both]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(map(gzip.compress, mixed)))
    entries = "".join(
        f"<entry><link href='https://b.example/{n}'/><content>Story {n}</content></entry>" for n in range(300)
    )
    (tmp_path / "b.atom").write_text(f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>")
    topic = f"{prefix}news.article.raw.v1"
    running = subprocess.Popen([*NEWSFLOW, "produce", tmp_path, "--rate", "300"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while count_of(topic) < 350:
        assert time.monotonic() < deadline
    running.kill()
    running.communicate()
    answer = kafka("produce", tmp_path)
    assert "going on after record" in answer.err
    keys = sorted(record["key"] for record in read(kafka, "raw", count_of(topic)))
    assert keys == sorted(f"https://{host}.example/{n}" for host in "ab" for n in range(300))
    assert answer.out.splitlines()[1:] == [
        "  WARC        1 file, 300 events; left out: request records (300)",
        "  feed        1 file, 300 events",
    ]


def test_produce_leaves_out_what_the_topic_does_not_take(kafka: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_bytes(lines(1) + b"x" * 30_000 + b"\n" + lines(1, first=1))
    answer = kafka("produce", tmp_path, NEWSFLOW_MAX_RECORD_BYTES="20000")
    assert answer.out.startswith("sent 2 records")
    assert answer.out.endswith("  JSON Lines  1 file, 2 events; left out: too large (1)\n")
    assert "raw.jsonl:2: a line of more than 18,976 bytes is left out" in answer.err


def test_tail_shows_every_topic_in_lines(kafka: Newsflow, bootstrap: str, prefix: str) -> None:
    title = "A title that is longer than any terminal is wide, " * 5 + "\x1b[31m\nfor it is whole"
    moment = {"value": "2025-06-07T11:22:00Z", "precision": "minute", "tz": "explicit"}
    source = {"name": "A", "domain": None, "kind": "publisher"}
    article = {"title": title, "source": source, "published_at": moment, "hashtags": ["#A", "#B"]}
    write(bootstrap, f"{prefix}news.article.enriched.v1", [(b"id", json.dumps(article).encode(), [])])
    line = "2025-06-07 11:22  A  " + "A title that is longer than any terminal is wide, " * 5 + "[31m for it is whole"
    assert kafka("tail", "--from-beginning", "--limit", "1").out == f"{line}  #A #B\n"
    write(bootstrap, f"{prefix}news.article.enriched.v1", [(b"id", None, [("news_reason", b"takedown")])])
    assert kafka("tail", "--from-beginning", "-n", "2").out.splitlines()[1] == "taken down  id  takedown"
    for topic in TOPICS:
        write(bootstrap, f"{prefix}news.article.{topic}.v1", [(b"key", b"no json", [])], partition=1)
        assert kafka("tail", "-t", f"news.article.{topic}.v1", "--from-beginning", "-n", "1").code == 0


def dead(n: int, *, replayed: int = 0, value: bytes | None = None, topic: str = "raw", **more: str) -> Record:
    told = {"topic": f"news.article.{topic}.v1", "partition": "3", "offset": str(n), "stage": "clean"}
    told |= {"error.code": more.pop("code", "no_text"), "error.message": "nothing\nthere"}
    told |= {"replayed": str(replayed), **more}
    headers = [("traceparent", b"00-1"), ("news_ingested_at", b"5")]
    headers += [(f"dlq.{name}", said.encode()) for name, said in told.items()]
    return b"key", value or b"page %d\xff" % n, headers


def test_dead_letters_are_listed_shown_and_replayed_until_they_are_parked(
    kafka: Newsflow, bootstrap: str, prefix: str
) -> None:
    def dies(record: Record) -> None:
        key, value, headers = record
        headers = [(n, prefix.encode() + v if n == "dlq.topic" else v) for n, v in headers]
        write(bootstrap, f"{prefix}news.article.dead-letter.v1", [(key, value, headers)])

    dies(dead(0))
    dies(dead(1, topic="unique", code="bug", stage="tag"))
    dies(dead(2, part_of="a" * 26))
    listed = kafka("dead-letters", "ls")
    assert [line.split("\t")[0] for line in listed.out.splitlines()] == ["0/0", "0/1", "0/2"]
    assert listed.out.splitlines()[0].split("\t")[2:] == ["clean", "no_text", "nothing there", "key", "0"]
    assert kafka("dead-letters", "ls", "--code", "bug").out.count("\n") == 1
    assert kafka("dead-letters", "ls", "--stage", "tag").out.count("\n") == 1
    assert "there are decode_json" in kafka("dead-letters", "ls", "--code", "nope").err
    shown = kafka("dead-letters", "show", "0/0").out
    assert "dlq.error.message: nothing there\n" in shown
    assert "meaning: The page was read and holds no text" in shown
    assert "no dead letter at 9/9" in kafka("dead-letters", "show", "9/9").err

    answer = kafka("dead-letters", "replay", "0/0", "0/0")
    assert answer.out == "replayed 1 of 1 dead letters\n"
    (replayed,) = read(kafka, "raw", 1)
    assert replayed["partition"] == 3
    assert replayed["key"] == "key"
    assert replayed["headers"] == {"traceparent": "00-1", "news_ingested_at": "5", "dlq.replayed": "1"}
    dies(dead(4, replayed=1, value=b"page 0\xff"))
    assert kafka("dead-letters", "ls").out.splitlines()[0].endswith("\t0 → 0/3")

    answer = kafka("dead-letters", "replay", "--all")  # 0/0 died again as 0/3, so that one is sent; 0/2 is a part
    assert answer.out == "replayed 2 of 3 dead letters\n"
    assert answer.err.startswith("0/2 is a part of a page")
    assert answer.code == 0
    assert read(kafka, "unique", 1)[0]["headers"]["news_ingested_at"] == "5"
    assert {record["headers"]["dlq.replayed"] for record in read(kafka, "raw", 2)} == {"1", "2"}
    dies(dead(5, replayed=2, value=b"page 0\xff"))
    assert kafka("dead-letters", "ls").out.splitlines()[4].endswith("\t2, parked")
    for place in ("0/0", "0/4"):
        answer = kafka("dead-letters", "replay", place)
        assert answer.code == 1
        assert answer.err == "0/4 is parked: 2 replays have failed; see `newsflow dead-letters show 0/4`\n"


def test_a_take_down_is_a_raw_event_for_a_url_and_a_tombstone_behind_clean_for_an_id(kafka: Newsflow) -> None:
    assert kafka("takedown", "https://A.example/1?utm_source=x").code == 0
    (record,) = read(kafka, "raw", 1)
    assert record["value"] == {"url": "https://A.example/1?utm_source=x", "takedown": True}
    assert record["key"] == "https://a.example/1"
    assert kafka("takedown", "a" * 26).code == 0
    records = read(kafka, "clean", 4)
    assert [(record["partition"], record["key"], record["value"]) for record in records] == [
        (number, "a" * 26, None) for number in range(4)
    ]
    assert records[0]["headers"]["news_reason"] == "takedown"
    assert records[0]["headers"]["ce_subject"] == "a" * 26


def test_doctor_tells_all_settings_and_masks_secrets(kafka: Newsflow, bootstrap: str) -> None:
    secret = "do-not-print-me"
    answer = kafka("doctor", KAFKA_SASL_PASSWORD=secret, KAFKA_SSL_PASSWORD=secret, NEWSFLOW_BATCH_RECORDS="77")
    assert answer.code == 0, answer.err
    assert answer.out.endswith("all is well\n")
    assert secret not in answer.out + answer.err
    rows = [line.split("\t") for line in answer.out.splitlines()]
    assert ["KAFKA_SASL_PASSWORD", "**********", "environment"] in rows
    assert ["KAFKA_BOOTSTRAP", bootstrap, "environment"] in rows
    assert ["NEWSFLOW_BATCH_RECORDS", "77", "environment"] in rows
    assert ["NEWSFLOW_PARTITIONS", "4", "default"] in rows


def test_doctor_says_what_is_wrong(newsflow: Newsflow, kafka: Newsflow) -> None:
    answer = kafka("doctor", NEWSFLOW_TOPIC_PREFIX="nothing-here.")
    assert answer.code == 1
    assert answer.err.splitlines()[0].endswith("is missing: run `newsflow topics create`")
    answer = newsflow("doctor", KAFKA_BOOTSTRAP="127.0.0.1:9")
    assert answer.code == 1
    assert answer.err.splitlines()[0].startswith("fault: no Kafka broker answers at 127.0.0.1:9")
    assert "NEWSFLOW_PARTITIONS\t4\tdefault" in answer.out


def test_the_embedded_broker_is_found_by_other_commands(
    newsflow: Newsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("connection", "kafka"):
        monkeypatch.setattr(f"streams.cli.{module}.embedded_directory", lambda: tmp_path / "broker")
    assert newsflow("kafka", "down").out == "Kafka was not running\n"
    answer = newsflow("kafka", "up")
    try:
        assert answer.code == 0
        assert answer.out.startswith("export KAFKA_BOOTSTRAP=127.0.0.1:")
        assert newsflow("kafka", "status").out == answer.out
        assert newsflow("topics", "create").code == 0
        assert "(embedded)" in newsflow("doctor").out
    finally:
        assert newsflow("kafka", "down", "--wipe").out == "Kafka stopped\n"
    assert newsflow("kafka", "status").code == 1
    assert not (tmp_path / "broker").exists()
