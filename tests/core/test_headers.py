"""Headers: CloudEvents on events, the reason on dead letters, and no harm from what strangers write into theirs."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ErrorCode
from streams.topics import CLEAN, UNIQUE
from streams.transport.headers import TRIED_TWICE, EventHeaders, Origin, dead_letter_headers, rfc3339
from streams.transport.record_batch import Header
from streams.work import Output, dead_letter

TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context 1, 3.2.2
NOW = rfc3339(datetime(2025, 6, 12, 9, 0, 0, 5000, tzinfo=UTC))
OUTPUT = Output(outcome="passed", topic=UNIQUE.name, id="0f" * 16, subject="a" * 26)
OURS: list[Header] = [("news_raw_position", b"raw/3/77/2"), ("news_ingested_at", b"1700000000123")]
NAMES = ["traceparent", "news_raw_position", "news_ingested_at", "news_reason", "dlq.replayed", "dlq.topic", "crawler"]
ANY_HEADERS = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(), st.none() | st.binary()), max_size=12)


def _record(headers: list[Header], offset: int = 5) -> ConsumerRecord:
    return ConsumerRecord(
        topic="raw",
        partition=1,
        offset=offset,
        timestamp=1_600_000_000_000,
        timestamp_type=0,
        key=b"k",
        value=b"v",
        checksum=None,
        serialized_key_size=1,
        serialized_value_size=1,
        headers=tuple(headers),
    )


def _event(headers: list[Header], *, trusted: bool = True, **fields: Any) -> dict[str, bytes | None]:
    output = Output(**{**{name: getattr(OUTPUT, name) for name in OUTPUT.__struct_fields__}, **fields})
    made = EventHeaders("dedupe", "1.2+ab")(output, Origin(_record(headers), trusted=trusted), NOW)
    assert len({name for name, _ in made}) == len(made)
    return dict(made)


def _dead(headers: list[Header], output: Output | None = None) -> list[Header]:
    output = output or dead_letter(ErrorCode.NO_TEXT, "Refused", "no text — at all")
    return dead_letter_headers(output, _record(headers), "clean", "1.2+ab")


def test_an_event_has_the_cloudevents_attributes() -> None:
    headers = _event(OURS)
    assert {name: value for name, value in headers.items() if name != "traceparent"} == {
        "ce_specversion": b"1.0",
        "ce_id": b"0f" * 16,
        "ce_source": b"newsflow/dedupe",
        "ce_type": b"news.article.unique.v1",
        "ce_subject": b"a" * 26,
        "ce_time": b"2025-06-12T09:00:00.005Z",
        "ce_dataschema": b"urn:newsflow:schema:news.article.unique.v1",
        "content-type": b"application/json",
        "news_pipeline_version": b"1.2+ab",
        "news_raw_position": b"raw/3/77/2",
        "news_ingested_at": b"1700000000123",
    }


def test_events_of_two_topics_have_their_own_types() -> None:
    headers = EventHeaders("clean", "1")
    origin = Origin(_record(OURS), trusted=True)
    types = [
        dict(headers(Output(outcome="passed", topic=topic.name), origin, NOW))["ce_type"]
        for topic in (CLEAN, UNIQUE, CLEAN)
    ]
    assert types == [CLEAN.name.encode(), UNIQUE.name.encode(), CLEAN.name.encode()]


def test_a_part_has_a_place_of_its_own_and_its_later_events_keep_it() -> None:
    assert _event([], trusted=False)["news_raw_position"] == b"raw/1/5/0"
    part = _event([], trusted=False, part=2)
    assert part["news_raw_position"] == b"raw/1/5/2"
    assert part["news_ingested_at"] == b"1600000000000"
    later = _event(list(part.items()))
    assert (later["news_raw_position"], later["news_ingested_at"]) == (b"raw/1/5/2", b"1600000000000")


def test_a_strangers_headers_do_not_say_where_a_page_stands() -> None:
    origin = Origin(_record([*OURS, ("news_reason", b"gone")]), trusted=False)
    assert (origin.position, origin.ingested_at) == (b"raw/1/5/0", 1_600_000_000_000)
    assert origin.reason == ""


def test_a_take_downs_reason_goes_along() -> None:
    headers = _event([], trusted=False, reason="http_410")
    assert headers["news_reason"] == b"http_410"
    assert Origin(_record(list(headers.items())), trusted=True).reason == "http_410"
    assert "news_reason" not in _event(OURS)


def test_a_crawlers_trace_is_kept() -> None:
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert _event([("traceparent", trace)], trusted=False)["traceparent"] == trace
    assert _event([*OURS, ("traceparent", trace)])["traceparent"] == trace


@pytest.mark.parametrize("headers", [[], [("traceparent", b"")], [("traceparent", None)]])
def test_a_trace_begins_here_where_there_is_none_and_the_same_at_a_repeat(headers: list[Header]) -> None:
    trace = _event(headers, trusted=False)["traceparent"]
    assert TRACEPARENT.fullmatch(trace or b"")
    assert _event(headers, trusted=False, part=1)["traceparent"] == trace
    assert Origin(_record(headers, offset=6), trusted=False).trace != trace


NO_TRACES = [
    b"nonsense",
    b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    b"00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
    pytest.param(
        b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01",
        id="zeros",
    ),
]


@pytest.mark.parametrize("trace", NO_TRACES)
def test_a_trace_that_is_none_is_begun_anew(trace: bytes) -> None:
    assert TRACEPARENT.fullmatch(_event([("traceparent", trace)], trusted=False)["traceparent"] or b"")


def test_a_dead_letter_keeps_the_records_headers_and_says_why() -> None:
    own: list[Header] = [("crawler", b"c1"), ("crawler", b"\xff"), ("empty", None), ("", b"")]
    headers = _dead([own[0], ("dlq.topic", b"forged"), *own[1:], ("dlq.anything", b"x"), ("dlq.replayed", b"2")])
    assert headers[: len(own)] == own
    said = headers[len(own) :]
    assert len(dict(said)) == len(said)
    assert dict(said) == {
        "dlq.topic": b"raw",
        "dlq.partition": b"1",
        "dlq.offset": b"5",
        "dlq.timestamp": b"1600000000000",
        "dlq.stage": b"clean",
        "dlq.error.code": b"no_text",
        "dlq.error.class": b"Refused",
        "dlq.error.message": "no text — at all".encode(),
        "dlq.attempts": b"1",
        "dlq.pipeline_version": b"1.2+ab",
        "dlq.replayed": b"2",
    }


def test_a_dead_letter_of_a_part_names_its_page() -> None:
    output = dead_letter(ErrorCode.NO_TEXT, "Refused", "x")
    output.part_of = "b" * 26
    assert dict(_dead([("dlq.part_of", b"forged")], output))["dlq.part_of"] == b"b" * 26
    assert "dlq.part_of" not in dict(_dead([("dlq.part_of", b"forged")]))


def test_a_record_that_took_its_process_along_was_tried_twice_and_never_replayed() -> None:
    said = dict(_dead([("dlq.replayed", None)], dead_letter(ErrorCode.CRASH, TRIED_TWICE, "SIGSEGV")))
    assert (said["dlq.attempts"], said["dlq.replayed"]) == (b"2", b"0")


def test_a_message_that_is_no_text_is_written_all_the_same() -> None:
    said = dict(_dead([], dead_letter(ErrorCode.BUG, "KeyError", "half a pair: \ud800")))
    assert said["dlq.error.message"] == b"half a pair: ?"


@given(ANY_HEADERS)
def test_odd_headers_of_a_stranger_change_nothing_but_the_trace(headers: list[Header]) -> None:
    plain, odd = _event([], trusted=False), _event(headers, trusted=False)
    assert {**odd, "traceparent": plain["traceparent"]} == plain


@given(ANY_HEADERS)
def test_odd_headers_do_no_harm_to_later_stages_and_dead_letters(headers: list[Header]) -> None:
    made = _event(headers)
    assert all(isinstance(value, bytes) for value in made.values())
    assert (made["news_ingested_at"] or b"").isdigit()
    dead = _dead(headers)
    own = [(name, value) for name, value in headers if not name.startswith("dlq.")]
    assert dead[: len(own)] == own
    assert dict(dead)["dlq.topic"] == b"raw"


def test_a_time_of_too_many_digits_is_no_time() -> None:
    assert _event([OURS[0], ("news_ingested_at", b"1" * 5000)])["news_ingested_at"] == b"1600000000000"


ODD = (
    st.none()
    | st.binary(max_size=20)
    | st.sampled_from([b"7", b"1" * 20, b"raw/0/1/0", b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-00"])
)


@given(ANY_HEADERS, st.tuples(ODD, ODD, ODD))
def test_where_our_headers_stand_makes_no_difference(headers: list[Header], values: tuple[bytes | None, ...]) -> None:
    own = [("traceparent", values[0]), ("news_ingested_at", values[1]), ("news_raw_position", values[2])]
    headers = [(name, value) for name, value in headers if name != "news_reason"]
    at_the_end, within = (Origin(_record([*headers, *own, *more]), trusted=True) for more in ([], [("crawler", b"")]))
    for name in Origin.__slots__:
        assert getattr(at_the_end, name) == getattr(within, name)
