"""An article to summarise: what tag made of it."""

from collections.abc import Callable
from functools import partial

import pytest

from streams.events import TaggedArticle
from tests import articles


@pytest.fixture(scope="session")
def article() -> Callable[[str | None, list[str], str], TaggedArticle]:
    """Make an article of a title, paragraphs and a language."""
    return partial(articles.article, TaggedArticle)
