"""An article to tag."""

from collections.abc import Callable
from functools import partial

import pytest

from streams.events import UniqueArticle
from tests import articles


@pytest.fixture(scope="session")
def article() -> Callable[..., UniqueArticle]:
    """Make an article of a title, paragraphs and a language."""
    return partial(articles.article, UniqueArticle)
