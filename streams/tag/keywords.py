"""Keywords: the phrases that say what an article is about, written as a person would write them.

A noun phrase scorer in the tradition of TF-IDF, KEA and YAKE: how often its words stand in the text, how early the
phrase comes, whether it stands alone. One formula for every kind of news: phrases of many words win where they repeat,
single words win in short texts, where few phrases do.
"""

import math
from collections import Counter
from collections.abc import Container, Sequence
from functools import cache

from streams.events import Keyword
from streams.tag.names import cues
from streams.tag.phrases import Phrase, candidates
from streams.tag.stems import stem
from streams.tag.tokens import Reading
from streams.tag.topics import lexicon_of

MOST = 15
# The weights of the logarithm of a phrase's score. A logistic regression on 300 news texts with human keywords
# (DUC-2001, 500N-KPCrowd) gave their order of size, steps by hand the rest, on the same texts: f1@10 is 0.324 and
# 0.148 there, with standard errors of 0.011 and 0.009, so expect as much less elsewhere. What helps on one of the two
# harms on the other; weights fitted to one half of the texts were no better on the other half than these.
_WORD = -2.5  # a single word ...
_WORD_REPEATED = 0.9  # ... by the logarithm of its count,
_WORD_FIRST = -0.4  # of its place,
_WORD_LETTERS = 1.25  # of its letters (long words are specific),
_WORD_ALONE = 0.8  # by the share of places where it is no part of a longer phrase,
_WORD_LENGTH = -1.3  # and by the logarithm of the text's length: the longer, the more its phrases repeat.
_PHRASE = -3.6  # a phrase of many words ...
_PHRASE_WORDS = 2.0  # ... by the logarithm of the mean root of its words' counts,
_PHRASE_REPEATED = 0.4
_PHRASE_FIRST = -0.95
_PHRASE_LETTERS = 1.4
_PHRASE_TITLE = 0.7  # it stands in the title, too
_PHRASE_ALONE = (0.0, 0.0, 1.3, 1.6, 2.1)  # by its number of words
_PHRASE_LONG = (0.0, 0.0, 0.0, -0.8, -1.6)  # by its number of words
_PHRASE_BEGINS = {"J": 0.5, "V": -0.9, "G": -0.9, "N": 0.0, "n": 0.0}  # by the class of its first word
_TELLING = 0.3  # of either: the share of its words that the topics' lexicon holds
_NAME = 1.5  # without word classes only names and repeated phrases are left: they are better than words
_NEAR = 50.0  # words: up to here a place counts as the beginning
_USUAL = 500.0  # words of an article
_FEW = 5  # keywords: enough, so that no filling is needed
_UNSURE = 0.2  # of its score: below what becomes a hashtag
_SHORT = 200.0  # words: below, length tells no more


def keywords(reading: Reading) -> list[Keyword]:
    """Choose the best phrases of an article, best first, at most 15.

    Scores are relative to the best phrase's, which has 1. No phrase is a part of another, none differs from another by
    its endings only.
    """
    found = candidates(reading.body, reading.language)
    headline = candidates(reading.title, reading.language)
    if not found.phrases:
        found = headline
    counts = found.stems
    counts.update(headline.stems)
    usual = math.log(max(_SHORT, found.length) / _USUAL)
    english, title = reading.language == "en", reading.title.text
    telling = lexicon_of(reading.language).votes
    titles = _titles(reading.language)
    scored: list[tuple[float, Phrase]] = []
    unsure: list[Phrase] = []
    for stems, phrase in found.phrases.items():
        if len(stems) > 1:
            in_title = stems in headline.phrases
            if (
                english
                or (in_title and not _has_case(phrase))
                or len(phrase.places) > 1
                or (phrase.alone > 0 and "n" not in phrase.kinds)
            ):
                score = _phrase_score(phrase, counts, telling, in_title=in_title)
                scored.append((score + (0.0 if english else _NAME), phrase))
        elif phrase.stems[0] in titles:
            continue
        elif (
            phrase.kinds in "NG"
            if english
            else stems in headline.phrases or (title and phrase.text in title) or _is_telling(phrase)
        ):
            scored.append((_word_score(phrase, counts[stems[0]], usual, telling), phrase))
        else:
            unsure.append(phrase)
    chosen = _chosen(scored, MOST, [])
    if len(chosen) < _FEW:
        filling = [(_word_score(phrase, counts[phrase.stems[0]], usual, telling), phrase) for phrase in unsure]
        chosen += _chosen(filling, _FEW - len(chosen), [phrase for _, phrase in chosen])
    best = chosen[0][0] if chosen else 0.0
    # A third of the logarithm makes shares that spread over 0..1 on news: the tenth has about 0.4.
    shares = [math.exp(min(0.0, score - best) / 3) * (_UNSURE if phrase in unsure else 1.0) for score, phrase in chosen]
    return [Keyword(text=phrase.text, score=round(share, 4)) for share, (_, phrase) in zip(shares, chosen, strict=True)]


def _word_score(phrase: Phrase, count: int, usual: float, telling: Container[str]) -> float:
    return (
        _WORD
        + _WORD_REPEATED * math.log1p(count)
        + _WORD_FIRST * math.log1p(phrase.first / _NEAR)
        + _WORD_LETTERS * math.log(len(phrase.stems[0]))
        + _WORD_ALONE * phrase.alone / len(phrase.places)
        + _WORD_LENGTH * usual
        + (_TELLING if phrase.stems[0] in telling else 0.0)
    )


def _phrase_score(phrase: Phrase, counts: Counter[str], telling: Container[str], *, in_title: bool) -> float:
    stems, count = phrase.stems, len(phrase.places)
    size = len(stems)
    weight = sum([math.sqrt(counts[word]) for word in stems]) / size
    return (
        _PHRASE
        + _PHRASE_WORDS * math.log(weight)
        + _PHRASE_REPEATED * math.log(count)
        + _PHRASE_FIRST * math.log1p(phrase.first / _NEAR)
        + _PHRASE_LETTERS * math.log(sum(map(len, stems)) + size - 1)
        + _PHRASE_ALONE[size] * phrase.alone / count
        + _PHRASE_LONG[size]
        + _TELLING * sum([word in telling for word in stems]) / size
        + _PHRASE_BEGINS[phrase.kinds[0]]
        + (_PHRASE_TITLE if in_title else 0.0)
    )


@cache
def _titles(language: str) -> frozenset[str]:
    """Stems of what a person is called, which tell nothing of a story; English ones are words like any other."""
    return frozenset() if language == "en" else frozenset(stem(title, language) for title in cues("title"))


def _has_case(phrase: Phrase) -> bool:
    """Whether its script has capitals, by which names are known."""
    return phrase.text.upper() != phrase.text.lower()


def _is_telling(phrase: Phrase) -> bool:
    """Whether a word, of a language without word classes here, is more than filling: it repeats or has a capital."""
    return len(phrase.places) > 1 or (phrase.alone > 0 and phrase.kinds == "N")


def _chosen(scored: list[tuple[float, Phrase]], most: int, before: Sequence[Phrase]) -> list[tuple[float, Phrase]]:
    """Take the best, but none that is a part of a better one or of one taken before, or holds one."""
    scored.sort(key=lambda row: (-row[0], row[1].first, row[1].stems))
    chosen: list[tuple[float, Phrase]] = []
    taken = [f" {' '.join(phrase.stems)} " for phrase in before]
    for score, phrase in scored:
        if len(chosen) == most:
            break
        key = f" {' '.join(phrase.stems)} "
        if not any(key in other or other in key for other in taken):
            taken.append(key)
            chosen.append((score, phrase))
    return chosen
