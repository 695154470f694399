"""What clean promises of any page: the judge of the property tests and of `make fuzz`."""

import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from streams.clean import stage
from streams.errors import Refused
from streams.events import Article, RawPage
from streams.outcomes import PartRefused
from tests.clean import aggregator

# Generous, for a machine that does other things too and for a fuzzer that counts lines: they find what grows
# faster than the page.
SECONDS, SECONDS_A_BYTE = 1.0, 50e-6
# Pieces that random bytes or text would take ages to find.
PIECES = (
    "<html><head>",
    "<body>",
    "<p>",
    "</p>",
    "<div class='author byline'>",
    "</div>",
    "<h1>",
    "</h1>",
    "<time datetime='2025-06-10T08:30:00+02:00'>",
    "</time>",
    "<title>",
    "</title>",
    "<meta property='og:title' content='",
    "<meta name='author' content='",
    "<meta property='article:published_time' content='",
    "'>",
    "<script type='application/ld+json'>",
    '{"@type":"NewsArticle","headline":"',
    '","datePublished":"',
    '","author":[{"name":"',
    '"}],"image":{"url":"',
    '"}}',
    "</script>",
    "<figure><img src='",
    "'><figcaption>",
    "</figure>",
    "<a rel=author href='/author/",
    "<!--",
    "-->",
    "<![CDATA[",
    "&#xD800;",
    "&nbsp;",
    "\u202e",
    "\ud800",
    "By Jane Doe and Li Wei, ",
    "June 10, 2025",
    "10/06/2025",
    "Updated: ",
    "3 hours ago",
    "Talks go on | The Gazette",
    "The minister said on Tuesday that the talks would go on. ",
    *aggregator.page().split("\n")[:40],
)
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def hold(raw: RawPage) -> list[Article | PartRefused] | None:
    """Clean a page and assert every promise; give what came of it, None when it was refused."""
    begin = time.process_time()
    outcomes = _clean(raw)
    seconds = time.process_time() - begin
    size = len(raw.body or raw.body_b64 or "")
    assert seconds <= SECONDS + SECONDS_A_BYTE * size, f"{seconds:.2f} s for {size} characters"
    assert outcomes == _clean(raw), "the same page came out differently"
    if outcomes is None:
        return None
    for outcome in outcomes:
        encoded = msgspec.json.encode(outcome)
        assert msgspec.json.decode(encoded, type=type(outcome)) == outcome
        assert not any(_UNSAFE.search(text) for text in _texts(msgspec.to_builtins(outcome)))
    own = outcomes[0]
    assert isinstance(own, Article)
    assert len(outcomes) == 1 + len(own.related)
    assert own.published_at is None or "published_at" in own.provenance or own.published_at.precision == "relative"
    return outcomes


def _clean(raw: RawPage) -> list[Article | PartRefused] | None:
    try:
        outcomes = stage.clean(raw)
    except Refused:
        return None
    assert isinstance(outcomes, list)
    return outcomes


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
