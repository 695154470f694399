"""What a batch was is counted, and no stranger's words make endless series of it."""

from typing import Any

from prometheus_client import REGISTRY

from streams.app import flow
from streams.cli.chain import as_record
from streams.errors import ErrorCode
from streams.topics import CLEAN, DEAD_LETTER, RAW
from streams.transport.headers import Origin
from streams.transport.meter import LANGUAGES, StageMeter, Tally
from streams.transport.record_batch import NO_HEADERS
from streams.transport.transaction import Outbox
from streams.work import Output, dead_letter

CLEANED = {"stage": "clean", "topic": CLEAN.name}
FIELD = "newsflow_fields_total"


def _sample(name: str, labels: dict[str, Any]) -> float:
    return REGISTRY.get_sample_value(name, {key: str(value) for key, value in labels.items()}) or 0.0


def test_languages_that_pages_make_up_are_counted_together() -> None:
    meter = StageMeter(flow["clean"])
    told = {meter._known(f"x{number:03d}") for number in range(LANGUAGES + 7)}
    assert len(told) == LANGUAGES + 1
    assert (meter._known("x000"), meter._known("zz")) == ("x000", "other")


def test_a_committed_batch_is_counted_by_outcome_topic_language_and_field() -> None:
    records = [as_record(RAW.name, number, None, b"12345", [], timestamp=0) for number in range(2)]
    origins = [Origin(record, trusted=False) for record in records]
    page: dict[str, Any] = {"outcome": "passed", "topic": CLEAN.name, "language": "pt-BR"}
    part: dict[str, Any] = {"outcome": "part", "topic": CLEAN.name, "language": "pt", "part": 1}
    made = [
        [Output(**page, missing=["authors", "images"], low=["title"]), Output(**part, missing=["authors"])],
        [dead_letter(ErrorCode.NO_TEXT, "Refused", "nothing")],
    ]
    counted = [
        ("newsflow_consumed_events_total", {"stage": "clean"}, 2),
        ("newsflow_consumed_bytes_total", {"stage": "clean"}, 10),
        ("newsflow_produced_events_total", CLEANED, 2),
        ("newsflow_produced_bytes_total", CLEANED, 7),
        ("newsflow_produced_events_total", {"stage": "clean", "topic": DEAD_LETTER.name}, 1),
        ("newsflow_produced_bytes_total", {"stage": "clean", "topic": DEAD_LETTER.name}, 0),
        ("newsflow_events_total", {"stage": "clean", "outcome": "passed"}, 1),
        ("newsflow_events_total", {"stage": "clean", "outcome": "part"}, 1),
        ("newsflow_events_total", {"stage": "clean", "outcome": "dead_letter"}, 1),
        ("newsflow_parts_total", {"stage": "clean"}, 1),
        ("newsflow_articles_total", {"language": "pt"}, 2),
        ("newsflow_dead_letters_total", {"stage": "clean", "error_code": ErrorCode.NO_TEXT}, 1),
        ("newsflow_end_to_end_seconds_count", {"stage": "clean"}, 1),
        (FIELD, {"field": "authors", "status": "missing"}, 2),
        (FIELD, {"field": "images", "status": "missing"}, 1),
        (FIELD, {"field": "images", "status": "present"}, 1),
        (FIELD, {"field": "title", "status": "present"}, 2),
        (FIELD, {"field": "title", "status": "low"}, 1),
    ]
    meter, tally, outbox = StageMeter(flow["clean"]), Tally(), Outbox()
    before = [_sample(name, labels) for name, labels, _ in counted]
    for start in range(2):
        tally.add(list(zip(records, origins, made, strict=True))[start : start + 1])
    for topic, value in ((CLEAN, b"1234"), (CLEAN, b"567"), (DEAD_LETTER, None)):
        outbox.add(topic.name, 0, b"key", value, NO_HEADERS)
    assert [_sample(name, labels) for name, labels, _ in counted] == before  # an aborted batch counts nothing
    meter.committed(tally, outbox)
    for (name, labels, count), was in zip(counted, before, strict=True):
        assert _sample(name, labels) - was == count, (name, labels)
