"""An article to tag."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from streams.events import UniqueArticle

_SOMETHING = "a" * 26


@pytest.fixture(scope="session")
def article() -> Callable[..., UniqueArticle]:
    """Make an article of a title, paragraphs and a language."""

    def make(title: str | None, paragraphs: list[str], language: str, **fields: Any) -> UniqueArticle:
        empty = dict.fromkeys(UniqueArticle.__struct_fields__) | {
            name: [] for name in ("authors", "images", "page_hashtags", "related", "removed", "supersedes")
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
        return msgspec.convert({**empty, **known, **told, **fields}, UniqueArticle)

    return make
