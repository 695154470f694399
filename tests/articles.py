"""Articles as stages get them: what a test does not say is empty."""

from typing import Any, TypeVar

import msgspec

from streams.events import Article

ID = "a" * 26
LISTS = frozenset(
    [
        "authors",
        "images",
        "page_hashtags",
        "related",
        "removed",
        "supersedes",
        "keywords",
        "entities",
        "topics",
        "hashtags",
    ]
)
A = TypeVar("A", bound=Article)


def article(kind: type[A], title: str | None, paragraphs: list[str], language: str, **fields: Any) -> A:
    """Make an article as it is after some stage."""
    known = {
        "article_id": ID,
        "source": {"name": None, "domain": None, "kind": "publisher"},
        "language_confidence": 1.0,
        "text_sha256": "0" * 64,
        "word_count": 0,
        "access": {"free": None, "license": None, "tdm_opt_out": None},
        "provenance": {},
        "revision": 1,
        "story_id": ID,
        "dedupe": {"verdict": "unique", "nearest": []},
        "title": title,
        "paragraphs": paragraphs,
        "language": language,
    }
    empty: dict[str, Any] = {name: [] if name in LISTS else None for name in kind.__struct_fields__}
    return msgspec.convert({**empty, **known, **fields}, kind)
