"""The words of an article, read once: what keywords and topics are made of.

Words stand in runs: what no mark, stop word or paragraph parts. English words have a class, by a dictionary.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from streams.tag.ideographs import is_ideographic
from streams.tag.lexicon import word_class
from streams.tag.stems import stem
from streams.tag.stopwords import stopwords
from streams.text import MARKS

_SHORTEST = 3  # letters of a word that is no acronym
_LONGEST_WORD = 40  # letters: what is longer is text without spaces (Thai), or an address
_LETTER = rf"[\w{MARKS}]"
# What parts phrases: any mark but those inside words (O'Neill, AT&T, F-16) and after initials (U.S., J. Biden).
_PARTING = re.compile(
    rf"[^\w\s{MARKS}&]"  # one class comes first, so that the engine looks for it instead of trying each place
    rf"(?:(?<![.'’‑-])|(?<=\.)(?<!\b[A-Z]\.)(?!\w)|(?<=['’‑-])(?:(?<!{_LETTER}.)|(?!{_LETTER})))"
)
_PARAGRAPH = " | "  # a mark that parts
_ELISION = re.compile(r"[^\W\d_]{1,5}['’](?=\w{2})")  # l'accord, dell'Unione
_ELIDING = frozenset({"fr", "it", "ca"})
_TAIL = {
    "en": re.compile("['’]s?$"),
    "tr": re.compile("['’].*$"),  # Ankara'da
    "ko": re.compile(r"(?<=\w\w)(?:에서|으로|에게|까지|부터|[은는이가을를의에로와과도만])$"),
}
_KOREAN_VERB = re.compile("[다던는할될한된고]$")
_LINKS = {  # what stands inside a noun phrase
    "fr": frozenset(["de", "des", "du", "à", "la"]),
    "es": frozenset(["de", "del", "la", "los"]),
    "pt": frozenset(["de", "da", "do", "das", "dos"]),
    "it": frozenset(["di", "del", "della", "dei", "delle"]),
}
_NO_LINKS: frozenset[str] = frozenset()


class Token(NamedTuple):
    """A word: its text, stem, class (N J G V B of the lexicon, n without capital, L link, X none), what it parts."""

    text: str
    stem: tuple[str]
    kind: str
    begins: bool
    ends: bool


Run = tuple[list[Token], int]  # words that only spaces part, and the place of the first, in words


class Passage(NamedTuple):
    """A text as it was read: its runs, its length in words; of a language without spaces the text itself."""

    runs: list[Run]
    length: int
    text: str = ""


class Reading(NamedTuple):
    """An article as it was read."""

    title: Passage
    body: Passage
    language: str  # its primary subtag


def read(title: str | None, paragraphs: Sequence[str], language: str) -> Reading:
    """Read an article's words."""
    primary = language.partition("-")[0]
    return Reading(_passage([title] if title else [], primary), _passage(paragraphs, primary), primary)


def _passage(paragraphs: Sequence[str], language: str) -> Passage:
    if is_ideographic(language):
        text = "\n".join(paragraphs)
        return Passage([], len(text) // 2, text)  # a word is about two characters
    runs = list(_runs(_PARAGRAPH.join(paragraphs), language))
    _, length = runs.pop()
    return Passage(runs, length)


def _runs(text: str, language: str) -> Iterator[tuple[list[Token], int]]:
    """Yield runs of content words that only a space parts, each with its place; last an empty one with the length."""
    at = 0
    for piece in _PARTING.split(text):
        run: list[Token] = []
        first = True
        for word in piece.split():
            token = _token(word, language, first)
            _, _, kind, begins, ends = token
            first = False
            if run and (begins or kind == "X"):
                yield run, at - len(run)
                run = []
            at += 1
            if kind != "X":
                run.append(token)
                if ends:
                    yield run, at - len(run)
                    run = []
        if run:
            yield run, at - len(run)
    yield [], at


@lru_cache(maxsize=50_000)  # the words of some hundred articles, 200 bytes each
def _token(word: str, language: str, first: bool) -> Token:
    """Know a word: cut what the language glues to it, and tell its class."""
    stop = stopwords(language)
    cut, tail = word, _TAIL.get(language)
    if tail:
        cut = tail.sub("", cut)
    ends = cut != word
    begins = False
    if language in _ELIDING and word.lower() not in stop and (elided := _ELISION.match(cut)):
        cut, begins = cut[elided.end() :], True
    return Token(cut, (stem(cut, language),), _kind(cut, language, stop, first=first), begins, ends)


def _kind(word: str, language: str, stop: frozenset[str], *, first: bool) -> str:
    lower = word.lower()
    if lower in stop:
        return "L" if lower in _LINKS.get(language, _NO_LINKS) else "X"
    if not any(map(str.isalpha, word)) or (len(word) < _SHORTEST and not word.isupper()) or len(word) == 1:
        return "X"
    if len(word) > _LONGEST_WORD or (language == "ko" and _KOREAN_VERB.search(word)):
        return "X"
    return word_class(word, first=first) if language == "en" else "N" if word[0].isupper() else "n"
