"""Word classes of English, by a dictionary: `data/english.txt`; and by spelling for words that it does not hold."""

from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "english.txt"
_ADJECTIVE = ("ous", "ful", "ive", "able", "ible", "al", "ic", "less")


def guess(word: str) -> str:
    """Guess the class of a word in lower case: N noun, J adjective, G gerund, V past, B base verb, X other."""
    if word.endswith("ly"):
        return "X"
    if word.endswith("ed"):
        return "V"
    if word.endswith("ing"):
        return "G"
    return "J" if word.endswith(_ADJECTIVE) or "-" in word else "N"


@cache
def known() -> dict[str, str]:
    """Read the dictionary: word → class."""
    lines = DATA.read_text(encoding="utf-8").splitlines()
    rows = (line.partition(":") for line in lines if not line.startswith("#"))
    return {word: letter for letter, _, words in rows for word in words.split()}


def word_class(word: str, *, first: bool) -> str:
    """Class of a word in its text; `first` in its sentence, where a capital means nothing."""
    listed = known()
    if word[0].isupper() and not (first and word.lower() in listed):
        return listed.get(word, "N")
    lower = word.lower()
    return listed.get(lower) or guess(lower)
