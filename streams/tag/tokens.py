"""The words of an article, read once: what keywords and topics are made of.

Words stand in runs: what no mark, stop word or paragraph parts. English words have a class, by a dictionary.
"""

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from streams.tag.ideographs import is_ideographic
from streams.tag.lexicon import word_class
from streams.tag.names import cues
from streams.tag.stems import stem
from streams.tag.stopwords import stopwords
from streams.text import MARKS

_REMEMBERED = 50_000  # words of some hundred articles, 200 bytes each
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
    """A word: its text, stem, and class (N J G V B of the lexicon, n without capital, L link, X none).

    `parts`: it stands in no run, or begins or ends one.
    """

    text: str
    stem: str
    kind: str
    parts: Literal["", "out", "begins", "ends", "both"]


class Run(NamedTuple):
    """Words that only spaces part: their texts, stems and classes, and the place of the first, in words."""

    texts: list[str]
    stems: list[str]
    kinds: str
    at: int


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
    return _runs(_PARAGRAPH.join(paragraphs), language)


def _runs(text: str, language: str) -> Passage:
    """Cut a text into runs of content words."""
    runs: list[Run] = []
    at = 0
    first_words, words = _known(language, True), _known(language, False)
    for piece in _PARTING.split(text):
        texts: list[str] = []
        stems: list[str] = []
        kinds = ""
        known = first_words
        for word in piece.split():
            cut, stemmed, kind, parts = known[word]
            known = words
            at += 1
            if not parts:
                texts.append(cut)
                stems.append(stemmed)
                kinds += kind
                continue
            if texts and parts != "ends":
                runs.append(Run(texts, stems, kinds, at - 1 - len(texts)))
                texts, stems, kinds = [], [], ""
            if parts != "out":
                texts.append(cut)
                stems.append(stemmed)
                kinds += kind
            if parts in {"ends", "both"}:
                runs.append(Run(texts, stems, kinds, at - len(texts)))
                texts, stems, kinds = [], [], ""
        if texts:
            runs.append(Run(texts, stems, kinds, at - len(texts)))
    return Passage(runs, at)


class _Words(dict[str, Token]):
    """The words of a language that were met, each read once. A dictionary, as it is asked for every word."""

    def __init__(self, language: str, first: bool) -> None:
        super().__init__()
        self._read = partial(_token, language=language, first=first)

    def __missing__(self, word: str) -> Token:
        if len(self) == _REMEMBERED:
            self.clear()
        token = self[word] = self._read(word)
        return token


@lru_cache(maxsize=64)
def _known(language: str, first: bool) -> _Words:
    return _Words(language, first)


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
    kind = _kind(cut, language, stop, first=first)
    if language != "en" and cut.lower() in cues("title"):  # "Präsident Petro Kern" is no phrase of three words
        begins = ends = True
    parts: Literal["", "out", "begins", "ends", "both"] = "both" if begins and ends else "begins" if begins else ""
    return Token(cut, stem(cut, language), kind, "out" if kind == "X" else parts or ("ends" if ends else ""))


def _kind(word: str, language: str, stop: frozenset[str], *, first: bool) -> str:
    lower = word.lower()
    if lower in stop:
        return "L" if lower in _LINKS.get(language, _NO_LINKS) else "X"
    if not any(map(str.isalpha, word)) or (len(word) < _SHORTEST and not word.isupper()) or len(word) == 1:
        return "X"
    if len(word) > _LONGEST_WORD or (language == "ko" and _KOREAN_VERB.search(word)):
        return "X"
    return word_class(word, first=first) if language == "en" else "N" if word[0].isupper() else "n"
