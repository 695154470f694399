"""Keywords: the phrases that say what an article is about, written as a person would write them."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from streams.events import Keyword
from streams.tag import ideographs
from streams.tag.stopwords import stopwords
from streams.text import Word, words

MOST = 15
_WORDS = 3


@dataclass
class _Phrase:
    """A candidate: every way in which it is written, and where it stands first (in words)."""

    first: int
    length: int
    surfaces: Counter[str] = field(default_factory=Counter)
    title: bool = False

    @property
    def count(self) -> int:
        """How often it is written, in any form."""
        return sum(self.surfaces.values())


def keywords(title: str | None, paragraphs: Sequence[str], language: str) -> list[Keyword]:
    """Choose the best phrases of an article, best first."""
    found: dict[str, _Phrase] = {}
    position = 0
    for number, text in enumerate([title or "", *paragraphs]):
        for surface, key, length, at in _candidates(text, language):
            phrase = found.setdefault(key, _Phrase(position + at, length))
            phrase.surfaces[surface] += 1
            phrase.title = phrase.title or number == 0
        position += max(1, len(text) // 6)
    scored = sorted(((_score(p), p) for p in found.values() if _kept(p)), key=lambda x: (-x[0], x[1].first))
    return _distinct(scored)


def _score(phrase: _Phrase) -> float:
    weight: float = math.sqrt(phrase.count) * phrase.length**0.7
    return weight * (1 + 4 / (1 + phrase.first / 100)) * (1.3 if phrase.title else 1.0)


def _kept(phrase: _Phrase) -> bool:
    return phrase.count > 1 or phrase.length == 1 or all(w[0].isupper() for s in phrase.surfaces for w in s.split())


def _candidates(text: str, language: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield (surface, key, words, place) of each phrase."""
    if ideographs.is_ideographic(language):
        for surface, at in ideographs.phrases(text, language):
            yield surface, surface, 1, at // 2
        return
    for run, at in _runs(text, stopwords(language)):
        for length in range(1, min(_WORDS, len(run)) + 1):
            for start in range(len(run) - length + 1):
                part = run[start : start + length]
                if length == 1 and len(part[0].text) < 4 and not part[0].text.isupper():  # noqa: PLR2004
                    continue
                surface = text[part[0].start : part[-1].end]
                yield surface, " ".join(stem(w.text) for w in part), length, at + start


def _runs(text: str, stop: frozenset[str]) -> Iterator[tuple[list[Word], int]]:
    """Yield runs of content words that nothing but a space parts."""
    run: list[Word] = []
    at = 0
    for number, word in enumerate(words(text)):
        if run and text[run[-1].end : word.start] != " ":
            yield run, at
            run = []
        if word.text.casefold() in stop or not any(c.isalpha() for c in word.text) or len(word.text) == 1:
            if run:
                yield run, at
                run = []
            continue
        if not run:
            at = number
        run.append(word)
    if run:
        yield run, at


def stem(word: str) -> str:
    """Cut a word to what its forms share: crude, the same for every alphabet."""
    folded = word.casefold()
    for ending in ("'s", "’s", "es", "s"):
        if folded.endswith(ending) and len(folded) - len(ending) > 2:  # noqa: PLR2004
            return folded[: -len(ending)]
    return folded


def _distinct(scored: Sequence[tuple[float, _Phrase]]) -> list[Keyword]:
    """Write the best phrases in their commonest form, without those that repeat a part of a better one."""
    chosen: list[Keyword] = []
    keys: list[str] = []
    best = scored[0][0] if scored else 1.0
    for score, phrase in scored:
        surface = max(phrase.surfaces.items(), key=lambda x: (x[1], x[0]))[0]
        key = " ".join(stem(w) for w in surface.split())
        if any(f" {key} " in f" {other} " or f" {other} " in f" {key} " for other in keys):
            continue
        keys.append(key)
        chosen.append(Keyword(text=surface, score=round(score / best, 4)))
        if len(chosen) == MOST:
            break
    return chosen
