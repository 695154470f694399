"""Flows whose stages fail in every way that a stage can: NEWSFLOW_FLOW=tests.stream.flows:…"""

import ctypes
import os
import sys
import time

from msgspec import structs

from streams.app import flow as real
from streams.events import Article, RawPage, TaggedArticle, UniqueArticle
from streams.flow import Flow, Stage
from streams.topics import CLEAN, RAW, TAGGED, UNIQUE


def _misbehave(text: str) -> None:
    if "BUG" in text:
        raise KeyError(text)
    if "RECURSION" in text:
        _misbehave(text)
    if "EXIT" in text:
        sys.exit(3)
    if "SLOW" in text:
        while True:
            pass
    if "SEGFAULT" in text:
        ctypes.string_at(0)
    if "MEMORY" in text:
        bytearray(2**34)
    if "NAP" in text:
        time.sleep(0.02)
    if "KILLED" in text:
        os.kill(os.getpid(), 9)


def clean(page: RawPage) -> list[Article]:
    """Clean, unless the page says how to fail."""
    _misbehave(page.body or "")
    return real["clean"].function(page)  # type: ignore[no-any-return]


def tag(article: UniqueArticle) -> TaggedArticle:
    """Tag, unless the article's title says how to fail."""
    _misbehave((article.title or "").replace("TAG-", ""))
    return real["tag"].function(article)  # type: ignore[no-any-return]


def clean_loudly(page: RawPage) -> list[Article]:
    """Clean as a later version might: titles in capitals."""
    return [
        structs.replace(article, title=(article.title or "").upper()) if isinstance(article, Article) else article
        for article in real["clean"].function(page)
    ]


clean_loudly.__name__ = "clean"
faulty_clean = Flow(
    Stage(clean, RAW >> CLEAN, requires=("body",), isolated=True, warm=real["clean"].warm), *real.stages[1:]
)
next_version = Flow(
    Stage(clean_loudly, RAW >> CLEAN, requires=("body",), isolated=True, warm=real["clean"].warm), *real.stages[1:]
)
faulty_tag = Flow(*real.stages[:2], Stage(tag, UNIQUE >> TAGGED, requires=("title",)), real.stages[3])


def _freeze() -> None:
    raise RuntimeError("the tables are not there")


cold = Flow(Stage(clean, RAW >> CLEAN, requires=("body",), isolated=True, warm=_freeze), *real.stages[1:])
