"""The chain from raw to enriched on the real broker: what comes out, and what is promised of it."""

import base64
import json
import re
import signal
import time
import urllib.request
from typing import Any

import msgspec

from streams import events
from streams.topics import CLEAN, DEAD_LETTER, DEDUPE_STATE, DUPLICATE, ENRICHED, RAW, TAGGED, UNIQUE
from streams.transport.partition import partition_of
from tests.stream.pages import aggregated, page
from tests.stream.stream import PARTITIONS, Stream

HTML = """<!DOCTYPE html><html lang="en"><head><title>Pier to be rebuilt - Harbour News</title>
<meta property="og:title" content="Pier to be rebuilt"></head><body><nav>Home Sport Weather</nav><article>
<h1>Pier to be rebuilt</h1>{}</article><footer>All rights reserved</footer></body></html>"""


def html() -> bytes:
    paragraphs = json.loads(page(1))["body"].split("\n\n")[1:]
    document = HTML.format("".join(f"<p>{text}</p>" for text in paragraphs))
    body = base64.b64encode(document.encode()).decode()
    return json.dumps({"url": "https://harbour.example/html", "body_b64": body, "content_type": "text/html"}).encode()


def test_pages_become_enriched_articles_each_on_its_topic(stream: Stream) -> None:
    stream.produce([html(), page(2), aggregated()])
    worker = stream.worker()
    stream.wait_final(5)
    assert stream.stop(worker) == 0, stream.log(worker)

    for topic in (CLEAN, UNIQUE, TAGGED, ENRICHED):
        assert len(stream.read(topic)) == 5, topic.name
        for value in stream.values(topic):
            msgspec.convert(value, topic.event)
    enriched = {article["title"]: article for article in stream.values(ENRICHED)}
    main = enriched["Ferry line to the islands opens again"]
    part = enriched["Bow door passed the test in heavy seas"]
    assert [related["article_id"] for related in main["related"]] == [
        part["article_id"],
        enriched["Shops run low on flour after weeks without a ferry"]["article_id"],
    ]
    assert part["part_of"] == main["article_id"]
    assert part["published_at"]["value"] == "2025-06-12T08:22:00Z"
    assert part["source"]["name"] == "Norvik Post"
    assert main["hashtags"][:2] == ["#Norvik", "#Ferries"]
    assert all(article["keywords"] and article["summary"] for article in enriched.values())
    assert "All rights reserved" not in str(enriched["Pier to be rebuilt"]["paragraphs"])
    assert stream.books() == {"raw": 3, "parts": 2, "enriched": 5, "duplicates": 0, "dead letters": 0}


def test_events_carry_cloudevents_headers_and_their_origin(stream: Stream) -> None:
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    stream.produce([page(1)], headers=[("traceparent", trace), ("news_raw_position", b"forged/0/0/0")])
    worker = stream.worker()
    stream.wait_final(1)
    stream.stop(worker)

    [raw] = stream.read(RAW)
    for topic in (CLEAN, UNIQUE, TAGGED, ENRICHED):
        [record] = stream.read(topic)
        headers = dict(record.headers)
        article = json.loads(record.value)
        assert headers["ce_specversion"] == b"1.0"
        assert headers["ce_type"] == topic.name.encode()
        assert headers["ce_subject"].decode() == article["article_id"]
        assert headers["content-type"] == b"application/json"
        assert re.fullmatch(rb"[0-9a-f]{32}", headers["ce_id"])
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", headers["ce_time"])
        assert headers["traceparent"] == trace
        assert headers["news_ingested_at"] == str(raw.timestamp).encode()
        assert headers["news_raw_position"] == f"{raw.topic}/{raw.partition}/{raw.offset}/0".encode()
        assert headers["news_pipeline_version"].startswith(b"0.1.0+")
        assert record.key == (b"en" if topic is CLEAN else article["article_id"].encode())


def test_the_same_input_gives_byte_identical_values(stream: Stream, second: Stream) -> None:
    pages = [page(number % 15) for number in range(20)] + [aggregated(1), b"{"]
    for each in (stream, second):
        each.produce(pages, partition=0)
        worker = each.worker()
        each.wait_final(24)
        each.stop(worker)
    for topic in (CLEAN, UNIQUE, DUPLICATE, TAGGED, ENRICHED, DEAD_LETTER):
        once, again = stream.read(topic), second.read(topic)
        assert sorted((r.key or b"", r.value) for r in once) == sorted((r.key or b"", r.value) for r in again)
        assert sorted(dict(r.headers).get("ce_id", b"") for r in once) == sorted(
            dict(r.headers).get("ce_id", b"") for r in again
        )


def test_repeats_revisions_and_a_restart_in_between(stream: Stream) -> None:
    stream.produce([page(1), page(2)])
    worker = stream.worker()
    stream.wait_final(2)
    assert stream.stop(worker) == 0
    changed = json.loads(page(2))["body"].replace("4.2 million", "5.1 million")
    stream.produce([page(1), page(2, body=changed), page(1, url="https://copy.example/1")])
    worker = stream.worker()
    stream.wait_final(5)
    stream.stop(worker)

    verdicts = {(d["kind"], d["url"]) for d in stream.values(DUPLICATE)}
    assert verdicts == {
        ("revision_unchanged", "https://harbour.example/1"),
        ("exact", "https://copy.example/1"),
    }
    revisions = [a for a in stream.values(ENRICHED) if a["url"] == "https://harbour.example/2"]
    assert [(a["revision"], a["dedupe"]["verdict"]) for a in revisions] == [(1, "unique"), (2, "revision")]
    assert len({a["story_id"] for a in revisions}) == 1
    assert len({record.key for record in stream.read(DEDUPE_STATE)}) == 3


def test_pages_are_read_in_every_compression(stream: Stream) -> None:
    for number, compression in enumerate((None, "gzip", "snappy", "lz4", "zstd")):
        stream.produce([page(number)], compression=compression)
    worker = stream.worker()
    stream.wait_final(5)
    assert stream.stop(worker) == 0
    assert len(stream.read(ENRICHED)) == 5


def test_a_page_that_is_gone_is_taken_down(stream: Stream) -> None:
    stream.produce([page(1), page(2)])
    worker = stream.worker()
    stream.wait_final(2)
    gone = {"url": "https://harbour.example/1", "http_status": 410}
    unknown = {"url": "https://harbour.example/9", "takedown": True}
    stream.produce([json.dumps(event).encode() for event in (gone, unknown)])
    stream.wait_final(3)
    stream.produce([page(1)])  # forgotten: new again
    stream.wait_final(4)
    stream.stop(worker)

    tombstones = [record for record in stream.read(ENRICHED) if record.value is None]
    [article_id] = {a["article_id"] for a in stream.values(ENRICHED) if a and a["url"].endswith("/1")}
    assert [(record.key.decode(), dict(record.headers)["news_reason"]) for record in tombstones] == [
        (article_id, b"http_410")
    ]
    assert [a["revision"] for a in stream.values(ENRICHED) if a and a["url"].endswith("/1")] == [1, 1]


def test_a_lane_is_one_partition_and_its_articles_are_spread_by_their_ids(stream: Stream) -> None:
    stream.produce([page(number) for number in range(20)])
    worker = stream.worker()
    stream.wait_final(20)
    stream.stop(worker)

    assert len({record.partition for record in stream.read(CLEAN)}) == 1  # all are English
    spread = {record.partition for record in stream.read(UNIQUE)}
    assert len(spread) > 1
    for topic in (UNIQUE, TAGGED, ENRICHED):
        for record in stream.read(topic):
            assert record.partition == partition_of(record.key, PARTITIONS)


def test_stages_run_as_processes_of_their_own(stream: Stream) -> None:
    workers = [stream.worker("--stage", name) for name in ("clean", "dedupe", "tag", "summarise")]
    stream.produce([page(number) for number in range(50)])
    stream.wait_final(50)
    assert [stream.stop(worker) for worker in workers] == [0, 0, 0, 0]
    assert stream.books()["enriched"] == 50


def test_metrics_close_the_books_and_probes_answer(stream: Stream) -> None:
    stream.produce([page(1), page(1), b"no json", aggregated()])
    worker = stream.worker("--web-port", "0")
    stream.wait_final(6)
    web = stream.web(worker)
    stream.wait(lambda: _get(web, "/readyz")[0] == 200)
    assert _get(web, "/healthz") == (200, "ok\n")
    stream.wait(lambda: _lag(_get(web, "/metrics")[1]) == 0)
    # A transaction is to be read before the worker has its answer and counts; the state is sampled later still.
    enriched = 'newsflow_consumed_events_total{stage="summarise"}'
    stream.wait(lambda: _metrics(_get(web, "/metrics")[1])[enriched] == 4)
    stream.wait(lambda: _rows(_get(web, "/metrics")[1]) == 4)
    metrics = _metrics(_get(web, "/metrics")[1])

    def outcomes(stage: str, *names: str) -> float:
        return sum(metrics.get(f'newsflow_events_total{{outcome="{name}",stage="{stage}"}}', 0) for name in names)

    def consumed(stage: str) -> float:
        return metrics[f'newsflow_consumed_events_total{{stage="{stage}"}}']

    for stage in ("clean", "dedupe", "tag", "summarise"):
        split = outcomes(stage, "part")
        ended = outcomes(stage, "passed", "part", "duplicate", "dead_letter")
        assert consumed(stage) + split == ended
    assert outcomes("clean", "part") == 2
    assert outcomes("dedupe", "duplicate") == 1
    assert metrics['newsflow_dead_letters_total{error_code="decode_json",stage="clean"}'] == 1
    assert metrics['newsflow_end_to_end_seconds_count{stage="summarise"}'] == 4
    assert metrics['newsflow_fields_total{field="summary",status="present"}'] == 4
    assert metrics['newsflow_parts_total{stage="clean"}'] == 2
    assert metrics['newsflow_articles_total{language="en"}'] == 5
    assert metrics['newsflow_duplicates_total{kind="revision_unchanged"}'] == 1
    # What has not happened is 0, so that its first time is an increase.
    assert metrics['newsflow_dead_letters_total{error_code="bug",stage="tag"}'] == 0
    assert metrics['newsflow_deleted_unread_records_total{stage="clean"}'] == 0
    assert metrics["newsflow_dedupe_index_limit_entries"] == 1_000_000
    assert stream.stop(worker) == 0


def test_records_that_retention_deleted_unread_are_told(stream: Stream) -> None:
    stream.produce([page(1)], partition=0)
    worker = stream.worker()
    stream.wait_final(1)
    assert stream.stop(worker) == 0
    stream.produce([page(number) for number in (2, 3, 4)], partition=0)
    stream.delete(RAW, partition=0, before=3)
    worker = stream.worker("--web-port", "0")
    stream.wait_final(2)
    assert (
        _metrics(_get(stream.web(worker), "/metrics")[1])['newsflow_deleted_unread_records_total{stage="clean"}'] == 2
    )
    assert "were deleted unread" in stream.log(worker)


def test_a_running_worker_that_retention_overtakes_tells_it_too(stream: Stream) -> None:
    worker = stream.worker("--web-port", "0")
    stream.produce([page(1)], partition=0)
    stream.wait_final(1)
    worker.send_signal(signal.SIGSTOP)
    time.sleep(1)  # what it has asked for is answered, with nothing
    stream.produce([page(number) for number in (2, 3, 4)], partition=0)
    stream.delete(RAW, partition=0, before=3)
    worker.send_signal(signal.SIGCONT)
    stream.wait_final(2)
    deleted = 'newsflow_deleted_unread_records_total{stage="clean"}'
    assert _metrics(_get(stream.web(worker), "/metrics")[1])[deleted] == 2
    assert stream.stop(worker) == 0


def _get(web: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(web + path, timeout=1) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _metrics(text: str) -> dict[str, float]:
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def _lag(text: str) -> float:
    lag = {name: value for name, value in _metrics(text).items() if name.startswith("newsflow_consumer_lag_records")}
    return sum(lag.values()) if len(lag) == 16 else -1


def _rows(text: str) -> float:
    return sum(value for name, value in _metrics(text).items() if name.startswith("newsflow_dedupe_index_entries"))


def test_every_event_type_is_on_a_topic() -> None:
    held: set[Any] = {topic.event for topic in (RAW, CLEAN, UNIQUE, TAGGED, ENRICHED, DUPLICATE)}
    assert held == {
        events.RawPage,
        events.Article,
        events.UniqueArticle,
        events.TaggedArticle,
        events.EnrichedArticle,
        events.Duplicate,
    }
