"""Topics: where an article stands in the IPTC Media Topics, by the words that it uses.

A lexicon of what news of each top-level topic speaks of (`data/topics.txt`) votes: a word by the logarithm of its
count, more at the beginning, less where it stands for several topics. It was written, not fitted, so it owes nothing
to any publisher's style: that is what lets it carry over to unknown sources (docs/decisions.md).
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from streams.events import NARROWER_TOPICS_IN, Topic
from streams.tag.ideographs import is_ideographic
from streams.tag.stems import stem
from streams.tag.tokens import Passage, Reading, parts

_DATA = Path(__file__).parent / "data"
CONCEPTS = _DATA / "concepts.json"
_WORDS = _DATA / "topics.txt"
_URI = "http://cv.iptc.org/newscodes/mediatopic/"
MOST = 3
THRESHOLD = 0.2  # share of an article's votes, as a probability: below, the best topic is as likely wrong as right
_SHARP = 3.2  # of the softmax: makes the confidence the share of right ones (docs/decisions.md)
_DOUBT = 5.0  # of a text: what a word or two tell is uncertain
_WEAK = 0.6  # of a vote; as good from 0.4 to 0.8
_PAIR = 1.2  # of a vote: two words mean one thing
_BEGINNING = [1 + 2 * math.exp(-at / 30) for at in range(150)]  # a word's weight by its place; as good from 20 to 60
_NAMED = 4.0  # weight at which a concept that is named is one of the article's: early and again, or four times
_LONGEST = 10  # characters of a word of a language without spaces

Votes = tuple[tuple[int, float], ...]  # (number of the top level, vote)


class Lexicon(NamedTuple):
    """The words of a language by their stems, a pair as one; what follows the first of a pair; concepts' names.

    Of a language without spaces the first of a pair is a word's first character.
    """

    votes: dict[str, Votes]
    seconds: dict[str, set[str]]
    names: dict[str, str]
    words: frozenset[str]  # of all these


def topics(reading: Reading) -> list[Topic]:
    """Find at most three topics, the surest first; none for a language without a lexicon or a text that tells nothing.

    The first is the top level that the article belongs to, its confidence the probability that it does. Others are a
    second top level, and a narrower concept that the article names again and again: in English, the language of the
    concepts' names; elsewhere `missing` holds `narrower_topics`.
    """
    lexicon = lexicon_of(reading.language)
    counted = _counted(reading, lexicon)
    scores = [0.0] * len(tops())
    squares = 0.0
    for word, weight in counted.items():
        loud = 1 + math.log(weight)
        votes = lexicon.votes.get(word, ())
        for top, vote in votes:
            scores[top] += vote * loud
        squares += loud * loud if votes else 0.0
    if not squares:
        return []
    shares = [math.exp(_SHARP * score / math.sqrt(_DOUBT + squares)) for score in scores]
    total = sum(shares)
    confidence = {code: share / total for code, share in zip(tops(), shares, strict=True)}
    sure = sorted((code for code in confidence if confidence[code] >= THRESHOLD), key=lambda code: -confidence[code])
    found = [_topic(code, confidence[code]) for code in sure]
    found += _named(counted, lexicon, {code: confidence[code] for code in sure})
    return sorted(found, key=lambda topic: -topic.confidence)[:MOST]


def _named(counted: dict[str, float], lexicon: Lexicon, sure: dict[str, float]) -> Iterator[Topic]:
    """Yield the narrower concept that is named most, of the top levels that the article belongs to."""
    named = [
        (weight, code)
        for word, weight in counted.items()
        if weight >= _NAMED and (code := lexicon.names.get(word)) and concepts()[code][1] in sure
    ]
    if named:
        weight, code = max(named)
        confidence = sure[concepts()[code][1]] * weight / (weight + _NAMED)
        if confidence >= THRESHOLD:
            yield _topic(code, confidence)


def _topic(code: str, confidence: float) -> Topic:
    name, top = concepts()[code]
    return Topic(id=_URI + code, name=name, top_level=concepts()[top][0], confidence=round(confidence, 4))


def _counted(reading: Reading, lexicon: Lexicon) -> dict[str, float]:
    """Count the words of the lexicon that an article holds, those at its beginning more."""
    counted: defaultdict[str, float] = defaultdict(float)
    start = 0
    for passage in (reading.title, reading.body):
        places = _unspaced(passage.text, lexicon) if passage.text else _spaced(passage, lexicon)
        for word, at in places:
            counted[word] += _BEGINNING[start + at] if start + at < len(_BEGINNING) else 1.0
        start += passage.length
    return counted


def _spaced(passage: Passage, lexicon: Lexicon) -> Iterator[tuple[str, int]]:
    votes, seconds, names, words = lexicon
    last, first = -1, ""
    for at, word in [(at, word) for at, word in enumerate(passage.stems) if word in words]:
        if last == at - 1 and word in seconds.get(first, ()) and not parts(passage.kinds, at):
            yield f"{first} {word}", at
        if word in votes or word in names:
            yield word, at
        last, first = at, word


def _unspaced(text: str, lexicon: Lexicon) -> Iterator[tuple[str, int]]:
    """Find the longest words of the lexicon, from left to right."""
    votes, seconds, _, _ = lexicon
    free = 0
    for at, first in enumerate(text):
        if at >= free and first in seconds:
            for size in range(_LONGEST, 0, -1):
                word = text[at : at + size]
                if word in votes:
                    yield word, at // 2
                    free = at + len(word)
                    break


@cache
def concepts() -> dict[str, tuple[str, str]]:
    """Read the concepts: code → name and the code of the top level."""
    return {code: (name, top) for code, (name, top) in json.loads(CONCEPTS.read_bytes()).items()}


@cache
def tops() -> tuple[str, ...]:
    """Codes of the top level."""
    return tuple(code for code, (_, top) in concepts().items() if code == top)


@cache
def lexicon_of(language: str) -> Lexicon:
    """Read the words of a language: of some there are none."""
    told: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        head, _, listed = line.partition(": ")
        if line.startswith("#") or head.split()[1] != language:
            continue
        top = tops().index(head[:2] + "000000")
        for word in listed.split():
            told[_stemmed(word.replace("_", " "), language)].setdefault(top, _WEAK if head.endswith("weak") else 1.0)
    votes = {
        word: tuple((top, vote / len(by_top) * (_PAIR if " " in word else 1.0)) for top, vote in by_top.items())
        for word, by_top in told.items()
    }
    narrower = (
        [(code, name) for code, (name, top) in concepts().items() if code != top]
        if language == NARROWER_TOPICS_IN
        else []
    )
    names = {_stemmed(name, language): code for code, name in reversed(narrower) if name.count(" ") < 2}  # noqa: PLR2004 - pairs
    seconds: defaultdict[str, set[str]] = defaultdict(set)
    for pair in [word for word in (*votes, *names) if " " in word]:
        first, _, second = pair.partition(" ")
        seconds[first].add(second)
    if is_ideographic(language):
        seconds.update((word[0], set()) for word in votes)
    return Lexicon(votes, dict(seconds), names, frozenset(votes).union(names, seconds, *seconds.values()))


def _stemmed(words: str, language: str) -> str:
    return " ".join([stem(word, language) for word in words.split()])
