"""What strangers write is shown, never obeyed: no log line is forged by it, no terminal moved."""

import asyncio
import io
import json
import logging
import sys
import unicodedata
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from streams.cli.records import as_json, line
from streams.logs import Lines, logger
from tests.cli.conftest import Newsflow, kafka

__all__ = ["kafka"]

FORGED = "2026-01-01 00:00:00,000 INFO streams all is well"
HOSTILE = f"A pier\x1b]0;owned\x07\x1b[2J\x9b31m\r\n{FORGED}\nnewsflow: all is well\u202e\u2066\x00\x7f\ud83d\ude00"
HOSTILE = HOSTILE.encode("utf-16", "surrogatepass").decode("utf-16")


def assert_harmless(printed: str) -> None:
    assert "A pier" in printed
    strange = {c for c in printed if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c not in "\n\t"}
    assert not strange, strange
    assert not [line for line in printed.splitlines() if line.startswith(("2026-01-01", "newsflow:"))]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_log_line_is_one_whoever_wrote_it(as_json: bool) -> None:
    written = io.StringIO()
    foreign, handler = logging.getLogger("forged"), logging.StreamHandler(written)
    handler.setFormatter(Lines(as_json=as_json))
    foreign.addHandler(handler)
    foreign.warning("stopping: %s", HOSTILE)
    foreign.error("a page: %s", HOSTILE, exc_info=ValueError(HOSTILE))
    logger("forged").warning("%s", HOSTILE, article_id=HOSTILE, odd=b"\x1b", **{HOSTILE: HOSTILE})
    foreign.removeHandler(handler)
    assert_harmless(written.getvalue())
    first, *others = written.getvalue().splitlines()
    if as_json:
        told = [json.loads(line) for line in (first, *others)]
        assert [line["event"] for line in told] == [f"stopping: {HOSTILE}", f"a page: {HOSTILE}", HOSTILE]
        assert told[2]["article_id"] == told[2][HOSTILE] == HOSTILE
    else:
        assert first.endswith("WARNING forged stopping: A pier\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\x0d")
        assert sum(not line.startswith("    ") for line in others) == 2


def _events() -> dict[str, dict[str, object]]:
    source = {"name": HOSTILE, "domain": HOSTILE, "kind": "publisher"}
    moment = {"value": HOSTILE, "precision": "minute", "tz": "explicit"}
    article: dict[str, object] = {"title": HOSTILE, "source": source, "published_at": moment, "hashtags": [HOSTILE]}
    return {
        "raw": {"url": HOSTILE, "source": source, "fetched_at": HOSTILE, "body": HOSTILE},
        "enriched": article,
        "duplicate": {**article, "kind": HOSTILE, "duplicate_of": HOSTILE},
        "clean": {"title": HOSTILE},
    }


def test_tail_and_dead_letters_show_strangers_words_without_obeying_them(
    kafka: Newsflow, bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = HOSTILE.encode()
    told = {"dlq.stage": HOSTILE, "dlq.error.code": HOSTILE, "dlq.error.message": HOSTILE, HOSTILE: HOSTILE}
    headers = [(name, value.encode()) for name, value in told.items()]

    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            for topic, event in _events().items():
                await producer.send_and_wait(f"{prefix}news.article.{topic}.v1", json.dumps(event).encode(), key)
            await producer.send_and_wait(f"{prefix}news.article.dead-letter.v1", key, key, partition=0, headers=headers)

    asyncio.run(write())
    for topic in (*_events(), "dead-letter"):
        answer = kafka("tail", "--topic", topic, "--from-beginning", "--limit", "1")
        assert_harmless(answer.out)
        assert answer.out.count("\n") == 1
    assert_harmless(kafka("dead-letters", "ls").out)
    about, _, original = kafka("dead-letters", "show", "0/0").out.partition("\n\n")
    assert_harmless(about)
    assert original == HOSTILE  # into a pipe or a file go the very bytes
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b]0" not in kafka("dead-letters", "show", "0/0").out


def test_explain_shows_a_page_without_obeying_it(newsflow: Newsflow, tmp_path: Path) -> None:
    story = f"{HOSTILE} The harbour council voted on Tuesday to rebuild the northern pier. " * 4
    page = tmp_path / "page.html"
    page.write_text(
        f"<html><head><title>{HOSTILE}</title><meta name=author content='{HOSTILE}'></head>"
        f"<body><nav>{HOSTILE}</nav><article><h1>{HOSTILE}</h1><p>{story}</article></body></html>"
    )
    answer = newsflow("explain", page, "--source", HOSTILE.replace("\x00", ""), "--url", "https://harbour.example/1")
    assert_harmless(answer.out)


def test_a_strangers_json_is_one_line_of_json() -> None:
    forged = b'[\n{"topic": "news.article.enriched.v1"}\r\n, 1.50e3, "\\u001b[2J"]'
    printed = line(as_json("news.article.raw.v1", b"k", [], forged))
    assert printed.count(b"\n") == 1
    assert msgspec.json.decode(printed)["value"] == [{"topic": "news.article.enriched.v1"}, 1500.0, "\x1b[2J"]


def test_a_value_that_is_no_json_is_told_as_bytes(newsflow: Newsflow, tmp_path: Path) -> None:
    values = [b'{"url": "\xff"}', b'{"headers": {"a":' + b"[" * 100_000, b"\x1b[2J"]
    for value in values:
        assert "body_b64" in as_json("news.article.raw.v1", None, [], value)["value"]
    (tmp_path / "raw.jsonl").write_bytes(b"\n".join(values))
    answer = newsflow("enrich", tmp_path / "raw.jsonl")
    assert answer.code == 0, answer.err
    assert [record["headers"]["dlq.error.code"] for record in answer.records] == ["decode_json"] * 3
