"""What `enrich` writes."""

import base64
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streams.cli import inputs

Newsflow = Callable[..., Any]
PLACES = ["Geneva", "Lisbon", "Oslo"]
STORY = "The minister said on Tuesday that the talks in {} would go on next week, despite the objections of members."


def story(place: str) -> str:
    return f"Talks in {place} go on\n{STORY.format(place)}\n"


def event(url: str, body: str, **more: Any) -> bytes:
    return json.dumps({"url": url, "body": body, **more}).encode() + b"\n"


def short(record: dict[str, Any]) -> str:
    return str(record["topic"].split(".")[2])


def timeless(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for record in records:
        record["headers"].pop("ce_time", None)
    return records


def test_records_come_in_the_order_of_the_input_with_verdicts_and_dead_letters(
    newsflow: Newsflow, tmp_path: Path
) -> None:
    lines = [
        event("https://a.example/1", story("Geneva")),
        b"no json\xff\n",
        event("https://a.example/2", story("Geneva")),
        b"\n",
        event("https://a.example/3", ""),
        event("https://a.example/1", "", takedown=True)[:-1],
    ]
    (tmp_path / "raw.jsonl").write_bytes(b"".join(lines))
    answer = newsflow("enrich", tmp_path / "raw.jsonl")
    assert answer.code == 0
    records = answer.records
    assert [short(record) for record in records] == ["enriched", "dead-letter", "duplicate", "dead-letter", "enriched"]
    first, broken, copy, empty, gone = records
    assert list(first) == ["topic", "key", "headers", "value"]
    assert first["key"] == first["value"]["article_id"] == first["headers"]["ce_subject"]
    assert first["headers"]["news_raw_position"] == "enrich/0/0/0"
    assert first["headers"]["ce_source"] == "newsflow/summarise"
    assert first["headers"]["ce_time"]
    assert broken["value"] == {"body_b64": base64.b64encode(b"no json\xff").decode()}
    assert broken["key"] is None
    assert broken["headers"]["dlq.error.code"] == "decode_json"
    assert copy["value"]["duplicate_of"] == first["key"]
    assert empty["headers"]["dlq.error.code"] == "no_text"
    assert empty["headers"]["dlq.offset"] == "3"
    assert empty["key"] == "https://a.example/3"
    assert gone["value"] is None
    assert gone["key"] == first["key"]
    assert gone["headers"]["news_reason"] == "takedown"
    alone = newsflow("enrich", tmp_path, "--independent").records
    assert [short(record) for record in alone] == ["enriched", "dead-letter", "enriched", "dead-letter"]


def test_many_records_over_all_cores_keep_order_and_values(
    newsflow: Newsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 150
    lines = [event(f"https://a.example/{n}", story(f"Place{n}")) for n in range(count)]
    with gzip.open(tmp_path / "raw.jsonl.gz", "wb") as file:
        file.writelines(lines)
    records = newsflow("enrich", tmp_path / "raw.jsonl.gz").records
    assert [record["value"]["url"] for record in records] == [f"https://a.example/{n}" for n in range(count)]
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"".join(lines[:30]))))
    assert timeless(records[:30]) == timeless(newsflow("enrich", "-").records)


def test_a_page_that_takes_too_long_is_a_dead_letter_and_the_rest_goes_on(newsflow: Newsflow, tmp_path: Path) -> None:
    # 0.8 CPU seconds of a page; a common one takes 0.02.
    slow = "".join(f"<p>{STORY.format(f'Place{n}')}</p>" for n in range(60_000))
    lines = [event("https://a.example/0", story("Oslo")), event("https://a.example/1", slow, content_type="text/html")]
    lines.append(event("https://a.example/2", story("Lisbon")))
    (tmp_path / "raw.jsonl").write_bytes(b"".join(lines))
    records = newsflow("enrich", tmp_path, NEWSFLOW_PAGE_CPU_SECONDS="0.2").records
    assert records[1]["headers"]["dlq.error.code"] == "timeout"
    assert base64.b64decode(records[1]["value"]["body_b64"]) == lines[1].rstrip(b"\n")
    assert [short(record) for record in (records[0], records[2])] == ["enriched", "enriched"]


def test_a_bare_page_takes_what_the_command_line_says_of_it() -> None:
    known = inputs.about("https://a.example/1", None, "2025-06-07T12:00:00Z")
    assert json.loads(inputs.page(b"<p>\xe9</p>", Path("page.html"), known)) == {
        "url": "https://a.example/1",
        "fetched_at": "2025-06-07T12:00:00Z",
        "content_type": "text/html",
        "body_b64": "PHA+6TwvcD4=",
    }
    named = json.loads(inputs.page(b"Text", Path("page"), inputs.about(None, "A", None)))
    assert named == {"source": {"name": "A"}, "body_b64": "VGV4dA=="}


def test_bare_pages_have_no_url_and_no_time_and_are_named_after_their_files(newsflow: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, place in zip(("a.txt", "b/c.htm", "d.TXT"), PLACES, strict=True):
        (tmp_path / name).write_text(story(place))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    records = newsflow("enrich", tmp_path).records
    assert [record["value"]["source"]["name"] for record in records] == ["a.txt", "c.htm", "d.TXT"]
    assert {record["value"]["url"] for record in records} == {None}
    assert {record["value"]["published_at"] for record in records} == {None}
