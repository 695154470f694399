from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.events import TaggedArticle
from streams.summarise.likelihood import Terms
from streams.summarise.stage import summarise

LANGUAGES = ["en", "de", "fr", "es", "pt", "it", "pl", "ru", "uk", "ar", "tr", "zh", "ja", "ko", "hi", "th", "und"]
TEXT = st.text(max_size=200) | st.text(alphabet="aA bB.'-—!?中国の。」カ１9ياТт\u0300’", max_size=200)
Make = Callable[[str | None, list[str], str], TaggedArticle]


@settings(max_examples=200, deadline=None)
@given(st.none() | TEXT, st.lists(TEXT, max_size=5), st.sampled_from(LANGUAGES))
def test_any_text_is_summarised_verbatim(
    article: Make, title: str | None, paragraphs: list[str], language: str
) -> None:
    given_article = article(title, paragraphs, language)
    enriched = summarise(given_article)
    assert enriched == summarise(given_article)
    assert (enriched.summary is None) == (not any(p.strip() for p in paragraphs))
    if enriched.summary:
        sentences = enriched.summary.sentences
        assert 1 <= len(sentences) <= 3
        for s in sentences:
            assert paragraphs[s.paragraph][s.start : s.end] == s.text
        between = "" if language in {"zh", "ja"} else " "
        assert enriched.summary.text == between.join(s.text for s in sentences)
        assert len(enriched.summary.bullets) <= 3
        assert enriched.summary.headline
        assert Terms(enriched.summary.headline).words <= 15
        places = [(s.paragraph, s.start) for s in sentences]
        assert places == sorted(set(places))


def test_what_an_article_lacks_is_named_in_order(article: Make) -> None:
    enriched = summarise(article(None, [], "und"))
    assert enriched.missing == [
        "title", "body", "published_at", "language", "keywords", "entities", "topics", "narrower_topics",
        "summary",
    ]  # fmt: skip
    assert not enriched.complete


@pytest.mark.parametrize(("language", "lacks"), [("en", False), ("en-GB", False), ("de", True), ("zh", True)])
def test_what_is_told_in_english_only_is_missing_elsewhere(article: Make, language: str, lacks: bool) -> None:
    enriched = summarise(article("Title", ["A paragraph."], language))
    assert ("narrower_topics" in enriched.missing) == lacks
