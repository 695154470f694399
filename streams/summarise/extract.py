"""Extractive summary: the sentences of an article that tell its story, verbatim and in its order.

A reader's own summary is not known, but how likely it names a word is (`likelihood.py`). Chosen are the sentences that
would share most with it as ROUGE-1 counts (Lin 2004): twice the words that both hold, through the words of both. So a
word counts once, long sentences pay for their length, and no rule against repetition is needed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappushpop
from typing import NamedTuple

from streams.events import Passage, Summary
from streams.summarise.likelihood import READ, Terms, Weights, likelihoods, weights
from streams.summarise.prompt import speaks_to_a_model
from streams.summarise.sentences import sentences
from streams.tag.stopwords import stopwords

SENTENCES = 3
HEADLINE_WORDS = 15
_BEAM = 4  # sets kept at each length: 1 loses 0.009 of ROUGE-1, 8 and 20 gain nothing
_PROMISING = 24  # sentences, by what they are worth alone, of which sets are made
_WANTED = 42  # words of a reader's summary: the mean of those that the weights were fitted on
_MOST = 85  # words: a set of sentences is no longer, unless it is one sentence
_AGAIN = 0.4  # what a stop word counts the second time: summaries hold "the" more than once
_UNSPACED = ("zh", "ja")  # languages whose sentences no space parts
# Where an agency tells its place and name before the story: "(CNN) --", "LONDON, 3 March (Reuters) -", "PARIS —".
_AGENCIES = "AFP|ANSA|AP|Bloomberg|CNN|EFE|IANS|PTI|Reuters|TASS|UPI|Xinhua|dpa"
_DATELINE = re.compile(
    rf"(?:[A-Z][^.!?()\n]{{1,50}})?\((?:{_AGENCIES})\)\s*(?:[-–—]+\s*)?(?=[A-Z\"“'‘])"
    r"|[A-Z]{3}[A-Z .,'-]{0,30} ?[–—-]{1,2}\s+(?=[A-Z\"“'‘])"
)
_JUNK_LISTED = (  # lines that ask for something else than reading
    "scroll down|read more|click here|sign up|subscri|newsletter|follow us|share this|all rights reserved|©|pictured"
    "|getty images|advertisement|https:|http:|www.|lesen sie|mehr zum thema|lire aussi|leer más|leia também|leggi anche"
    "|czytaj|читайте|читати також|اقرأ أيضا|devamını oku|点击|もっと読む|関連記事"
)
_JUNK = tuple(_JUNK_LISTED.split("|"))
_CLAUSE_END = re.compile(r"[,;:–—](?=\s)|[、，；]")


class Sentence(NamedTuple):
    """A sentence and its words as they are weighed."""

    passage: Passage
    terms: Terms


class _Set(NamedTuple):
    """Sentences chosen together, and the words that they hold, once or more often."""

    chosen: tuple[int, ...]
    words: int
    shared: float  # words that a reader's summary is expected to hold, too
    once: frozenset[str]
    twice: frozenset[str]
    most: Mapping[int, float]  # what each sentence added to a smaller set: to this one, no more

    @property
    def value(self) -> float:
        """Expected ROUGE-1 (F1)."""
        return _value(self.shared, self.words)


class _Option(NamedTuple):
    """A sentence that may be chosen: its number, how likely a summary names its words, the stop words among them."""

    at: int
    terms: Terms
    likely: list[tuple[str, float]]
    stops: list[tuple[str, float]]


def extract(title: str | None, paragraphs: Sequence[str], language: str) -> Summary | None:
    """Choose at most three sentences of about 60 words; None for a text without any."""
    return told_by(read_sentences(title, paragraphs, language), title, language)


def told_by(read: Sequence[Sentence], title: str | None, language: str) -> Summary | None:
    """Summarise what was read of an article."""
    chosen = [read[at].passage for at in choose(read, stopwords(language), weights())]
    if any(speaks_to_a_model(passage.text) for passage in chosen):  # seldom, so tried on what is chosen alone
        rest = [sentence for sentence in read if not speaks_to_a_model(sentence.passage.text)]
        chosen = [rest[at].passage for at in choose(rest, stopwords(language), weights())] or chosen
    if not chosen:
        return None
    return Summary(
        text=joined([passage.text for passage in chosen], language),
        headline=headline(title, chosen[0].text),
        bullets=[passage.text for passage in chosen],
        kind="extractive",
        sentences=chosen,
        method="expected-rouge",
        fallback_reason=None,
    )


def joined(told: Sequence[str], language: str) -> str:
    """Write sentences one after the other, as their language does."""
    return ("" if language.startswith(_UNSPACED) else " ").join(told)


def headline(title: str | None, sentence: str) -> str:
    """Take the title, where it is no longer than a headline; else what a sentence says before its first long pause."""
    for text in (title, sentence):
        if text and text.strip() and not speaks_to_a_model(text) and Terms(text).words <= HEADLINE_WORDS:
            return " ".join(text.split())
    cuts = [sentence[: pause.start()] for pause in _CLAUSE_END.finditer(sentence[:300])]
    fitting = [cut for cut in cuts if HEADLINE_WORDS // 3 <= Terms(cut).words <= HEADLINE_WORDS]
    if fitting:
        return fitting[-1]
    words = sentence[:300].split()
    if len(words) > 1:
        while Terms(" ".join(words)).words > HEADLINE_WORDS:
            words.pop()
        return " ".join(words) + " …"
    return sentence[: 2 * HEADLINE_WORDS] + "…"


def read_sentences(title: str | None, paragraphs: Sequence[str], language: str) -> list[Sentence]:
    """Read the sentences that tell what the story is about, a repeated headline and a dateline left out."""
    read: list[Sentence] = []
    whole = title.strip() if title else None
    for passage in _passages(paragraphs, language):
        if passage.text == whole:
            continue
        read.append(Sentence(passage, Terms(passage.text)))
        if len(read) == READ:
            break
    if not read:  # a text that is its headline
        read = [Sentence(passage, Terms(passage.text)) for passage in _passages(paragraphs, language)][:1]
    return read


def choose(read: Sequence[Sentence], stop: frozenset[str], w: Weights) -> tuple[int, ...]:
    """Choose the sentences that would share most with a reader's summary, by beam search; their numbers in order."""
    likely = likelihoods([sentence.terms for sentence in read], stop, w)
    nothing = _Set((), 0, 0.0, frozenset(), frozenset(), {})
    alone: dict[int, float] = {}
    options: list[_Option] = []
    for at in _telling(read):
        terms = read[at].terms
        known = [(term, likely[term]) for term in terms.distinct]
        option = _Option(at, terms, known, [each for each in known if each[0] in stop])
        options.append(option)
        alone[at] = _added(nothing, option)
    options.sort(key=lambda option: -_value(alone[option.at], option.terms.words))
    del options[_PROMISING:]
    best = nothing._replace(most=alone)
    beam = [best]
    for _ in range(SENTENCES):
        beam = [_grow(kept, option, most, stop) for kept, option, most in _grown(beam, options)]
        if not beam:  # no sentence is left
            break
        if beam[0].value > best.value or not best.chosen:
            best = beam[0]
    return best.chosen


def _grown(beam: Sequence[_Set], options: Sequence[_Option]) -> list[tuple[_Set, _Option, Mapping[int, float]]]:
    """Find the best sets of one sentence more: what grows, by which sentence, and what sentences add to it."""
    grown: dict[tuple[int, ...], tuple[float, _Set, _Option, Mapping[int, float]]] = {}
    least = [0.0] * _BEAM  # a heap: the values of the best sets so far
    for kept in beam:
        added = dict(kept.most)
        for option in options:
            words = kept.words + option.terms.words
            if option.at in kept.chosen or (kept.chosen and words > _MOST):
                continue
            if _value(kept.shared + added[option.at], words) < least[0]:
                continue
            numbers = tuple(sorted((*kept.chosen, option.at)))
            if numbers not in grown:
                added[option.at] = _added(kept, option)
                value = _value(kept.shared + added[option.at], words)
                grown[numbers] = value, kept, option, added
                heappushpop(least, value)
    best = sorted(grown.values(), key=lambda each: -each[0])[:_BEAM]
    return [(kept, option, added) for _, kept, option, added in best]


def _value(shared: float, words: int) -> float:
    """Expected ROUGE-1 (F1)."""
    return 2 * shared / (words + _WANTED)


def _added(kept: _Set, option: _Option) -> float:
    """How many more words a reader's summary is expected to share."""
    once, twice, in_it = kept.once, kept.twice, option.terms.twice
    new = sum([likely for term, likely in option.likely if term not in once])
    again = sum([likely for term, likely in option.stops if (term in once or term in in_it) and term not in twice])
    return new + _AGAIN * again


def _grow(kept: _Set, option: _Option, most: Mapping[int, float], stop: frozenset[str]) -> _Set:
    terms, shared = option.terms, kept.shared + most[option.at]
    held = terms.distinct.keys()
    again = ((held & kept.once) | terms.twice) & stop
    numbers = tuple(sorted((*kept.chosen, option.at)))
    return _Set(numbers, kept.words + terms.words, shared, kept.once | held, kept.twice | again, most)


def _telling(read: Sequence[Sentence]) -> list[int]:
    """Number the sentences that tell something: no questions, nothing that asks for something else than reading."""
    lower = [sentence.passage.text.lower() for sentence in read]
    whole = "\n".join(lower)
    marks = [mark for mark in _JUNK if mark in whole]  # mostly none
    telling = [
        at for at, text in enumerate(lower) if text[-1] not in "?？؟" and not any(mark in text for mark in marks)
    ]
    return telling or list(range(len(read[:1])))


def _passages(paragraphs: Sequence[str], language: str) -> Iterator[Passage]:
    for number, paragraph in enumerate(paragraphs):
        dateline = _DATELINE.match(paragraph) if number == 0 else None
        begin = dateline.end() if dateline and dateline.end() < len(paragraph) else 0
        for start, end in sentences(paragraph[begin:] if begin else paragraph, language):
            text = paragraph[begin + start : begin + end]
            yield Passage(paragraph=number, start=begin + start, end=begin + end, text=text)
