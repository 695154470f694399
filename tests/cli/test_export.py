"""`newsflow export`."""

import json
import os
from pathlib import Path
from typing import Any

from tests.cli.test_broker import Newsflow, lines, write


def documents(answer: Any) -> list[dict[str, Any]]:
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def test_what_enrich_printed_becomes_ninjs(newsflow: Newsflow, tmp_path: Path) -> None:
    pages, enriched = tmp_path / "pages.jsonl", tmp_path / "enriched.jsonl"
    pages.write_bytes(lines(2) + lines(1) + b"broken\n" + b'{"url": "https://a.example/1", "takedown": true}\n')
    enriched.write_text(newsflow("enrich", pages).out)
    answer = newsflow("export", enriched)
    items = documents(answer)
    assert [item["pubStatus"] for item in items] == ["usable", "usable", "canceled"]
    assert items[2]["uri"] == items[1]["uri"]
    assert answer.err.strip() == "left out: 1 dead-letter, 1 duplicate"


def test_the_topic_becomes_ninjs(kafka: Newsflow, tmp_path: Path) -> None:
    pages = tmp_path / "pages.jsonl"
    pages.write_bytes(lines(2))
    made = kafka("enrich", pages).records
    records = [
        (
            record["key"].encode(),
            json.dumps(record["value"]).encode(),
            [(name, value.encode()) for name, value in record["headers"].items()],
        )
        for record in made
    ]
    write(os.environ["KAFKA_BOOTSTRAP"], os.environ["NEWSFLOW_TOPIC_PREFIX"] + made[0]["topic"], records * 2)
    assert [item["headlines"][0]["value"] for item in documents(kafka("export"))] == ["Story 0", "Story 1"]


def test_what_enrich_never_printed_is_one_clear_line(newsflow: Newsflow, tmp_path: Path) -> None:
    file = tmp_path / "pages.jsonl"
    file.write_bytes(lines(1))
    answer = newsflow("export", file)
    assert answer.code == 1
    assert answer.err.startswith(f"newsflow: {file}:1 is no line of `newsflow enrich`")
    assert "leave the files out" in newsflow("export", "--follow", file).err
    assert "No such file" in newsflow("export", tmp_path / "none").err
