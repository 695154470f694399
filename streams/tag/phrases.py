"""Candidates for keywords: the noun phrases of a text, each with all its places and forms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from streams.tag import ideographs
from streams.tag.tokens import Passage, Token

LONGEST = 4  # words; of the phrases that people choose, 97 % are no longer (DUC-2001)


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


def candidates(passage: Passage, language: str) -> Found:
    """Find the phrases of a text: runs of content words and their parts, English ones by word class."""
    if passage.text:
        return _of_ideographs(passage.text, language)
    phrases: dict[tuple[str, ...], Phrase] = {}
    stems: list[str] = []
    for run, at in passage.runs:
        if len(run) > 1:
            stems += _add_parts(run, at, phrases)
        else:
            [(text, key, kind, _, _)] = run
            stems += key
            if kind != "L":
                phrase = phrases.get(key)
                if phrase is None:
                    phrase = phrases[key] = Phrase(key, kind, at)
                phrase.forms.append(text)
                phrase.alone += 1
    return Found(phrases, Counter(stems), passage.length)


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


def _of_ideographs(text: str, language: str) -> Found:
    phrases: dict[tuple[str, ...], Phrase] = {}
    for surface, at in ideographs.phrases(text, language):
        phrase = phrases.setdefault((surface,), Phrase((surface,), "n", at // 2))  # a word is about two characters
        phrase.forms.append(surface)
        phrase.alone += 1
    stems = Counter({stems[0]: len(phrase.forms) for stems, phrase in phrases.items()})
    return Found(phrases, stems, len(text) // 2)
