"""Candidates for keywords: the noun phrases of a text, each with all its places and forms."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from streams.tag import ideographs
from streams.tag.tokens import Passage, Run

_LATE = 200  # words: further down what does not repeat is no keyword; f1 is as good or better from 100 to 300
LONGEST = 4  # words; of the phrases that people choose, 97 % are no longer (DUC-2001)


class Phrase:
    """A candidate: its stems, the classes of its words, its place (in words), its places, how often it stands alone."""

    __slots__ = ("alone", "first", "kinds", "places", "stems")

    def __init__(self, stems: tuple[str, ...], kinds: str, first: int) -> None:
        self.stems = stems
        self.kinds = kinds
        self.first = first
        self.places: list[tuple[list[str], int, int]] = []  # the words of a run, and which of them
        self.alone = 0

    @property
    def text(self) -> str:
        """The form that stands most often."""
        return Counter([" ".join(texts[start:end]) for texts, start, end in self.places]).most_common(1)[0][0]


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
    counts = Counter([stem for run in passage.runs for stem in run.stems])
    phrases: dict[tuple[str, ...], Phrase] = {}
    for run in passage.runs:
        if len(run.kinds) == 1:  # as most have
            if run.at < _LATE or counts[run.stems[0]] > 1:
                _add_word(run, phrases)
        elif run.at < _LATE:
            _add_parts(run, phrases)
        else:
            for part in _repeated(run, counts):
                _add_parts(part, phrases)
    return Found(phrases, counts, passage.length)


def _repeated(run: Run, counts: Counter[str]) -> Iterator[Run]:
    """Cut a run at the words that stand once in the text: far down, what holds them is no keyword."""
    start = 0
    for end, stem in enumerate([*run.stems, ""]):
        if counts[stem] > 1:
            continue
        if end > start:
            yield (
                run
                if end - start == len(run.stems)
                else Run(run.texts[start:end], run.stems[start:end], run.kinds[start:end], run.at + start)
            )
        start = end + 1


def _add_word(run: Run, phrases: dict[tuple[str, ...], Phrase]) -> None:
    """Add a run of one word."""
    if run.kinds == "L":
        return
    key = (run.stems[0],)
    phrase = phrases.get(key)
    if phrase is None:
        phrase = phrases[key] = Phrase(key, run.kinds, run.at)
    phrase.places.append((run.texts, 0, 1))
    phrase.alone += 1


def _add_parts(run: Run, phrases: dict[tuple[str, ...], Phrase]) -> None:
    """Add each part of a run that may be a phrase: one word, or more that end in a noun and hold no verb."""
    texts, listed, kinds, at = run
    stems = tuple(listed)
    size = len(kinds)
    mixed = size > 1 and "n" in kinds
    for start, kind in enumerate(kinds):
        if kind == "L":
            continue
        last = min(size, start + LONGEST) if kind != "B" else start + 1
        for end in range(start + 1, last + 1):
            if end - start > 1 and kinds[end - 1] not in "Nn":
                if kinds[end - 1] == "B":
                    break
                continue
            key = stems[start:end]
            phrase = phrases.get(key)
            if phrase is None:
                phrase = phrases[key] = Phrase(key, kinds[start:end], at + start)
            phrase.places.append((texts, start, end))
            if end - start == size or (mixed and _borders(kinds, start) and _borders(kinds, end)):
                phrase.alone += 1


def _borders(kinds: str, at: int) -> bool:
    """Whether capitals begin or end here: where no classes are known, names part themselves from other words so."""
    return at in (0, len(kinds)) or kinds[at - 1] != kinds[at]


def _of_ideographs(text: str, language: str) -> Found:
    phrases: dict[tuple[str, ...], Phrase] = {}
    for surface, at in ideographs.phrases(text, language):
        phrase = phrases.setdefault((surface,), Phrase((surface,), "n", at // 2))  # a word is about two characters
        phrase.places.append(([surface], 0, 1))
        phrase.alone += 1
    stems = Counter({stems[0]: len(phrase.places) for stems, phrase in phrases.items()})
    return Found(phrases, stems, len(text) // 2)
