"""What a language model is shown of an article, and what it is asked: the article is data, whatever it says.

Strangers write articles, and some write for the model that reads them. So what no reader sees is taken out (comments,
tags, zero-width and control characters), and so are sentences that speak to a model; the rest stands between two fences
that its writer cannot know, as they are a hash of it; no tools are offered, and the answer has one form.
"""

import hashlib
import re
import unicodedata
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from msgspec import Struct

from streams.events import FallbackReason, TaggedArticle
from streams.summarise.sentences import sentences

HERE = Path(__file__).parent
MAX_CHARS = 12_000  # of the article: some 2,000 words; what tells a news story is not further down
MAX_TOKENS = 600  # of the answer: the three fields at their longest take 300 in Latin scripts, twice that in others
_LOOKED_AT = 2000  # characters of a sentence: nobody reads on
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    # What stands in elements that a browser does not show, or that no page has.
    r"|<(script|style|template|noscript|system|assistant|user|instructions?)\b[^<>]{0,500}>.{0,2000}?</\1>"
    r"|<(\w{1,20})\b[^<>]{0,200}(?:display:\s*none|visibility:\s*hidden|\bhidden\b)[^<>]{0,200}>.{0,2000}?</\2>"
    r"|<[/!?a-zA-Z][^<>]{0,500}>",
    re.DOTALL | re.IGNORECASE,
)
_SCHEMA = {
    "type": "object",
    "properties": {
        "headline": {"type": "string"},
        "summary": {"type": "string"},
        "bullets": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["headline", "summary", "bullets"],
    "additionalProperties": False,
}


class Told(Struct, frozen=True, forbid_unknown_fields=True):
    """What a language model said of an article, in the form that it was asked for."""

    headline: str
    summary: str
    bullets: list[str]


class Answer(Struct, frozen=True):
    """What a language model said of an article, or why it said nothing."""

    model: str
    told: Told | None
    reason: FallbackReason | None


class Shown(Struct, frozen=True):
    """What a language model is shown of an article."""

    title: str
    text: str


@cache
def _instructions() -> list[tuple[tuple[str, ...], re.Pattern[str]]]:
    lines = (HERE / "instructions.txt").read_text(encoding="utf-8").splitlines()
    listed = (line.partition("\t") for line in lines if not line.startswith("#"))
    return [(tuple(words.split(",")), re.compile(pattern, re.IGNORECASE)) for words, _, pattern in listed]


def shown(article: TaggedArticle) -> Shown:
    """Take out of an article what is not meant for a reader, and what is too much."""
    language = article.language
    paragraphs: list[str] = []
    left = MAX_CHARS
    for paragraph in article.paragraphs:
        text = _harmless(paragraph[:left], language)
        if text:
            paragraphs.append(text)
        left -= len(paragraph)
        if left <= 0:
            break
    return Shown(_harmless((article.title or "")[:300], language), "\n".join(paragraphs))


def visible(text: str) -> str:
    """Take out what a reader does not see: comments, tags, zero-width, private and control characters."""
    text = unicodedata.normalize("NFKC", _HIDDEN.sub(" ", text))
    kept = [c if not unicodedata.category(c).startswith("C") else " " if c in "\n\t\r" else "" for c in text]
    return _HIDDEN.sub(" ", "".join(kept))  # once more: a tag may have been written with zero-width characters in it


def _harmless(text: str, language: str) -> str:
    # What follows an order in its paragraph is taken for what is ordered.
    text = " ".join(visible(text).split())
    spans = (text[a:b] for a, b in sentences(text, language))
    return " ".join(takewhile(lambda span: not speaks_to_a_model(span), spans))


def speaks_to_a_model(sentence: str) -> bool:
    """Whether a sentence is addressed to a language model rather than to a reader."""
    lower = sentence[:_LOOKED_AT].lower()
    return any(pattern.search(lower) for words, pattern in _instructions() if any(word in lower for word in words))


def request(model: str, article: TaggedArticle) -> dict[str, Any]:
    """Write the request for an article: the same for the same article."""
    seen = shown(article)
    fence = hashlib.blake2b(f"{seen.title}\n{seen.text}".encode(), digest_size=12).hexdigest()
    instruction = (HERE / "prompt.txt").read_text(encoding="utf-8").format(fence=fence, language=article.language)
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": instruction},
            {"role": "user", "content": f"{fence}\n{seen.title}\n\n{seen.text}\n{fence}"},
        ],
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "strict": True, "schema": _SCHEMA}},
    }
