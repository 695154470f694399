"""Where words begin and end, in any script: what tagging and summarising share. Pure functions."""

import re
from typing import NamedTuple

# Vowel signs and accents that follow their letter: Python's \w leaves them out, and words would break at them.
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u200c\u200d"
_LETTERS = f"[\\w{MARKS}]"
_WORD = re.compile(
    rf"(?:[A-Z]\.){{2,}}"  # U.S., J.R.R.
    rf"|\d+(?:[.,:]\d+)+%?"  # 1,212 3.5% 10:30
    rf"|{_LETTERS}+(?:['’&‑-]{_LETTERS}+)*(?:\+\+)?",  # mother-in-law, O'Neill, AT&T, F-16, C++
)


class Word(NamedTuple):
    """A word and its place: `text[start:end]`, in Unicode code points."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Every word of a text in order; numbers, initials and hyphenated words are one word each."""
    return [Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]
