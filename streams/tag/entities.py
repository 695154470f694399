"""Entities: the names in an article and every place where each stands.

English names are found by a model of runs of capitalised words (`segments.py`), those of other languages by rules
(`rules.py`). A short mention is joined to the fuller form elsewhere in the article: "Zakharova" is "Maria Zakharova".
Scripts without capitals have no entities here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import cast

from streams.events import Entity, Span
from streams.tag.kinds import KINDS, LIFTED, NONE, Row, lifted, row_of
from streams.tag.lexicon import word_class
from streams.tag.names import cues, places, surnames
from streams.tag.recognise import recogniser
from streams.tag.rules import Kind, is_acronym, is_given, told
from streams.tag.segments import segments

MOST = 50  # names: an article that has more is a list
_POSSESSIVE = re.compile("['’]s?$")
_GERMAN = frozenset({"de", "lb"})  # every noun has a capital
_DATELINE = 40  # characters at a paragraph's beginning, where an agency names itself
_PERSON = KINDS.index("person")
_FULL_NAME = 3  # words at most, of a person
_EVENT = row_of(0, 0, 0, 70)  # "World Cup": training text calls it an organisation or nothing
_BY_RULE: dict[str | None, Row] = {None: 0} | {kind: row_of(*(int(kind == other) for other in KINDS)) for kind in KINDS}
# One place of a name: its words, paragraph, where it stands, its votes by kind, whether its capital means something.
_Mention = tuple[tuple[str, ...], int, int, Row, bool]


@dataclass(slots=True)
class _Name:
    """A name as one form of it stands in the text."""

    words: tuple[str, ...]
    places: list[tuple[int, int, int]] = field(default_factory=list)  # paragraph, start, end
    votes: Row = 0
    sure: bool = False  # seen where a capital means something
    kind: str | None = None  # what it names, as far as its places tell

    def judge(self) -> None:
        """Tell what it names by its votes."""
        votes = lifted(self.votes)
        self.kind = KINDS[votes.index(max(votes))] if self.votes else None


def entities(paragraphs: Sequence[str], language: str, model: str = "") -> list[Entity]:
    """Find the names of an article, the most important first: at most fifty, with all their places.

    Args:
        paragraphs: of the article.
        language: chooses model or rules.
        model: a recogniser to use instead: see `recognise.py`.
    """
    primary = language.partition("-")[0]
    names: dict[tuple[str, ...], _Name] = {}
    for number, paragraph in enumerate(paragraphs):
        for words, start, end, votes, sure in _mentions(paragraph, primary, model):
            if start < _DATELINE and paragraph[start - 1 : start] == "(" and paragraph[end : end + 1] == ")":
                continue  # "LONDON (Reuters)", "(CNN)"
            name = names.get(words)
            if name is None:
                name = names[words] = _Name(words)
            name.places.append((number, start, end))
            name.sure = name.sure or sure
            name.votes += votes
    for name in names.values():
        name.judge()
    kept = {words for words, name in names.items() if model or _is_name(name, primary)}
    return _written(_joined(names, kept, also_unsure=primary in _GERMAN))


def _mentions(paragraph: str, language: str, model: str) -> Iterator[_Mention]:
    """Yield what may be a name in a paragraph."""
    if model:
        yield from _recognised(paragraph, model)
    elif language == "en":
        for words, start, end, votes in segments(paragraph):
            event = len(words) > 1 and words[-1].lower() in cues("other")
            yield words, start, end, votes + _EVENT if event else votes, True
    else:
        for (words, start, end, _, begins), kind in told(paragraph, language):
            yield words, start, end, _BY_RULE[kind], not begins or len(words) > 1


def _recognised(paragraph: str, model: str) -> Iterator[_Mention]:
    """Yield the names that a recogniser finds, without article and possessive."""
    for start, end, kind in recogniser(model)(paragraph):
        text = _POSSESSIVE.sub("", paragraph[start:end])
        cut = len(text) - len(text.lower().removeprefix("the "))
        if words := tuple(text[cut:].split()):
            yield words, start + cut, start + len(text), _BY_RULE[kind], True


def _is_name(name: _Name, language: str) -> bool:
    """Whether a capital is more than that of a sentence, of a noun in German, or of a people ("Russian")."""
    if language == "en":
        return name.kind not in {None, KINDS[NONE]}
    return bool(name.votes) or (language not in _GERMAN and (name.sure or len(name.places) > 2))  # noqa: PLR2004 - no common word begins three sentences


def _joined(names: dict[tuple[str, ...], _Name], kept: set[tuple[str, ...]], *, also_unsure: bool) -> list[_Name]:
    """Join short mentions to the full name of the person that they stand for; of the others only `kept` are names."""
    full: dict[str, _Name] = {}
    for words in [words for words in names if words in kept and 1 < len(words) <= _FULL_NAME]:
        if _is_person(names[words]):
            full.setdefault(words[-1], names[words])
            full.setdefault(words[0], names[words])
    joined: list[_Name] = []
    for words, name in names.items():
        target = full.get(words[0]) if len(words) == 1 and (words in kept or also_unsure) else None
        if target is None or words[0] in places() or (name.kind == "organisation" and is_acronym(words[0])):
            joined += [name] if words in kept else []
            continue
        target.places += name.places
        target.votes += row_of(max(1, lifted(name.votes)[_PERSON] - LIFTED))
        target.judge()
    return joined


def _is_person(name: _Name) -> bool:
    """Whether a name is a person's: it says so, or nothing tells and of two or three plain words one is such a name."""
    if name.kind is not None or not 1 < len(name.words) <= _FULL_NAME:
        return name.kind == "person"
    plain = all(word.isalpha() and word[1:].islower() for word in name.words)
    return plain and (is_given(name.words[0].lower()) or name.words[-1].lower() in surnames())


def _written(names: list[_Name]) -> list[Entity]:
    """Write names as entities, the most important first."""
    most = max((len(name.places) for name in names), default=1)
    found: list[tuple[float, int, int, str, _Name]] = []
    for name in names:
        text = " ".join(name.words)
        if len(text) < 2 or (len(name.words) == 1 and not name.votes and word_class(text, first=False) != "N"):  # noqa: PLR2004 - an initial
            continue
        name.places.sort()
        paragraph, start, _ = name.places[0]
        score = 0.5 * len(name.places) / most + 0.3 / (1 + paragraph) + (0.2 if name.votes else 0.0)
        found.append((-score, paragraph, start, text, name))
    found.sort(key=itemgetter(0, 1, 2))
    return [
        Entity(
            text=text,
            type=cast("Kind", "person" if _is_person(name) else name.kind or "other"),
            offsets=[Span(paragraph=paragraph, start=start, end=end) for paragraph, start, end in name.places],
            score=round(-score, 4),
        )
        for score, _, _, text, name in found[:MOST]
    ]
