"""What aggregators print around a story: headings, advertisements, footers, in many languages (tables/markers.json)."""

import re
from functools import cache, lru_cache

from streams.clean.tables import load

KINDS = ("hashtags", "comments", "no_comments", "related", "promo", "ads", "footer", "head")
SECTIONS = ("hashtags", "comments", "no_comments", "promo", "ads")  # what may begin below a story's text
LONGEST = 90  # characters; the longest marker printed so far has 58
_NONE: frozenset[str] = frozenset()
FULL_STOP = (".", "?", "。", "؟")
_NOISE = re.compile(r"[\W\d_]+", re.UNICODE)


def fold(line: str) -> str:
    """Reduce a line to its letters, words parted by one blank: "Comments (12):" and "comments" are the same."""
    return _NOISE.sub(" ", line.casefold()).strip()


@cache
def _tables() -> tuple[dict[str, frozenset[str]], dict[str, re.Pattern[str]]]:
    table = {code: phrases for code, phrases in load("markers").items() if code != "about"}
    exact: dict[str, set[str]] = {}
    wild: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for language in table.values():
        for kind, phrases in language.items():
            for phrase in phrases:
                if "*" in phrase and fold(phrase):
                    wild[kind].append(r"\b.*\b".join(re.escape(fold(part)) for part in phrase.split("*")))
                else:
                    exact.setdefault(fold(phrase), set()).add(kind)
    patterns = {kind: re.compile(rf"\s*(?:{'|'.join(found)})\s*") for kind, found in wild.items() if found}
    return {phrase: frozenset(kinds) for phrase, kinds in exact.items() if phrase}, patterns


def kinds(line: str) -> frozenset[str]:
    """Say what a line may be, as a set of KINDS; empty for a line that is no marker."""
    return _kinds(line) if len(line) <= LONGEST else _NONE


@lru_cache(maxsize=8192)
def _kinds(line: str) -> frozenset[str]:
    exact, patterns = _tables()
    folded = fold(line)
    found = exact.get(folded, frozenset())
    more = {kind for kind, pattern in patterns.items() if kind not in found and pattern.fullmatch(folded)}
    if line.endswith(FULL_STOP):
        more.discard("promo")  # "Try our AI features, the advert had promised."
    if line.startswith(("©", "(c)", "Copyright")):
        more.add("footer")
    return found | more if more else found


def is_a(line: str, *wanted: str) -> bool:
    """Whether the line is one of the kinds named."""
    return not kinds(line).isdisjoint(wanted)
