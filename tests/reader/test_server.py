"""The reader's server without a browser, and the command over a real broker."""

import asyncio
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from streams.reader import shelf as shelves
from streams.reader.shelf import Query, Shelf
from streams.topics import DUPLICATE, ENRICHED
from tests.reader.conftest import Served, duplicate, enriched, name_of
from tests.reader.pages import raw_pages
from tests.stream.stream import NEWSFLOW, Stream

Newsflow = Callable[..., Any]


def ask(url: str, **headers: str) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "[::2]"])
def test_who_asks_by_another_name_is_refused(served: Served, host: str) -> None:
    served.enter(1)
    for path in ("", "articles", "live", f"articles/{name_of(1)}", "reader.js"):
        status, headers, body = ask(served.url + path, Host=host)
        assert status == 421
        assert b"Council" not in body
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_every_answer_is_guarded(served: Served) -> None:
    for path in ("", "reader.css", "articles", "nothing", "articles/nothing", "../web.py", "%2e%2e/web.py"):
        status, headers, _ = ask(served.url + path)
        assert status == (200 if path in {"", "reader.css", "articles"} else 404)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in headers
    assert ask(served.url + "articles", Host="[::1]:1234")[0] == 200


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=99999999999", "q=" + "a+" * 3000, "tag=%00%ff"])
def test_strange_questions_have_answers(served: Served, query: str) -> None:
    served.enter(1)
    status, _, body = ask(f"{served.url}articles?{query}")
    assert status == 200
    assert json.loads(body)["page"] == 1


def test_a_live_connection_that_missed_too_much_asks_anew(served: Served) -> None:
    for number in range(1, 450):
        served.enter(number)

    def first(version: int) -> dict[str, Any]:
        with urllib.request.urlopen(f"{served.url}live?version={version}", timeout=10) as stream:
            while not (line := stream.readline()).startswith(b"data: "):
                pass
        return json.loads(line[6:])  # type: ignore[no-any-return]

    assert first(1)["changes"] is None
    assert [change["id"] for change in first(447)["changes"]] == [name_of(448), name_of(449)]
    assert first(10**9)["changes"] is None  # of another run


def test_the_shelf_is_bounded_in_bytes_and_copies_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_BYTES", 50_000)
    shelf = Shelf(1000)
    for number in range(1, 500):
        shelf.enter(name_of(number), enriched(number), {}, number)
        for copy in range(3):
            shelf.enter_copy(duplicate(10_000 + number * 10 + copy, number))
    assert 5 < len(shelf) < 100
    assert next(shelf.newest(Query())).card.id == name_of(499)
    for copy in range(200):
        shelf.enter_copy(duplicate(90_000 + copy, 499))
    assert len(shelf.copies(name_of(499))) == shelves.COPIES_A_STORY
    for number in range(2000):
        shelf.enter_copy(duplicate(200_000 + number, 300_000 + number))
    assert shelf.copies(name_of(499)) == []


def test_what_is_no_event_is_left_out(served: Served) -> None:
    shelf = served.shelf
    for value in (b"", b"{}", b"\xff", b"[" * 100_000):
        shelf.enter("x", value, {}, 1)
        shelf.enter_copy(value)
    shelf.enter_copy(None)
    assert shelf.unreadable == 8
    assert len(shelf) == 0


def said_by(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().split()[2]


def wait_for(url: str, found: int) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (told := json.loads(ask(f"{url}articles")[2]))["found"] != found:
        assert time.monotonic() < end, told
        time.sleep(0.1)
    return told  # type: ignore[no-any-return]


def test_committed_articles_come_from_the_broker_and_others_do_not(stream: Stream) -> None:
    stream.produce([enriched(1), enriched(2)], topic=ENRICHED)
    stream.produce([duplicate(50, 2)], topic=DUPLICATE)
    command = [str(NEWSFLOW), "reader", "--port", "0"]
    with subprocess.Popen(command, env=stream.environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = said_by(process)
            wait_for(url, 2)

            async def aborted() -> None:
                async with AIOKafkaProducer(bootstrap_servers=stream.bootstrap, transactional_id="reader") as producer:
                    await producer.begin_transaction()
                    await producer.send_and_wait(stream.prefix + ENRICHED.name, enriched(3), b"3", partition=0)
                    await producer.abort_transaction()

            asyncio.run(aborted())
            stream.produce([enriched(4)], topic=ENRICHED)
            told = wait_for(url, 3)
            assert {card["title"][-1] for card in told["cards"]} == {"1", "2", "4"}
            assert told["copies"] == {name_of(2): 1}
        finally:
            process.terminate()


def test_a_file_of_enrich_is_read_without_kafka(newsflow: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text("\n".join(raw_pages()))
    (tmp_path / "articles.jsonl").write_text(newsflow("enrich", tmp_path / "raw.jsonl").out + "no record\n")
    command = [str(NEWSFLOW), "reader", str(tmp_path / "articles.jsonl"), "--port", "0"]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            url = said_by(process)
            told = wait_for(url, 8)
            assert list(told["copies"].values()) == [2]
            assert process.stderr
            assert process.stderr.readline().startswith("1 lines of")
            taken = newsflow("reader", tmp_path / "articles.jsonl", "--port", url.rstrip("/").rpartition(":")[2])
            assert "is taken: choose another with --port" in taken.err
        finally:
            process.terminate()
    assert "holds no enriched article" in newsflow("reader", tmp_path / "raw.jsonl").err
