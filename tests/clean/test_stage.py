"""The front door: what comes out for a page, and that nothing else does."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import identity
from streams.clean import stage
from streams.clean.plain import layout
from streams.errors import ErrorCode, Refused
from streams.events import Article, RawPage, RawSource
from streams.outcomes import PartRefused, TakeDown
from tests.clean import aggregator
from tests.clean.aggregator import ENGLISH, OTHERS, STORY, TITLE
from tests.clean.promises import PIECES, hold

URL = "https://daily8.example/articles/1"


def clean(text: str, **fields: object) -> list[Article | PartRefused]:
    fields = {"url": URL, "source": RawSource(name="Daily8"), "fetched_at": "2025-06-12T09:00:00Z", **fields}
    outcomes = stage.clean(RawPage(body=text, **fields))  # type: ignore[arg-type]
    assert isinstance(outcomes, list)
    return outcomes


def articles(text: str, **fields: object) -> list[Article]:
    return [outcome for outcome in clean(text, **fields) if isinstance(outcome, Article)]


def test_the_page_and_each_related_story_is_an_article() -> None:
    own, *parts = articles(aggregator.page())
    assert (own.title, own.paragraphs, own.part_of) == (TITLE, STORY, None)
    assert own.source.kind == "aggregator"
    assert own.language == "en"
    assert own.article_id == identity.article_id(URL, None, None, ())
    assert [part.title for part in parts] == [title for _, title, _ in OTHERS]
    assert [part.article_id for part in parts] == [row.article_id for row in own.related]
    assert {part.part_of for part in parts} == {own.article_id}
    assert [part.source.kind for part in parts] == ["wire", "publisher", "publisher"]
    assert parts[0].published_at is not None
    assert parts[0].published_at.value == "2025-06-12T08:22:00Z"
    assert {row.kind for row in own.removed} == {"hashtags", "comments", "promo", "related"}


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://a.example/ü b?utm_source=x", "https://a.example/%C3%BC%20b"),
        ("javascript:alert(1)", None),
        ("https://[bad/6", None),
    ],
)
def test_a_canonical_url_is_one(url: str, canonical: str | None) -> None:
    own = articles("\n".join([TITLE, *STORY]), url=url)[0]
    assert (own.url, own.canonical_url) == (url, canonical)


def test_without_a_fetch_time_ages_stay_words() -> None:
    own = articles(aggregator.page(), fetched_at=None)[0]
    assert [(row.age_text, row.published_at) for row in own.related[:2]] == [(age, None) for age in ENGLISH["ages"][:2]]


def test_a_related_story_without_title_and_text_is_refused_alone() -> None:
    others = [*OTHERS[:2], ("Daily Post", "", "")]
    outcomes = clean(aggregator.page(others=others))
    assert [type(outcome) for outcome in outcomes] == [Article, Article, Article, PartRefused]
    assert isinstance(outcomes[-1], PartRefused)
    assert outcomes[-1].code == ErrorCode.NO_TEXT


def test_a_related_story_without_text_is_an_article_that_lacks_its_body() -> None:
    own, *parts = articles(aggregator.page(others=[*OTHERS[:2], (*OTHERS[2][:2], "")]))
    assert (parts[-1].title, parts[-1].paragraphs) == (OTHERS[2][1], [])
    assert (parts[-1].part_of, own.related[-1].article_id) == (own.article_id, parts[-1].article_id)
    assert own.related[-1].text is None


def test_one_line_is_a_paragraph_without_title() -> None:
    (own,) = articles("Talks go on.")
    assert (own.title, own.paragraphs, own.language) == (None, ["Talks go on."], "und")


def test_a_brief_is_an_article_without_paragraphs() -> None:
    own = articles(aggregator.page(story=[]))[0]
    assert (own.title, own.paragraphs, own.word_count) == (TITLE, [], 0)


@pytest.mark.parametrize("body", ["", " \n", "---\n***", "<html><body></body></html>"])
def test_no_text(body: str) -> None:
    with pytest.raises(Refused) as refused:
        clean(body)
    assert refused.value.code == ErrorCode.NO_TEXT


def test_json_is_no_article() -> None:
    with pytest.raises(Refused) as refused:
        clean('{"html": "<p>hi</p>"}')
    assert refused.value.code == ErrorCode.NOT_ARTICLE


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"http_status": 404}, "http_404"), ({"http_status": 451}, "http_451"), ({"takedown": True}, "takedown")],
)
def test_take_downs(fields: dict[str, object], reason: str) -> None:
    outcome = stage.clean(RawPage(url=URL, **fields))  # type: ignore[arg-type]
    assert outcome == TakeDown(article_id=identity.article_id(URL, None, None, ()), reason=reason)


def test_explain_gives_what_clean_gives() -> None:
    raw = RawPage(url=URL, body=aggregator.page(), fetched_at="2025-06-12T09:00:00Z")
    explained = stage.explain(raw)
    assert explained.outcomes == stage.clean(raw)
    assert all(cut.reason for cut in explained.extraction.cut)


def test_unsafe_characters_go() -> None:
    (own,) = articles(
        "Talks\x01 go \u202eon\u2066 in Geneva\u200b.\nThe minister\x00 said so, and nobody \ud800objected to it."
    )
    assert own.title is None
    assert own.paragraphs == ["Talks go on in Geneva.", "The minister said so, and nobody objected to it."]


FIRST_PAGES = """
import sys
from streams.clean.stage import clean, warm
from streams.events import RawPage
warm()
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
for body in sys.argv[1:]:
    clean(RawPage(url="https://example.org/1", body=body, fetched_at="2025-06-12T09:00:00Z"))
print([path for path in opened if not path.endswith((".py", ".pyc"))])
"""


def test_once_warm_no_page_opens_a_file() -> None:
    pages = [
        "Pier item\n\nHarbour council winter, glacier quay storm reactor",
        "<p>Hafen Rathaus Winter Gletscher</p>" * 9,
    ]
    command = [sys.executable, "-c", FIRST_PAGES, *pages, "Home\nWorld\n" * 20 + "Harbour council winter storm reactor"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


TEXT = st.text(st.characters(), max_size=400) | st.lists(
    st.sampled_from([*aggregator.page().split("\n"), "", "#A#B", "2 hours ago", "- Reuters", "Reuters"]), max_size=40
).map("\n".join)


@settings(deadline=None)
@given(
    TEXT,
    st.sampled_from([None, "text/html", "text/plain"]),
    st.sampled_from(["", "<html><body><p>", "<!--", "<title>"]),
)
def test_any_text_is_articles_or_refused(text: str, content_type: str | None, start: str) -> None:
    raw = RawPage(url=URL, body=start + text, content_type=content_type, fetched_at="2025-06-12T09:00:00Z")
    hold(raw)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=40).map("".join))
def test_any_row_of_markup_is_articles_or_refused(html: str) -> None:
    hold(RawPage(url=URL, body=f"<html>{html}", fetched_at="2025-06-12T09:00:00Z"))


@settings(deadline=None)
@given(
    st.permutations(OTHERS),
    st.integers(0, 3),
    st.sampled_from(["- ", "• ", "by ", "Quelle: ", ""]),
    st.lists(
        st.sampled_from([*STORY, "Comments", "Two hours ago", "A short heading"]), min_size=1, max_size=6, unique=True
    ),
)
def test_related_text_is_never_in_the_story(
    others: list[tuple[str, str, str]], count: int, bullet: str, story: list[str]
) -> None:
    text = aggregator.page(others=others[:count], bullet=bullet, story=[*story, STORY[0]])
    own = articles(text)[0]
    foreign = {part for other in others for part in other[1:]}
    assert not foreign & set(own.paragraphs)
    assert set(own.paragraphs) <= {*story, STORY[0]}


def test_what_stands_behind_the_last_line_that_is_looked_at_is_counted() -> None:
    (own,) = articles("a\n" * 100_000)
    assert len(own.paragraphs) < layout.MOST_LINES
    assert sum(row.chars for row in own.removed) >= 100_000
