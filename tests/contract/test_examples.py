"""The golden events of schemas/examples/ are valid and tell one story: ids, hashes, spans and links fit together."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from streams import identity, topics
from streams.events import EXPECTED, Article, Duplicate, EnrichedArticle, RawPage, Span, TaggedArticle, UniqueArticle
from streams.schemas import FOLDER, schema

TYPES = {topic.name: topic.event for topic in topics.ALL if topic.event}
PATHS = sorted((FOLDER / "examples").glob("*/*.json"))
FILES = {f"{path.parent.name}/{path.stem}": path for path in PATHS}


def load(path: Path) -> Any:
    return msgspec.json.decode(path.read_bytes(), type=TYPES[path.parent.name])


EVENTS = {name: load(path) for name, path in FILES.items()}
PAGES = [event for event in EVENTS.values() if isinstance(event, RawPage)]
ARTICLES = {name: event for name, event in EVENTS.items() if isinstance(event, Article)}
BY_ID = {event.article_id: event for event in ARTICLES.values()}


def test_every_event_has_an_example() -> None:
    assert {path.parent.name for path in PATHS} == set(TYPES)


@pytest.mark.parametrize("name", FILES)
def test_example_is_valid(name: str) -> None:
    document = json.loads(FILES[name].read_text(encoding="utf-8"))
    topic = FILES[name].parent.name
    Draft202012Validator(schema(topic, TYPES[topic])).validate(document)
    if topic != topics.RAW.name:
        assert msgspec.to_builtins(EVENTS[name]) == document, "no field besides those of the type"


@pytest.mark.parametrize("name", ARTICLES)
def test_ids_and_hashes_are_those_of_the_text(name: str) -> None:
    article = ARTICLES[name]
    # A story split out of a page is named by what the page showed: its source as printed, title, text.
    named_by = None if article.url else article.source.name
    assert article.article_id == identity.article_id(article.url, named_by, article.title, article.paragraphs)
    assert article.text_sha256 == identity.text_sha256(article.title, article.paragraphs)
    assert article.canonical_url == (identity.normal_url(article.url) if article.url else None)
    assert article.word_count == len(re.findall(r"\w+", "\n".join(article.paragraphs)))


@pytest.mark.parametrize("name", ARTICLES)
def test_later_events_only_add(name: str) -> None:
    article = ARTICLES[name]
    for other in ARTICLES.values():
        if other.article_id == article.article_id:
            for field in set(article.__struct_fields__) & set(other.__struct_fields__):
                assert getattr(article, field) == getattr(other, field), field


@pytest.mark.parametrize("name", ARTICLES)
def test_articles_stand_in_a_raw_page(name: str) -> None:
    article = ARTICLES[name]
    shown = [page.body or base64.b64decode(page.body_b64 or "", validate=True).decode() for page in PAGES]
    assert any(all(text in body for text in [article.title or "", *article.paragraphs]) for body in shown)


def test_related_stories_are_articles_of_their_own() -> None:
    page = EVENTS["news.article.clean.v1/article"]
    part = EVENTS["news.article.clean.v1/part"]
    assert part.part_of == page.article_id
    (shown,) = [story for story in page.related if story.article_id == part.article_id]
    assert [shown.text] == part.paragraphs
    assert (shown.title, shown.source, shown.published_at) == (part.title, part.source.name, part.published_at)
    for story in page.related:
        assert story.article_id == identity.article_id(story.url, story.source, story.title, [story.text])


def test_verdicts_point_at_known_articles() -> None:
    for event in EVENTS.values():
        if isinstance(event, UniqueArticle):
            assert {event.story_id, *event.supersedes, *(near.article_id for near in event.dedupe.nearest)} <= set(
                BY_ID
            )
            assert (event.dedupe.verdict == "revision") == (event.revision > 1 or bool(event.supersedes))
        if isinstance(event, Duplicate):
            original = BY_ID[event.duplicate_of]
            assert event.article_id == identity.article_id(event.url, None, None, [])
            assert (event.kind, event.similarity, event.title) == ("exact", 1.0, original.title)
            for passage in event.shared_passages:  # of an exact copy, so it stands there in the original, too
                assert at(original, passage) == passage.text


@pytest.mark.parametrize("name", [name for name, event in ARTICLES.items() if isinstance(event, TaggedArticle)])
def test_spans_are_exact(name: str) -> None:
    article = EVENTS[name]
    for entity in article.entities:
        found = [at(article, span) for span in entity.offsets]
        assert found[0] == entity.text
        assert all(text in entity.text for text in found), "a later mention may be shorter"
    for keyword in article.keywords:
        assert keyword.text in "\n".join([article.title, *article.paragraphs]).lower()
    if isinstance(article, EnrichedArticle) and article.summary:
        assert [at(article, place) for place in article.summary.sentences] == [
            place.text for place in article.summary.sentences
        ]
        assert article.summary.text == " ".join(place.text for place in article.summary.sentences)


def test_offsets_count_code_points_and_an_example_shows_it() -> None:
    article = EVENTS["news.article.tagged.v1/article"]
    (person,) = [entity for entity in article.entities if entity.type == "person"]
    before = article.paragraphs[person.offsets[0].paragraph][: person.offsets[0].start]
    assert len(before) != len(before.encode("utf-16-le")) // 2


def test_complete_says_that_nothing_is_missing() -> None:
    enriched = [event for event in EVENTS.values() if isinstance(event, EnrichedArticle)]
    assert {event.complete for event in enriched} == {True, False}
    for event in enriched:
        assert event.complete == (not event.missing)
        assert set(event.missing) <= set(EXPECTED)
        assert ("published_at" in event.missing) == (event.published_at is None)


def test_a_take_down_names_a_known_page() -> None:
    gone = [page for page in PAGES if page.gone]
    assert gone
    assert {identity.article_id(page.url, None, None, []) for page in gone} <= set(BY_ID)


def at(article: Article, span: Span) -> str:
    return article.paragraphs[span.paragraph][span.start : span.end]
