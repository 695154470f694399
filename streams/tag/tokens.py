"""The words of an article, read once: what keywords and topics are made of.

Words stand in runs: what no mark, stop word or paragraph parts. English words have a class, by a dictionary.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from streams.tag.ideographs import is_ideographic
from streams.tag.lexicon import word_class
from streams.tag.met import Met
from streams.tag.names import cues
from streams.tag.stems import stem
from streams.tag.stopwords import stopwords
from streams.text import MARKS

_REMEMBERED = 100_000  # words of some hundred articles, 200 bytes each; after a mark they count apart
_SHORTEST = 3  # letters of a word that is no acronym
_LONGEST_WORD = 40  # letters: what is longer is text without spaces (Thai), or an address
_LETTER = rf"[\w{MARKS}]"
# What parts phrases: any mark but those inside words (O'Neill, AT&T, F-16) and after initials (U.S., J. Biden).
_PARTING = (
    rf"[^\w\s{MARKS}&]"  # one class comes first, so that the engine looks for it instead of trying each place
    rf"(?:(?<![.'’‑-])|(?<=\.)(?<!\b[A-Z]\.)(?!\w)|(?<=['’‑-])(?:(?<!{_LETTER}.)|(?!{_LETTER})))"
)
_PARTINGS = re.compile(rf"{_PARTING}(?:\s*{_PARTING})*\s*")
_PARAGRAPH = " | "  # a mark that parts
_FIRST = "\0"  # a mark, too, so no word begins with it: it is written before those that follow one
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


# A word's kind is its class: N J G V B of the lexicon, n without capital, L a link; or a space, if it stands in no run.
# A bit above tells that it begins a run, another that it ends one.
NONE = " "
_BEGINS, _ENDS = 0x100, 0x200
_RUN = re.compile("[!-\u01ff][!-\u00ff]*[\u0200-\u02ff]?|[\u0200-\u03ff]")


class Token(NamedTuple):
    """A word: its text, stem and kind."""

    text: str
    stem: str
    kind: str


class Passage(NamedTuple):
    """A text as it was read: its words' texts, stems and kinds; of a language without spaces the text itself."""

    texts: tuple[str, ...]
    stems: tuple[str, ...]
    kinds: str
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
        return Passage((), (), "", len(text) // 2, text)  # a word is about two characters
    text = _PARTINGS.sub(" " + _FIRST, _PARAGRAPH.join(["", *paragraphs]))
    tokens = list(map(_known(language).__getitem__, text.removesuffix(_FIRST).split()))
    texts, stems, kinds = zip(*tokens, strict=True) if tokens else ((), (), ())
    return Passage(texts, stems, "".join(kinds), len(tokens))


def runs(kinds: str) -> Iterator[tuple[int, int]]:
    """Find the runs in the kinds of words: of each the first word, and the one after the last."""
    return (run.span() for run in _RUN.finditer(kinds))


def parts(kinds: str, at: int) -> bool:
    """Whether of two words that stand in runs, here and before, the first ends its run."""
    return bool(ord(kinds[at]) & _BEGINS or ord(kinds[at - 1]) & _ENDS)


@cache
def _kind_of(letter: str, begins: bool, ends: bool) -> str:
    return chr(ord(letter) + _BEGINS * begins + _ENDS * ends)


def classes(kinds: str) -> str:
    """Tell the classes of the words of a run."""
    return "".join([chr(ord(kind) % _BEGINS) for kind in kinds])


@lru_cache(maxsize=64)
def _known(language: str) -> Met[Token]:
    return Met(lambda word: _token(word.removeprefix(_FIRST), language, first=word.startswith(_FIRST)), _REMEMBERED)


def _token(word: str, language: str, *, first: bool) -> Token:
    """Know a word: cut what the language glues to it, and tell its class."""
    stop = stopwords(language)
    cut, tail = word, _TAIL.get(language)
    if tail:
        cut = tail.sub("", cut)
    begins, ends = first, cut != word
    if language in _ELIDING and word.lower() not in stop and (elided := _ELISION.match(cut)):
        cut, begins = cut[elided.end() :], True
    kind = _kind(cut, language, stop, first=first)
    if language != "en" and cut.lower() in cues("title"):  # "Präsident Petro Kern" is no phrase of three words
        begins = ends = True
    if kind == NONE:
        return Token(cut, "", NONE)
    return Token(cut, stem(cut, language), _kind_of(kind, begins, ends))


def _kind(word: str, language: str, stop: frozenset[str], *, first: bool) -> str:
    lower = word.lower()
    if lower in stop:
        return "L" if lower in _LINKS.get(language, _NO_LINKS) else NONE
    if not any(map(str.isalpha, word)) or (len(word) < _SHORTEST and not word.isupper()) or len(word) == 1:
        return NONE
    if len(word) > _LONGEST_WORD or (language == "ko" and _KOREAN_VERB.search(word)):
        return NONE
    if language != "en":
        return "N" if word[0].isupper() else "n"
    return word_class(word, first=first).replace("X", NONE)
