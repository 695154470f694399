"""The files in schemas/ are what the types give, and read alike by validators in every language."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from streams.schemas import DIALECT, FOLDER, pretty, schemas

FILES = schemas()
# Fields whose name says all, or whose owner's description does.
PLAIN = {
    *("url", "title", "text", "name", "domain", "version", "images", "caption", "credit", "source", "published_at"),
    *("modified_at", "language", "language_confidence", "confidence", "similarity", "precision", "tz", "related"),
    *("removed", "chars", "kind", "score", "type", "offsets", "keywords", "entities", "topics", "summary", "complete"),
    *("missing", "nearest"),
}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(child)


def owners(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [document, *document["$defs"].values()]


def test_committed_files_are_what_the_types_give() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.schema.json")}
    made = {name: pretty(document) + "\n" for name, document in FILES.items()}
    assert committed == made, "run `python -m streams.schemas`"
    assert {name: json.loads(text) for name, text in committed.items()} == FILES


@pytest.mark.parametrize("name", FILES)
def test_schema_is_valid_and_stands_alone(name: str) -> None:
    document = FILES[name]
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == DIALECT
    assert document["$id"] == "urn:newsflow:schema:" + name.removesuffix(".schema.json")
    references = {node["$ref"] for node in nodes(document) if "$ref" in node}
    assert references == {f"#/$defs/{part}" for part in document["$defs"]}


@pytest.mark.parametrize("name", [name for name in FILES if ".raw." not in name])
def test_what_newsflow_writes_has_all_its_fields(name: str) -> None:
    for owner in owners(FILES[name]):
        assert owner["required"] == list(owner["properties"]), owner["title"]


@pytest.mark.parametrize("name", FILES)
def test_patterns_mean_the_same_in_every_dialect(name: str) -> None:
    patterned = [node for node in nodes(FILES[name]) if isinstance(node.get("pattern"), str) and "type" in node]
    assert patterned
    for node in patterned:
        assert re.fullmatch(r"\^[^^$]+\$", node["pattern"]), "anchored as a whole"
        assert not re.search(r"\\[^.]|\(\?|[*+?}][?+]", node["pattern"]), "no classes, look-arounds, lazy quantifiers"
        assert node["not"] == {"pattern": "[^ -~]"}, "`$` alone lets a last line end through in many dialects"


@pytest.mark.parametrize("name", FILES)
def test_every_field_says_what_it_holds(name: str) -> None:
    document = FILES[name]
    for owner in owners(document):
        assert owner["description"], owner["title"]
        for field, node in owner["properties"].items():
            assert field in PLAIN or any("description" in part for part in nodes(node)) or "$ref" in str(node), field
