"""What is said once a minute, what always, and what a line holds."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from streams import logs
from streams.logs import KINDS, REPEAT_SECONDS, Repeats, logger, to_stderr


def _record(
    said: str, *arguments: object, name: str = "aiokafka.conn", level: int = logging.ERROR
) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, said, arguments, None)


def test_the_same_template_is_told_once_a_minute_with_how_often_it_came() -> None:
    repeats = Repeats()
    told = []
    for second in range(0, 150, 3):
        record = _record("node %s does not answer: %s", second, "refused")
        record.created = 1000.0 + second
        if repeats.filter(record):
            told.append((second, getattr(record, "repeated", 0)))
    assert told == [(0, 0), (60, 19), (120, 19)]
    assert REPEAT_SECONDS == 60


@pytest.mark.parametrize(
    "other",
    [
        _record("node %s answers", 1),
        _record("node %s is away", 1, name="aiokafka.client"),
        _record("took over %s", 1, level=logging.INFO),
    ],
)
def test_another_kind_is_told(other: logging.LogRecord) -> None:
    repeats = Repeats()
    assert repeats.filter(_record("node %s is away", 1))
    assert not repeats.filter(_record("node %s is away", 2))
    assert repeats.filter(other)


def test_of_our_own_each_partition_stage_and_code_is_told_and_all_information() -> None:
    repeats = Repeats()

    def told(said: str, argument: object, level: int = logging.WARNING, **fields: object) -> bool:
        record = _record(said, argument, name="streams.transport.lane", level=level)
        vars(record).update(fields)
        return repeats.filter(record)

    assert told("waiting: %s", "no broker")
    assert told("waiting: %s", "no topic")
    assert not told("waiting: %s", "no topic")
    assert told("dead letters%s", "", error_code="no_text", stage="clean", partition=1)
    assert told("dead letters%s", "", error_code="no_text", stage="clean", partition=2)
    assert not told("dead letters%s", "", error_code="no_text", stage="clean", partition=2)
    assert all(told("took over %s", "x", level=logging.INFO) for _ in range(3))


def test_words_that_never_come_twice_take_no_more_memory() -> None:
    repeats = Repeats()
    for number in range(3 * KINDS):
        assert repeats.filter(_record(f"made up {number}"))
    assert len(repeats._kinds) == KINDS


@pytest.fixture
def levels() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, *logs.FOREIGN)]
    before = [each.level for each in loggers]
    yield
    for each, level in zip(loggers, before, strict=True):
        each.setLevel(level)


def _start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own
    to_stderr("info")


@pytest.mark.usefixtures("levels")
def test_all_go_the_same_way_and_a_line_has_its_fields(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _start(monkeypatch)
    logger("streams.x").bind(stage="clean").warning("dead %s", "letters", error_code="no_text", article_id="a" * 26)
    logger("streams.x").debug("not asked for")
    logging.getLogger("aiokafka.conn").error("node %s is away", 1)
    logging.getLogger("aiokafka.conn").info("chatter")
    logger("streams.x").error("could not stop", exc_info=KeyError("gone"))
    ours, theirs, failed = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "level": "warning",
        "logger": "streams.x",
        "event": "dead letters",
        "stage": "clean",
        "error_code": "no_text",
        "article_id": "a" * 26,
    }
    assert (theirs["logger"], theirs["event"]) == ("aiokafka.conn", "node 1 is away")
    assert failed["exception"].endswith("KeyError: 'gone'")


@pytest.mark.usefixtures("levels")
def test_a_terminal_gets_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    _start(monkeypatch)
    logger("streams.x").info("took over %s", "raw/1", stage="clean")
    assert capsys.readouterr().err.endswith("Z INFO streams.x took over raw/1 stage=clean\n")
