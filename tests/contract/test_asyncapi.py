"""schemas/asyncapi.yaml is what topics and schemas give, and valid by AsyncAPI's own schema."""

import json
import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from schemas import make_asyncapi
from streams import topics
from streams.schemas import FOLDER
from streams.transport.headers import EventHeaders, Origin, dead_letter_headers
from streams.work import Output
from tests.npm import installed

DOCUMENT = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judge() -> Draft7Validator:
    published = installed(FOLDER) / "@asyncapi/specs/schemas/3.0.0.json"
    return Draft7Validator(json.loads(published.read_text(encoding="utf-8")))


def test_the_committed_file_is_what_topics_and_schemas_give() -> None:
    committed = (FOLDER / "asyncapi.yaml").read_text(encoding="utf-8")
    assert committed == make_asyncapi.text(), "run `make manifests`"


def test_it_is_valid(judge: Draft7Validator) -> None:
    judge.validate(DOCUMENT)


def test_what_is_wrong_is_not_valid(judge: Draft7Validator) -> None:
    wrong = json.loads(json.dumps(DOCUMENT))
    wrong["channels"]["raw"]["bindings"]["kafka"]["partitions"] = "four"
    assert not judge.is_valid(wrong)


def test_every_topic_is_there_and_every_reference_leads_somewhere() -> None:
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == {topic.name for topic in topics.ALL}
    references = set(re.findall(r"\$ref: '?([^'\n]+)", (FOLDER / "asyncapi.yaml").read_text(encoding="utf-8")))
    files = {reference for reference in references if reference.startswith("./")}
    assert {FOLDER / name for name in files} == set(FOLDER.glob("*.schema.json"))
    for reference in references - files:
        node: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]


class _Record:
    topic, partition, offset, timestamp = "news.article.raw.v1", 3, 14, 1_700_000_000_000
    headers: tuple[tuple[str, bytes], ...] = ()


def test_headers_are_those_that_are_written() -> None:
    output = Output(outcome="passed", topic=topics.ENRICHED.name, id="0" * 32, subject="a" * 26)
    written = EventHeaders("summarise", "0.1.0+ab")(output, Origin(_Record(), trusted=False), b"2025-06-12T09:00:00Z")
    trait = DOCUMENT["components"]["messageTraits"]["cloudEvent"]["headers"]
    _accepts(trait, written)
    dead = Output(outcome="dead_letter", topic=topics.DEAD_LETTER.name, code="bug", part_of="a" * 26)
    letter = DOCUMENT["components"]["messages"]["DeadLetter"]["headers"]
    _accepts(letter, dead_letter_headers(dead, _Record(), "clean", "0.1.0+ab"))


def _accepts(schema: dict[str, Any], headers: list[tuple[str, bytes | None]]) -> None:
    told = {name: (value or b"").decode() for name, value in headers}
    Draft7Validator(schema).validate(told)
    assert set(told) <= set(schema["properties"])
