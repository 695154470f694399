"""An article to summarise: what tag made of it."""

from collections.abc import Callable

import msgspec
import pytest

from streams.events import TaggedArticle

_SOMETHING = "a" * 26


@pytest.fixture(scope="session")
def article() -> Callable[[str | None, list[str], str], TaggedArticle]:
    """Make an article of a title, paragraphs and a language."""

    def make(title: str | None, paragraphs: list[str], language: str) -> TaggedArticle:
        empty = dict.fromkeys(TaggedArticle.__struct_fields__) | {
            name: []
            for name in (
                *("authors", "images", "page_hashtags", "related", "removed", "supersedes"),
                *("keywords", "entities", "topics", "hashtags"),
            )
        }
        known = {
            "article_id": _SOMETHING,
            "source": {"name": None, "domain": None, "kind": "publisher"},
            "language_confidence": 1.0,
            "text_sha256": "0" * 64,
            "word_count": 0,
            "access": {"free": None, "license": None, "tdm_opt_out": None},
            "provenance": {},
            "revision": 1,
            "story_id": _SOMETHING,
            "dedupe": {"verdict": "unique", "nearest": []},
        }
        told = {"title": title, "paragraphs": paragraphs, "language": language}
        return msgspec.convert({**empty, **known, **told}, TaggedArticle)

    return make
