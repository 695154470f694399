"""The contract as JSON Schema 2020-12, made from the types of streams/events.py: `python -m streams.schemas`.

A document that the schema accepts is one that the type accepts, and the other way round (tests/contract).
"""

import json
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from streams import topics
from streams.events import GONE, RawPage

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOT_PRINTABLE_ASCII = "[^ -~]"
LINE = 110  # characters that a member may take with its key beside it, as in the code's own 120
FOLDER = Path(__file__).parent.parent / "schemas"


def _present(field: str) -> dict[str, Any]:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


# What RawPage.__post_init__ checks: a null is as good as an absent field.
_TAKE_DOWN = {
    "anyOf": [
        {"required": ["takedown"], "properties": {"takedown": {"const": True}}},
        {"required": ["http_status"], "properties": {"http_status": {"enum": sorted(GONE)}}},
    ]
}
_RAW_RULES = {
    "if": _TAKE_DOWN,
    "then": _present("url"),
    "else": {
        "allOf": [
            {"anyOf": [_present("url"), _present("source")]},
            {"oneOf": [_present("body"), _present("body_b64")]},
        ]
    },
}
_RULES: dict[type[Struct], dict[str, Any]] = {RawPage: _RAW_RULES}


def schema_id(topic: str) -> str:
    """Name a topic's schema, for `$id` and the CloudEvents attribute `dataschema`: it never changes within v1."""
    return f"urn:newsflow:schema:{topic}"


def schemas() -> dict[str, dict[str, Any]]:
    """Make the schema of every topic that holds an event, by file name."""
    return {f"{topic.name}.schema.json": schema(topic.name, topic.event) for topic in topics.ALL if topic.event}


def schema(topic: str, event: type[Struct]) -> dict[str, Any]:
    """Make the schema of one event: self-contained, what it shares with others in its own `$defs`."""
    _, parts = msgspec.json.schema_components([event])
    root = parts.pop(event.__name__) | _RULES.get(event, {})
    document = _portable({"$schema": DIALECT, "$id": schema_id(topic)} | root | {"$defs": parts})
    assert isinstance(document, dict)  # noqa: S101 - for mypy
    return document


def _portable(node: Any) -> Any:
    r"""Write a node so that validators in every language read it alike.

    Patterns: `\Z` is no ECMA-262, and outside of it `$` lets a last line feed through (in Java any line end). So what
    no pattern of ours allows, line ends among it, is forbidden on its own. Not by look-ahead: Go's RE2 has none.
    """
    if isinstance(node, list):
        return [_portable(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _portable(value) for key, value in node.items()}
    if str(node.get("pattern")).endswith(r"\Z"):
        node |= {"pattern": node["pattern"].removesuffix(r"\Z") + "$", "not": {"pattern": NOT_PRINTABLE_ASCII}}
    if isinstance(node.get("description"), str):
        node["description"] = " ".join(node["description"].split())
    return node


def pretty(node: Any, indent: str = "") -> str:
    """Write JSON for people: on one line what fits there, else a line for each member."""
    line = json.dumps(node, ensure_ascii=False)
    if len(indent) + len(line) <= LINE or not node or not isinstance(node, dict | list):
        return line
    deeper = indent + "  "
    if isinstance(node, list):
        start, end, members = "[", "]", [pretty(item, deeper) for item in node]
    else:
        start, end = "{", "}"
        members = [f"{json.dumps(key, ensure_ascii=False)}: {pretty(value, deeper)}" for key, value in node.items()]
    inner = ",\n".join(deeper + member for member in members)
    return f"{start}\n{inner}\n{indent}{end}"


def main() -> None:
    """Write `schemas/`."""
    for name, document in schemas().items():
        (FOLDER / name).write_text(pretty(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
