"""A record's way through one stage: whatever the stage does, the record has an outcome."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import msgspec
import pytest
from msgspec import structs

from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, State, View
from streams.errors import ErrorCode, Refused
from streams.events import Article, RawPage
from streams.flow import Stage
from streams.settings import Settings
from streams.topics import CLEAN, DEAD_LETTER, DUPLICATE, RAW, UNIQUE
from streams.work import MESSAGE_CHARS, Output, Work
from tests.dedupe.articles import FOREVER, TEXTS, article

SECRET = "what only the page says"
PAGE = msgspec.json.encode({"url": "https://harbour.example/a", "body": SECRET})
HERE = Arrival("raw/0/7/0", 1_000, "1")
MAIN = article("main", TEXTS[0])


def _work(function: Callable[..., Any], version: str = "1", **settings: Any) -> Work:
    return Work(Stage(function, RAW >> CLEAN, requires=()), Settings(**settings), version)


def _run(made: Callable[[RawPage], Any], value: bytes | None = PAGE, **settings: Any) -> list[Output]:
    def clean(page: RawPage) -> list[Article]:
        return made(page)  # type: ignore[no-any-return]

    outputs, rows = _work(clean, **settings)(value, HERE)
    assert rows == []
    return outputs


def _fails(error: Callable[[RawPage], BaseException]) -> Callable[[RawPage], NoReturn]:
    def fail(page: RawPage) -> NoReturn:
        raise error(page)

    return fail


def _endless(page: RawPage) -> Any:
    return _endless(page)


FAILURES: dict[str, tuple[Callable[[RawPage], Any], ErrorCode, str]] = {
    "refused": (_fails(lambda _: Refused(ErrorCode.NO_TEXT, "nothing")), ErrorCode.NO_TEXT, "nothing"),
    "bug": (_fails(lambda page: KeyError(page.body)), ErrorCode.BUG, "KeyError in test_work.py:"),
    "assertion": (_fails(lambda page: AssertionError(page.body)), ErrorCode.BUG, "AssertionError in test_work.py:"),
    "exit": (lambda page: sys.exit(page.body), ErrorCode.BUG, "SystemExit in test_work.py:"),
    "recursion": (_endless, ErrorCode.BUG, "RecursionError in test_work.py:"),
    "memory": (lambda _: bytearray(2**62), ErrorCode.CRASH, "the page needs more memory than it may take"),
    "stop": (_fails(lambda page: StopIteration(page.body)), ErrorCode.BUG, "StopIteration in test_work.py:"),
    "none": (lambda _: None, ErrorCode.BUG, "WiringError in flow.py:"),
    "another event": (lambda page: page, ErrorCode.BUG, "WiringError in flow.py:"),
    "not to be encoded": (
        lambda page: structs.replace(MAIN, title=f"\ud800{page.body}"),
        ErrorCode.BUG,
        "UnicodeEncodeError in work.py:",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_a_stage_raises_is_the_records_outcome_and_tells_nothing_of_the_page(name: str) -> None:
    made, code, message = FAILURES[name]
    [output] = _run(made)
    assert (output.outcome, output.topic, output.code) == ("dead_letter", DEAD_LETTER.name, code)
    assert output.message.startswith(message)
    assert SECRET not in output.message + output.error
    assert (output.value, output.key, output.part_of) == (None, None, "")


NOT_READ = {
    b"": ErrorCode.DECODE_JSON,
    SECRET.encode(): ErrorCode.DECODE_JSON,
    PAGE + b"}": ErrorCode.DECODE_JSON,
    PAGE[:-1]: ErrorCode.DECODE_JSON,
    b"\xff" + PAGE: ErrorCode.DECODE_JSON,
    PAGE.replace(b"what", b"what\xe9"): ErrorCode.DECODE_JSON,
    PAGE.replace(b"what", b"what\\ud800"): ErrorCode.DECODE_JSON,
    PAGE.replace(b'"url"', b'"a":' + b"[" * 10_000 + b"]" * 10_000 + b',"url"'): ErrorCode.DECODE_JSON,
    b"null": ErrorCode.SCHEMA,
    b'["%b"]' % SECRET.encode(): ErrorCode.SCHEMA,
    PAGE.replace(b'"url"', b'"source"'): ErrorCode.SCHEMA,
    PAGE.replace(b'"url"', b'"fetched_at"'): ErrorCode.SCHEMA,
    PAGE.replace(b'"url"', b'"body_b64":"%b","url"' % SECRET.encode()): ErrorCode.SCHEMA,
}


@pytest.mark.parametrize("value", NOT_READ)
def test_a_value_that_is_no_event_of_the_topic_is_refused_in_words_without_its_text(value: bytes) -> None:
    [output] = _run(lambda _: MAIN, value)
    assert (output.code, output.error) == (NOT_READ[value], "Refused")
    assert output.message
    assert SECRET not in output.message
    assert len(output.message) <= MESSAGE_CHARS == 500


def test_an_error_message_is_one_line_of_at_most_500_characters() -> None:
    [output] = _run(_fails(lambda _: Refused(ErrorCode.CHARSET, " two\r\n\u2028 lines\x85" + "x" * 999)))
    assert output.message == "two lines " + "x" * 490


def test_an_interrupt_is_no_outcome() -> None:
    with pytest.raises(KeyboardInterrupt):
        _run(_fails(lambda _: KeyboardInterrupt()))


def test_a_wrong_word_where_one_of_a_few_is_due_is_not_repeated() -> None:
    work = Work(Stage(dedupe, CLEAN >> UNIQUE | DUPLICATE, requires=()), Settings(), "1")
    value = msgspec.json.encode(article("a", [], kind=SECRET))
    [output], _ = work(value, HERE, view=View(State(window_ms=FOREVER, max_entries=9)))
    assert output.code == ErrorCode.SCHEMA
    assert SECRET not in output.message


@pytest.mark.parametrize(("reason", "key"), [("", b"a" * 26), ("", None), ("gone", None)])
def test_a_null_value_that_is_no_take_down_is_a_dead_letter(reason: str, key: bytes | None) -> None:
    [output], _ = _work(lambda _: MAIN)(None, HERE, reason=reason, key=key)
    assert (output.code, output.message) == (ErrorCode.DECODE_JSON, "the record has no value")


def test_what_was_refused_is_not_remembered() -> None:
    work = Work(Stage(dedupe, CLEAN >> UNIQUE | DUPLICATE, requires=()), Settings(max_record_bytes=10), "1")
    view = View(State(window_ms=FOREVER, max_entries=9))
    [output], changes = work(msgspec.json.encode(MAIN), HERE, view=view)
    assert (output.code, list(changes)) == (ErrorCode.DOWNSTREAM, [])
    assert view.row(MAIN.article_id, 0) is None


def test_a_story_larger_than_a_record_may_be_is_a_dead_letter_and_the_pages_others_pass() -> None:
    small, large = article("small", []), article("large", TEXTS[0] * 9)
    part = structs.replace(large, part_of=small.article_id)
    size = len(msgspec.json.encode(part))
    [output] = _run(lambda _: part, max_record_bytes=size)
    assert output.outcome == "passed"

    dead, passed = _run(lambda _: [large, small], max_record_bytes=size - 100)
    assert (dead.outcome, dead.code, passed.outcome) == ("dead_letter", ErrorCode.DOWNSTREAM, "part")
    assert (dead.value, dead.part_of) == (None, "")

    passed, dead = _run(lambda _: [small, part], max_record_bytes=size - 1)
    assert (passed.outcome, dead.outcome, dead.code) == ("passed", "dead_letter", ErrorCode.DOWNSTREAM)
    assert dead.message == f"{size} bytes are more than {CLEAN.name} takes"
    assert (dead.part, dead.part_of, dead.value) == (1, small.article_id, msgspec.json.encode(part))


def test_a_part_that_grows_too_large_later_is_a_dead_letter_of_what_was_read() -> None:
    value = msgspec.json.encode(article("part", TEXTS[0], part_of=MAIN.article_id))
    work = Work(Stage(dedupe, CLEAN >> UNIQUE | DUPLICATE, requires=()), Settings(max_record_bytes=len(value)), "1")
    [output], _ = work(value, HERE, view=View(State(window_ms=FOREVER, max_entries=9)))
    assert output.code == ErrorCode.DOWNSTREAM
    assert (output.value, output.part_of) == (None, "")
