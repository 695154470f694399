import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.events import UniqueArticle
from streams.tag.stage import MOST_CHARACTERS, tag

LANGUAGES = ["en", "de", "fr", "es", "pt", "it", "pl", "ru", "uk", "ar", "tr", "zh", "ja", "ko", "hi", "th", "und"]
TEXT = st.text(max_size=200) | st.text(alphabet="aA bB.'-—#中国のカ１9ياТт\u0300’", max_size=200)


@settings(max_examples=200, deadline=None)
@given(
    st.none() | TEXT, st.lists(TEXT, max_size=5), st.sampled_from(LANGUAGES), st.lists(st.text(max_size=20), max_size=9)
)
def test_any_text_is_tagged_the_same_way_each_time(
    article: Callable[..., UniqueArticle], title: str | None, paragraphs: list[str], language: str, printed: list[str]
) -> None:
    given_article = article(title, paragraphs, language, page_hashtags=printed)
    tagged = tag(given_article)
    assert tagged == tag(given_article)
    assert tagged.paragraphs == paragraphs
    assert len(tagged.hashtags) <= 8
    assert len({t.casefold() for t in tagged.hashtags}) == len(tagged.hashtags)
    assert all(0 <= keyword.score <= 1 and keyword.text for keyword in tagged.keywords)
    for entity in tagged.entities:
        assert entity.offsets
        for span in entity.offsets:
            assert 0 <= span.start < span.end <= len(paragraphs[span.paragraph])


def test_of_a_text_longer_than_any_article_the_beginning_is_read(article: Callable[..., UniqueArticle]) -> None:
    told = ["Ingrid Dahle spoke in Norvik.", "no more. " * (MOST_CHARACTERS // 9), "Leif Brandal spoke in Norvik."]
    tagged = tag(article(None, told, "en"))
    assert "Ingrid Dahle" in {entity.text for entity in tagged.entities}
    assert {span.paragraph for entity in tagged.entities for span in entity.offsets} == {0}
    assert tagged.paragraphs == told


@pytest.mark.parametrize(
    ("repeated", "language"), [("中国", "zh"), ("カタ中", "ja"), ("Aa Bb ", "en"), ("L'A ", "fr"), ("A. ", "en")]
)
def test_a_text_without_end_takes_time_by_its_length(
    article: Callable[..., UniqueArticle], repeated: str, language: str
) -> None:
    def once(one: UniqueArticle) -> float:
        begin = time.process_time()
        tag(one)
        return time.process_time() - begin

    def seconds(characters: int) -> float:
        one = article(None, [(repeated * characters)[:characters]], language)
        return min(once(one) for _ in range(3))  # the cycle collector may come in between

    seconds(1_000)  # tables
    assert seconds(80_000) < 10 * seconds(20_000) + 0.3  # 4 times the text: by its square it would be 16 times
