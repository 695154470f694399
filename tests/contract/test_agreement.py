"""Types and schemas accept and refuse the same documents: valid ones, broken ones, and the corners of JSON.

Documents are generated from the types, broken at random places, and judged by both on the same bytes.
"""

import copy
import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Struct, inspect

from streams import topics
from streams.events import EnrichedArticle, RawPage
from streams.schemas import schema

DROP = object()  # stands for a field that is not there
TYPES = {topic.name: topic.event for topic in topics.ALL if topic.event}
VALIDATORS = {event: Draft202012Validator(schema(name, event)) for name, event in TYPES.items()}
THOROUGH = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def by_type(event: type[Struct], text: str | bytes) -> bool:
    try:
        msgspec.json.decode(text, type=event)
    except msgspec.ValidationError:
        return False
    return True


def by_schema(event: type[Struct], text: str | bytes) -> bool:
    return VALIDATORS[event].is_valid(json.loads(text))


def assert_same_verdict(event: type[Struct], document: Any) -> bool:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    verdict = by_type(event, text)
    assert verdict == by_schema(event, text), f"type {'accepts' if verdict else 'refuses'}: {text}"
    return verdict


# ---------------------------------------------------------------------------------------- valid documents, from types

# JSON text is UTF-8 (RFC 8259 8.1): a lone surrogate has none, and escaped it means nothing (8.2). See CORNERS.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def of_type(kind: inspect.Type) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912 - a case for each type
    match kind:
        case inspect.Metadata(type=inner):
            return of_type(inner)
        case inspect.StructType(fields=fields):
            required = {field.encode_name: of_type(field.type) for field in fields if field.required}
            optional = {field.encode_name: of_type(field.type) for field in fields if not field.required}
            return st.fixed_dictionaries(required, optional=optional)
        case inspect.UnionType(types=kinds):
            return st.one_of([of_type(inner) for inner in kinds])
        case inspect.ListType(item_type=item):
            return st.lists(of_type(item), max_size=2)
        case inspect.DictType(value_type=value):
            return st.dictionaries(TEXT, of_type(value), max_size=2)
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern)
        case inspect.StrType(min_length=shortest):
            return TEXT.filter(lambda text: len(text) >= (shortest or 0))
        case inspect.IntType(ge=least):
            return st.integers(min_value=least)
        case inspect.FloatType(ge=least, le=most):
            return st.floats(least, most, allow_nan=False, allow_infinity=False) | st.integers(0, 1)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.AnyType():
            return ANY
    raise NotImplementedError(kind)


@cache
def documents(event: type[Struct]) -> st.SearchStrategy[dict[str, Any]]:
    return of_type(inspect.type_info(event))


# -------------------------------------------------------------------------------------------------- and broken at will

WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 2, 404, 451, 0.5, -0.5, 1.5, 1 + 2**-52, 10**30, -(10**30), 1e300),
        *("", " ", "\n", "und", "a", "aa", "A" * 26, "a" * 26, "a" * 26 + "\n", "a" * 27, "0" * 64, "0" * 65),
        *("é" * 26, "٣" * 64, "en\n", "en-GB\u2028", "en_GB", "zh-Hant-TW", "e", "unique", "Unique", "exact", "person"),
        *(
            "2025-06-12T09:00:00Z",
            "2025-06-12T09:00:00Z\n",
            "2025-06-12",
            "2025-06-12 09:00:00+01:00",
            "٢٠٢٥-06-12T09:00:00Z",
        ),
        *("2025-13-12T09:00:00Z", "2025-06-31T24:00:00Z", "2025-06-30T23:59:60.5-00:00", "2025-06-12T09:00:00"),
        *([], [None], [[]], [1], ["a"], ["a" * 26], {}, [{}], {"": None}, {"name": None}, {"url": "a", "body": ""}),
    ]
) | st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT, ANY)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document, as its container and its key or index there."""
    for key, child in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(child, dict | list):
            yield from places(child)


def integral_float(value: Any) -> bool:
    """A number that is written as 1.0. To JSON Schema's data model it is the integer 1; msgspec takes it for a float.

    Left out: the difference is not in the value. A stranger's `http_status` takes either; newsflow writes integers.
    """
    return isinstance(value, float) and value.is_integer()


@st.composite
def broken(draw: st.DrawFn, event: type[Struct]) -> Any:
    document = whole(event)
    for _ in range(draw(st.integers(1, 2))):
        found = list(places(document))
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        value = copy.copy(draw(WRONG.filter(lambda value: not integral_float(value))))
        action = draw(st.sampled_from(["replace", "replace", "drop", "extra", "newline", "rename"]))
        match action:
            case "newline" if isinstance(container[key], str):
                container[key] += draw(st.sampled_from(["\n", "\r", "\r\n", "\u2028", "\x00", " "]))
            case "extra" if isinstance(container, dict):
                container[draw(TEXT)] = value
            case "rename" if isinstance(container, dict):
                container[f"{key}".upper()] = container.pop(key)
            case "drop":
                del container[key]
            case _:
                container[key] = value
    return document


@pytest.mark.parametrize("event", VALIDATORS)
def test_a_document_of_the_type_is_accepted(event: type[Struct]) -> None:
    @THOROUGH
    @given(documents(event))
    def run(document: Any) -> None:
        accepted = assert_same_verdict(event, document)
        assert accepted or event is RawPage, "only RawPage has rules across fields"

    run()


@pytest.mark.parametrize("event", VALIDATORS)
def test_a_broken_document_gets_one_verdict(event: type[Struct]) -> None:
    @settings(THOROUGH, max_examples=300)
    @given(broken(event))
    def run(document: Any) -> None:
        assert_same_verdict(event, document)

    run()


@pytest.mark.parametrize("event", VALIDATORS)
def test_each_field_alone_dropped_nulled_or_wrong(event: type[Struct]) -> None:
    assert assert_same_verdict(event, whole(event))
    refused = 0
    for place, _ in enumerate(places(whole(event))):
        for value in (DROP, None, True, -1, 1.5, "\n", "x", [], {}):
            document = whole(event)
            container, key = list(places(document))[place]
            if value is DROP:
                del container[key]
            else:
                container[key] = value
            refused += not assert_same_verdict(event, document)
    assert refused


def whole(event: type[Struct]) -> Any:
    """Make a valid document in which every place of the type exists."""
    return json.loads(_whole(event))


@cache
def _whole(event: type[Struct]) -> str:
    return json.dumps(complete(inspect.type_info(event)) | ({"body_b64": None} if event is RawPage else {}))


def complete(kind: inspect.Type) -> Any:  # noqa: PLR0911 - a case for each type
    """Make a value that has each field, and one member in each list and dictionary."""
    match kind:
        case inspect.Metadata(type=inner):
            return complete(inner)
        case inspect.StructType(fields=fields):
            return {field.encode_name: complete(field.type) for field in fields}
        case inspect.UnionType(types=kinds):
            return complete(next(inner for inner in kinds if not isinstance(inner, inspect.NoneType)))
        case inspect.ListType(item_type=item):
            return [complete(item)]
        case inspect.DictType(value_type=value):
            return {"title": complete(value)}
        case inspect.StrType(pattern=str(pattern)):
            return next(text for text in ("en", "a" * 26, "0" * 64, "2025-06-12T09:00:00Z") if re.search(pattern, text))
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.BoolType():
            return False
        case inspect.IntType() | inspect.FloatType():
            return 1
        case _:
            return "text"


# --------------------------------------------------------------------------------------- raw: the rules across fields


def test_raw_rules_in_all_combinations() -> None:
    values: dict[str, tuple[Any, ...]] = {
        "url": (DROP, None, "", "https://a.example/"),
        "source": (DROP, None, {}, {"name": "a"}),
        "body": (DROP, None, "", "text"),
        "body_b64": (DROP, None, "", "dGV4dA=="),
        "http_status": (DROP, None, 200, 404, 404.0, 404.5, 410, 451, "404", True),
        "takedown": (DROP, False, True, None, 1),
    }
    verdicts = [
        assert_same_verdict(RawPage, {key: value for key, value in zip(values, row, strict=True) if value is not DROP})
        for row in itertools.product(*values.values())
    ]
    assert set(verdicts) == {True, False}


# ------------------------------------------------------------------------------------------------ the corners of JSON

PAGE = '{"url": "https://a.example/", "body": "text", %s}'
ALIKE = {
    "an integer beyond 64 bits": (PAGE % f'"http_status": {10**30}', True),
    "an integer beyond a double": (PAGE % f'"http_status": {10**400}', True),
    "an integer that is written as a float": (PAGE % '"http_status": 200.0', True),
    "a status with an exponent": (PAGE % '"http_status": 2e2', True),
    "minus zero": (PAGE % '"http_status": -0', True),
    "a boolean is no integer": (PAGE % '"http_status": true', False),
    "an integer is no boolean": (PAGE % '"takedown": 0', False),
    "an empty URL": ('{"url": "", "body": "text"}', False),
    "an empty body": ('{"url": "a", "body": ""}', True),
    "an empty string as a time": (PAGE % '"fetched_at": ""', False),
    "a last line feed": (PAGE % r'"fetched_at": "2025-06-12T09:00:00Z\n"', False),
    "a last line separator": (PAGE % '"fetched_at": "2025-06-12T09:00:00Z\u2028"', False),
    "digits that are no ASCII": (PAGE % '"fetched_at": "٢٠٢٥-06-12T09:00:00Z"', False),
    "a day that its month has not": (PAGE % '"fetched_at": "2025-02-31T09:00:00Z"', True),
    "a NUL": (PAGE % r'"content_type": "\u0000"', True),
    "a key that is escaped": (r'{"\u0075rl": "a", "body": "text"}', True),
    "a surrogate pair": (PAGE % r'"content_type": "\ud83d\udca1"', True),
    "the same key twice, both valid": (PAGE % '"url": "b"', True),
    "the same key twice, the last one wrong": (PAGE % '"url": 1', False),
    "an unknown field, nested": (PAGE % '"more": [{"a": [1.0, null]}]', True),
    "an array": ("[]", False),
    "null": ("null", False),
}


@pytest.mark.parametrize("corner", ALIKE)
def test_corner(corner: str) -> None:
    text, accepted = ALIKE[corner]
    assert (by_type(RawPage, text), by_schema(RawPage, text)) == (accepted, accepted)


# Corners of JSON itself, where a schema is not asked: what it judges is what is left after a lenient parser. The types
# refuse each, so a stage's input never holds one.
CORNERS = {
    "NaN is no JSON (RFC 8259 6)": PAGE % '"more": NaN',
    "a lone surrogate has no UTF-8 (8.2)": PAGE % r'"more": "\ud800"',
    "a number beyond a double (6: an implementation's limit)": PAGE % '"headers": {"a": 1e400}',
    "the same key twice, the first one wrong (4: unpredictable)": '{"url": 1, "url": "a", "body": "text"}',
}


@pytest.mark.parametrize("corner", CORNERS)
def test_corner_of_json_itself_is_refused_by_types(corner: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(CORNERS[corner], type=RawPage)
    assert by_schema(RawPage, CORNERS[corner]), "else it belongs to ALIKE"


def test_an_integer_written_as_a_float_is_left_out_for_what_newsflow_writes() -> None:
    text = json.dumps(whole(EnrichedArticle) | {"word_count": 1.0})
    assert not by_type(EnrichedArticle, text)
    assert by_schema(EnrichedArticle, text)
