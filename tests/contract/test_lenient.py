"""What breaks the raw page's schema is read as far as it can be, and what keeps it is read as the type reads it."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given

from streams.events import RawPage, RawSource
from streams.lenient import raw_page
from tests.contract.test_agreement import THOROUGH, broken, documents

PAGE = {"url": "https://a.example/", "body": "text"}


def read(**fields: Any) -> RawPage:
    return raw_page(json.dumps(PAGE | fields).encode())


@pytest.mark.parametrize(
    ("fields", "as_if"),
    [
        ({"fetched_at": "yesterday"}, {}),
        ({"fetched_at": ""}, {}),
        ({"fetched_at": 1749290400}, {}),
        ({"http_status": "OK"}, {}),
        ({"http_status": "200"}, {"http_status": 200}),
        ({"http_status": [200]}, {}),
        ({"headers": "none"}, {}),
        ({"content_type": ["text/html"]}, {}),
        ({"hints": {"title": 5}}, {}),
        ({"crawler": "c1"}, {}),
        ({"source": "Reuters"}, {}),
        ({"takedown": "false"}, {"takedown": False}),
        ({"url": "", "source": {"name": "A"}}, {"url": None, "source": RawSource(name="A")}),
        ({"fetched_at": "yesterday", "hints": 1, "http_status": "404"}, {"http_status": 404}),
    ],
)
def test_a_field_that_cannot_be_read_is_as_good_as_absent(fields: dict[str, Any], as_if: dict[str, Any]) -> None:
    assert read(**fields) == RawPage(**(PAGE | as_if))


def test_a_page_that_is_gone_stays_gone_however_that_is_written() -> None:
    assert read(http_status="404").gone
    assert read(http_status="410.0").gone
    assert read(takedown="true").gone
    assert read(takedown=1).gone


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"takedown": "perhaps", "hints": 5}, "takedown|hints"),
        ({"body": 5}, "body"),
        ({"body_b64": "dGV4dA==", "hints": 5}, "hints"),
        ({"url": 5}, "url"),
        ({"url": ""}, "url"),
    ],
)
def test_what_decides_is_not_guessed_at_and_the_first_fault_is_told(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        read(**fields)


def test_a_fault_before_broken_json_does_not_hide_it() -> None:
    with pytest.raises(msgspec.DecodeError) as told:
        raw_page(b'{"hints": 5, "url": "a", "body": "b" oops')
    assert not isinstance(told.value, msgspec.ValidationError)


@THOROUGH
@given(documents(RawPage) | broken(RawPage))
def test_what_keeps_the_schema_is_read_as_the_type_reads_it(document: Any) -> None:
    text = json.dumps(document).encode()
    with suppress(msgspec.ValidationError):
        strict = msgspec.json.decode(text, type=RawPage)
        assert raw_page(text) == strict
        return
    with suppress(msgspec.ValidationError):
        page = raw_page(text)
        assert msgspec.json.decode(msgspec.json.encode(page), type=RawPage) == page
