from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.events import UniqueArticle
from streams.tag.stage import tag

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
