"""Candidates for keywords: the noun phrases of a text, each with all its places and forms."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from streams.tag import ideographs
from streams.tag.tokens import NONE, Passage, classes, runs

_LATE = 200  # words: further down what does not repeat is no keyword; f1 is as good or better from 100 to 300
LONGEST = 4  # words; of the phrases that people choose, 97 % are no longer (DUC-2001)


class Phrase:
    """A candidate: its stems, the classes of its words, its places (in words), how often it stands alone."""

    __slots__ = ("alone", "first", "kinds", "places", "stems", "texts")

    def __init__(self, stems: tuple[str, ...], kinds: str, first: int, texts: Sequence[str]) -> None:
        self.stems = stems
        self.kinds = kinds
        self.first = first
        self.texts = texts  # of all words of the passage
        self.places: list[int] = []
        self.alone = 0

    @property
    def text(self) -> str:
        """The form that stands most often."""
        size = len(self.stems)
        return Counter([" ".join(self.texts[at : at + size]) for at in self.places]).most_common(1)[0][0]


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
    texts, stems, kinds, length, _ = passage
    counts = Counter(stems)
    phrases: dict[tuple[str, ...], Phrase] = {}
    for at, end in _runs(kinds, stems, counts):
        for start, last, classes_of, alone in _parts(kinds[at:end]):
            key = stems[at + start : at + last]
            phrase = phrases.get(key)
            if phrase is None:
                phrase = phrases[key] = Phrase(key, classes_of, at + start, texts)
            phrase.places.append(at + start)
            phrase.alone += alone
    return Found(phrases, counts, length)


def _runs(kinds: str, stems: Sequence[str], counts: Counter[str]) -> Iterator[tuple[int, int]]:
    """Yield the runs of a text; those far down are cut at words that stand once: what holds them is no keyword."""
    late = 0
    for start, end in runs(kinds):
        if start >= _LATE:
            break
        yield start, end
        late = end
    rest = zip(kinds[late:], stems[late:], strict=True)
    for start, end in runs("".join([kind if counts[stem] > 1 else NONE for kind, stem in rest])):
        yield late + start, late + end


@lru_cache(maxsize=2_000)  # runs of a few words are alike: in English, of six classes each
def _parts(run: str) -> tuple[tuple[int, int, str, bool], ...]:
    """Find each part of a run that may be a phrase: one word, or more that end in a noun and hold no verb.

    Returns:
        Of each its first word, the one after its last, its classes, and whether it stands alone.
    """
    kinds = classes(run)
    size = len(kinds)
    mixed = size > 1 and "n" in kinds
    found = []
    for start, kind in enumerate(kinds):
        if kind == "L":
            continue
        last = min(size, start + LONGEST) if kind != "B" else start + 1
        for end in range(start + 1, last + 1):
            if end - start > 1 and kinds[end - 1] not in "Nn":
                if kinds[end - 1] == "B":
                    break
                continue
            alone = end - start == size or (mixed and _borders(kinds, start) and _borders(kinds, end))
            found.append((start, end, kinds[start:end], alone))
    return tuple(found)


def _borders(kinds: str, at: int) -> bool:
    """Whether capitals begin or end here: where no classes are known, names part themselves from other words so."""
    return at in (0, len(kinds)) or kinds[at - 1] != kinds[at]


def _of_ideographs(text: str, language: str) -> Found:
    phrases: dict[tuple[str, ...], Phrase] = {}
    for surface, at in ideographs.phrases(text, language):
        first = at // 2  # a word is about two characters
        phrase = phrases.setdefault((surface,), Phrase((surface,), "n", first, (surface,)))
        phrase.places.append(0)
        phrase.alone += 1
    stems = Counter({stems[0]: len(phrase.places) for stems, phrase in phrases.items()})
    return Found(phrases, stems, len(text) // 2)
