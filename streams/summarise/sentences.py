"""Where sentences begin and end, in any script, by rules: stop marks, lists of abbreviations, what follows the mark.

No light library does it better: on English news pysbd finds the same boundaries at a three-hundredth of the speed.
`abbreviations.txt` holds the lists. A paragraph is read once, from left to right.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from streams.text import MARKS

_LETTERS = f"[\\w{MARKS}]"
_CLOSERS = "\"'”’»›)\\]"
_SPACED, _CJK = ".!?…؟۔।॥։", "。！？｡"
_STOPS = re.compile(
    rf"[{_SPACED}{_CJK}](?:"  # one class comes first, so that the engine looks for it instead of trying each place
    rf"(?<=[{_SPACED}])[{_SPACED}]*(?:[{_CLOSERS}]|[ \u00a0\u202f]»)*(?=\s|$)"  # a mark that white space must follow
    rf"|(?<=[a-zà-öø-ÿ]{{3}}[.!?])[{_CLOSERS}]?(?=[A-Z][a-z]+ )"  # "they left.The bill": a space was lost
    rf"|(?<=[{_CJK}])[{_CJK}]*[」』”’）】》\"]*)"  # CJK: nothing need follow
)
_SURE = frozenset("。！？｡؟۔।॥։")
_OPENERS = "\"'“‘„«‹‚([¿¡—–-•·「『 \t\u00a0"
_LAST_WORD = re.compile(rf"({_LETTERS}+(?:\.{_LETTERS}+)*)\.$")
_LOOK_BACK, _LOOK_AHEAD = 20, 24  # characters: the longest abbreviation, and a first word after quotes
# Abbreviations that are words, too, or stand before a number only: "no. 5", but "He said no."
_BEFORE_NUMBER = frozenset(
    ["no", "nos", "nr", "núm", "art", "fig", "figs", "op", "ch", "sec", "s", "p", "pp", "ok", "str"]
)
# Where a number and a stop make an ordinal: "am 3. Oktober", "3. října".
_ORDINALS = frozenset({"de", "da", "no", "nb", "nn", "cs", "sk", "sl", "hr", "bs", "sr", "hu", "fi", "et", "pl", "tr"})
_DAY = 2  # digits of a day or a rank; more are a year or a sum
# English words that begin a sentence after "U.S.", "Inc.", "a.m.": the rest of a name would follow else.
_STARTERS_LISTED = (
    "a an and as at but by for from he her his however i if in it its meanwhile most no on one she so some that "
    "the their then there these they this those to we what when where while with you"
)
_STARTERS = frozenset(_STARTERS_LISTED.split())
_NONE: frozenset[str] = frozenset()


@cache
def _abbreviations() -> dict[str, frozenset[str]]:
    text = (Path(__file__).parent / "abbreviations.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {language: frozenset(listed.split()) for language, _, listed in lines}


def sentences(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence of a paragraph stands: `text[start:end]`, without white space around it."""
    primary = language.partition("-")[0]
    abbreviations = _abbreviations().get(primary, _NONE)
    start = 0
    for stop in _STOPS.finditer(text):
        end = stop.end()
        if _ends(text, stop.group(), stop.start(), end, abbreviations, ordinals=primary in _ORDINALS):
            yield from _stripped(text, start, end)
            start = end
    yield from _stripped(text, start, len(text))


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def _ends(text: str, mark: str, at: int, end: int, abbreviations: frozenset[str], *, ordinals: bool) -> bool:
    """Whether a stop mark ends a sentence, by the word before it and the letter after it."""
    after = text[end : end + _LOOK_AHEAD].lstrip().lstrip(_OPENERS).lstrip()
    if not after or mark[0] in _SURE:
        return True
    if after[0].islower():
        return False
    before = _LAST_WORD.search(text, max(0, at - _LOOK_BACK), at + 1) if mark == "." else None
    if before is None:
        return True
    word = before.group(1)
    if word.isdigit():
        return not (ordinals and len(word) <= _DAY)
    if word != "I" and ((len(word) == 1 and word.isupper()) or "." in word):  # an initial; U.S., a.m.
        return after.split(maxsplit=1)[0].lower().rstrip(",") in _STARTERS
    word = word.lower()
    return word not in abbreviations or (word in _BEFORE_NUMBER and not after[0].isdigit())
