"""A record as JSON: the line that `enrich` and `tail --json` print."""

import base64
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from streams.topics import DEAD_LETTER

Headers = Sequence[tuple[str, bytes | None]]


def text(value: bytes | None) -> str | None:
    """Read bytes for people; what is no UTF-8 becomes replacement characters."""
    return value.decode("utf-8", "replace") if value is not None else None


def as_json(topic: str, key: bytes | None, headers: Headers, value: bytes | None) -> dict[str, Any]:
    """Describe a record. The value stands as JSON as it was written; a dead letter's bytes as base64."""
    return {
        "topic": topic,
        "key": text(key),
        "headers": {name: text(header) for name, header in headers},
        "value": _value(topic, value),
    }


def _value(topic: str, value: bytes | None) -> Any:
    if value is None:
        return None
    if not topic.endswith(DEAD_LETTER.name):
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            msgspec.json.decode(value)
            # A stranger's JSON may stand on several lines, one of which looks like a record of its own.
            return msgspec.Raw(msgspec.json.format(value, indent=-1) if b"\n" in value else value)
    return {"body_b64": base64.b64encode(value).decode("ascii")}


def line(record: dict[str, Any]) -> bytes:
    """Write a record as one line."""
    return msgspec.json.encode(record) + b"\n"
