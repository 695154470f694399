"""Articles as IPTC ninjs 3.1: what of an article stands where, and nothing that ninjs does not know."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from streams.client import Event
from streams.events import EnrichedArticle
from streams.ninjs import ninjs
from streams.schemas import FOLDER

EXAMPLES = FOLDER / "examples/news.article.enriched.v1"
HEADERS = {"news_pipeline_version": "0.1.0+ab", "ce_time": "2025-06-12T09:00:00.000Z"}


def written(event: Event) -> dict[str, Any]:
    document = json.loads(msgspec.json.encode(ninjs(event)))
    assert isinstance(document, dict)
    return document


def example(name: str, **changes: Any) -> Event:
    article = msgspec.json.decode((EXAMPLES / f"{name}.json").read_bytes(), type=EnrichedArticle)
    article = msgspec.structs.replace(article, **changes)
    return Event.read(article.article_id, HEADERS, msgspec.json.encode(article))


COMPLETE, INCOMPLETE = example("complete"), example("incomplete")
TAKEN_DOWN = Event.read("a" * 26, {**HEADERS, "news_reason": "http_410"}, None)
BARE = example(
    "incomplete", title=None, url=None, canonical_url=None, summary=None, published_at=None, language="und", topics=[]
)


# IPTC's schema (CC-BY-4.0) is in no registry and no part of newsflow: who has a copy names it, and is told more.
if "NINJS_SCHEMA" in os.environ:
    judge = Draft202012Validator(
        json.loads(Path(os.environ["NINJS_SCHEMA"]).read_text()), format_checker=FormatChecker()
    )

    @pytest.mark.parametrize("event", [COMPLETE, INCOMPLETE, TAKEN_DOWN, BARE])
    def test_it_is_valid_by_iptcs_own_schema(event: Event) -> None:
        judge.validate(written(event))

    def test_the_schema_would_say_no() -> None:
        assert not judge.is_valid({**written(COMPLETE), "headline": "of ninjs 1"})


def test_an_article_stands_where_ninjs_has_a_place_for_it() -> None:
    article = COMPLETE.article
    assert article
    assert article.summary
    item = written(COMPLETE)
    assert item["standard"]["version"] == "3.1"
    assert (item["uri"], item["version"]) == (f"urn:newsflow:article:{article.article_id}", "1")
    assert (item["pubStatus"], item["representationType"], item["language"]) == ("usable", "full", "en")
    assert item["contentCreated"] == "2025-06-12T09:22:00+01:00"
    assert item["headlines"] == [{"role": "main", "contentType": "text/plain", "value": article.title}]
    [body] = item["bodies"]
    assert body["value"].split("\n\n") == article.paragraphs
    assert (body["wordCount"], body["charCount"]) == (62, len(body["value"]))
    assert item["descriptions"][0]["value"] == article.summary.text
    assert item["by"] == "Sunna Várdal"
    assert item["infoSources"] == [{"name": "Port Ellery Courier", "role": "publisher", "literal": "courier.example"}]
    assert [place["name"] for place in item["places"]] == ["Port Ellery", "Varn Island"]
    assert [person["name"] for person in item["people"]] == ["Tobin Hask"]
    assert [each["name"] for each in item["organisations"]] == ["Ellery Line"]
    assert item["renditions"][0]["href"] == article.canonical_url
    assert {each["rel"] for each in item["associations"]} == {"picture", "supersedes"}
    assert "Text and data mining is reserved" in item["usageTerms"]


def test_topics_are_subjects_with_uri_and_qcode() -> None:
    topic, keyword, *_ = written(COMPLETE)["subjects"]
    assert topic == {
        "name": "waterway and maritime transport",
        "rel": "about",
        "uri": "http://cv.iptc.org/newscodes/mediatopic/20000343",
        "literal": "medtop:20000343",
        "creator": "newsflow 0.1.0+ab",
        "confidence": 83,
    }
    assert (keyword["name"], keyword["rel"], keyword["relevance"]) == ("night ferry", "keyword", 88)


def test_what_was_found_and_not_known_is_said() -> None:
    assert "title: h1 confirmed, confidence 0.97." in written(COMPLETE)["edNote"]
    article = INCOMPLETE.article
    assert article
    assert f"Not found: {', '.join(article.missing)}." in written(INCOMPLETE)["edNote"]


def test_a_story_seen_in_part_is_partial() -> None:
    assert written(example("complete", part_of="a" * 26))["representationType"] == "partial"


def test_nothing_is_null_and_what_is_unknown_is_left_out() -> None:
    item = written(BARE)
    assert None not in item.values()
    assert not {"language", "contentCreated", "headlines", "descriptions", "renditions"} & set(item)


def test_a_take_down_is_a_canceled_item() -> None:
    item = written(TAKEN_DOWN)
    assert (item["pubStatus"], item["edNote"]) == ("canceled", "Taken down: http_410.")
    assert "bodies" not in item


def test_addresses_of_pictures_are_uris() -> None:
    article = COMPLETE.article
    assert article
    image = msgspec.structs.replace(article.images[0], url="https://a.example/über pier.jpg?x=[1]")
    [picture, *_] = written(example("complete", images=[image]))["associations"]
    assert picture["uri"] == "https://a.example/%C3%BCber%20pier.jpg?x=[1]"
