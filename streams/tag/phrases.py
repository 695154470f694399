"""Candidates for keywords: the noun phrases of a text, each with all its places and forms."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from streams.tag import ideographs
from streams.tag.lexicon import word_class
from streams.tag.stems import stem
from streams.tag.stopwords import stopwords
from streams.text import MARKS

LONGEST = 4  # words; of the phrases that people choose, 97 % are no longer (DUC-2001)
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


class Phrase:
    """A candidate: its stems, the classes of its words, its place (in words), its forms, how often it stands alone."""

    __slots__ = ("alone", "first", "forms", "kinds", "stems")

    def __init__(self, stems: tuple[str, ...], kinds: str, first: int) -> None:
        self.stems = stems
        self.kinds = kinds
        self.first = first
        self.forms: list[str] = []
        self.alone = 0


@dataclass(slots=True)
class Found:
    """All candidates of a text, how often each stem stands in it, and its length in words."""

    phrases: dict[tuple[str, ...], Phrase]
    stems: Counter[str]
    length: int


def candidates(paragraphs: Sequence[str], language: str) -> Found:
    """Find the phrases of a text: runs of content words and their parts, English ones by word class."""
    primary = language.partition("-")[0]
    if ideographs.is_ideographic(primary):
        return _of_ideographs("\n".join(paragraphs), primary)
    phrases: dict[tuple[str, ...], Phrase] = {}
    stems: list[str] = []
    at = 0
    for run, at in _runs(_PARAGRAPH.join(paragraphs), primary):
        if len(run) > 1:
            stems += _add_parts(run, at, phrases)
        elif run:
            [(text, key, kind, _, _)] = run
            stems += key
            if kind != "L":
                phrase = phrases.get(key)
                if phrase is None:
                    phrase = phrases[key] = Phrase(key, kind, at)
                phrase.forms.append(text)
                phrase.alone += 1
    return Found(phrases, Counter(stems), at)


def _add_parts(run: Sequence[Token], at: int, phrases: dict[tuple[str, ...], Phrase]) -> tuple[str, ...]:
    """Add each part of a run that may be a phrase: one word, or more that end in a noun and hold no verb."""
    size = len(run)
    texts = [token[0] for token in run]
    stems = tuple([token[1][0] for token in run])
    kinds = "".join([token[2] for token in run])
    mixed = "n" in kinds
    for start, kind in enumerate(kinds):
        if kind == "L":
            continue
        for end in range(start + 1, min(size, start + LONGEST) + 1) if kind != "B" else (start + 1,):
            if end - start > 1 and kinds[end - 1] not in "Nn":
                if kinds[end - 1] == "B":
                    break
                continue
            key = stems[start:end]
            phrase = phrases.get(key)
            if phrase is None:
                phrase = phrases[key] = Phrase(key, kinds[start:end], at + start)
            phrase.forms.append(texts[start] if end - start == 1 else " ".join(texts[start:end]))
            if end - start == size or (mixed and _borders(kinds, start) and _borders(kinds, end)):
                phrase.alone += 1
    return stems


def _borders(kinds: str, at: int) -> bool:
    """Whether capitals begin or end here: where no classes are known, names part themselves from other words so."""
    return at in (0, len(kinds)) or kinds[at - 1] != kinds[at]


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


def _of_ideographs(text: str, language: str) -> Found:
    phrases: dict[tuple[str, ...], Phrase] = {}
    for surface, at in ideographs.phrases(text, language):
        phrase = phrases.setdefault((surface,), Phrase((surface,), "n", at // 2))  # a word is about two characters
        phrase.forms.append(surface)
        phrase.alone += 1
    stems = Counter({stems[0]: len(phrase.forms) for stems, phrase in phrases.items()})
    return Found(phrases, stems, len(text) // 2)
