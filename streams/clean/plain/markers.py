"""What aggregators print around a story: headings, advertisements, footers, in many languages (tables/markers.json)."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from streams.clean.tables import load

KINDS = ("hashtags", "comments", "no_comments", "related", "promo", "ads", "footer", "head")
SECTIONS = ("hashtags", "comments", "no_comments", "promo", "ads")  # what may begin below a story's text
LONGEST = 90  # characters; the longest marker printed so far has 58
_NONE: frozenset[str] = frozenset()
FULL_STOP = (".", "?", "。", "؟")
_NOISE = re.compile(r"[\W\d_]+", re.UNICODE)
_ASCII_LETTERS = bytes(ord(chr(i).lower()) if i < 128 and chr(i).isalpha() else 32 for i in range(256))  # noqa: PLR2004


def fold(line: str) -> str:
    """Reduce a line to its letters, words parted by one blank: "Comments (12):" and "comments" are the same."""
    if line.isascii():  # the same, at half the cost
        return b" ".join(line.encode("ascii").translate(_ASCII_LETTERS).split()).decode("ascii")
    return _NOISE.sub(" ", line.casefold()).strip()


class _Tables(NamedTuple):
    exact: dict[str, frozenset[str]]
    begin: dict[str, list[tuple[str, re.Pattern[str]]]]  # phrases with "*" by their first letters
    end: dict[str, list[tuple[str, re.Pattern[str]]]]  # those that begin with "*" by their last


@cache
def _tables() -> _Tables:
    exact: dict[str, set[str]] = {}
    tables = _Tables({}, {}, {})
    for kind, phrase in (
        (kind, phrase)
        for code, language in load("markers").items()
        if code != "about"
        for kind, phrases in language.items()
        for phrase in phrases
    ):
        words = fold(phrase).split()
        if "*" in phrase and words:
            pattern = re.compile(r"\b.*\b".join(re.escape(fold(part)) for part in phrase.split("*")))
            by, key = (tables.end, words[-1][-2:]) if phrase.startswith("*") else (tables.begin, words[0][:2])
            by.setdefault(key, []).append((kind, pattern))
        elif words:
            exact.setdefault(" ".join(words), set()).add(kind)
    tables.exact.update((phrase, frozenset(found)) for phrase, found in exact.items())
    return tables


def kinds(line: str) -> frozenset[str]:
    """Say what a line may be, as a set of KINDS; empty for a line that is no marker."""
    return _kinds(line) if len(line) <= LONGEST else _NONE


@lru_cache(maxsize=8192)
def _kinds(line: str) -> frozenset[str]:
    tables = _tables()
    folded = fold(line)
    found = tables.exact.get(folded, _NONE)
    phrases = [*tables.begin.get(folded[:2], ()), *tables.end.get(folded[-2:], ())]
    more = {kind for kind, pattern in phrases if kind not in found and pattern.fullmatch(folded)}
    if line.endswith(FULL_STOP):
        more.discard("promo")  # "Try our AI features, the advert had promised."
    if line.startswith(("©", "(c)", "Copyright")):
        more.add("footer")
    return found | more if more else found


def is_a(line: str, *wanted: str) -> bool:
    """Whether the line is one of the kinds named."""
    found = kinds(line)
    return bool(found) and not found.isdisjoint(wanted)
