"""Abstractive summary: what a language model said of an article, if the article bears it out.

The checks err on the side of the extractive summary: a good answer lost costs little, a false one in an event much.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from streams.clean.language import detect
from streams.events import FallbackReason, Passage, Summary, TaggedArticle
from streams.summarise.extract import HEADLINE_WORDS, SENTENCES, Sentence
from streams.summarise.likelihood import Terms, likelihoods, weights
from streams.summarise.prompt import Answer, Shown, Told, shown, speaks_to_a_model, visible
from streams.summarise.sentences import sentences
from streams.tag.stopwords import stopwords

_SHORTEST, _LONGEST = 5, 110  # words: of a one-line story; half as long again as it was asked to be
_BULLET = 40  # words, for the same reason
_KNOWN = 0.65  # share of a sentence's content words that the article must hold
_ABOUT = 0.5  # of what a word of the extractive summary is likely to be named, on average
_STEM = 5  # characters: enough to take "voted" for "votes", too few to take it for another word
_SURE_LETTERS = 40  # below, a language identifier guesses
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAME = re.compile(r"\b[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐΑ-ΩŚŁŻŹĆĞŞİÇ]\w+")  # a sentence's first word, too: it may be one
_ADDRESS = re.compile(
    r"https?:|www\.|\w@\w|\b\w{2,}\.(?:com|org|net|io|ru|cn|info|biz|example|[a-z]{2}/)|[<>{}\[\]`|\\]|!\["
)


def judge(answer: Answer, article: TaggedArticle, read: Sequence[Sentence], extracted: Summary) -> Summary:
    """Take the model's summary, or the extractive one with the reason why."""
    told, reason = answer.told, answer.reason
    if told is not None:
        reason = refused(told, shown(article), article.language, read, extracted)
    if told is None or reason:
        return replace(extracted, fallback_reason=reason)
    return Summary(
        text=told.summary.strip(),
        headline=told.headline.strip(),
        bullets=[bullet.strip() for bullet in told.bullets],
        kind="abstractive",
        sentences=_evidence(told.summary, article.language, read),
        method=answer.model,
        fallback_reason=None,
    )


def refused(
    told: Told, seen: Shown, language: str, read: Sequence[Sentence], extracted: Summary
) -> FallbackReason | None:
    """Say why an answer is not kept; None for one that is."""
    source, stop = f"{seen.title}\n{seen.text}", stopwords(language)
    if not _fits(told, language):
        return "length"
    if language != "und" and any(_foreign(text, language) for text in (told.summary, " ".join(told.bullets))):
        return "language"
    if not _borne_out(_parts(told, language), source, stop):
        return "unfaithful"
    if not _about(told, read, extracted, stop):
        return "off_topic"
    return None


def _parts(told: Told, language: str) -> list[str]:
    return [told.headline, *(told.summary[a:b] for a, b in sentences(told.summary, language)), *told.bullets]


def _fits(told: Told, language: str) -> bool:
    count = sum(1 for _ in sentences(told.summary, language))
    return (
        1 <= count <= SENTENCES
        and _SHORTEST <= Terms(told.summary).words <= _LONGEST
        and 1 <= Terms(told.headline).words <= HEADLINE_WORDS
        and 1 <= len(told.bullets) <= SENTENCES
        and all(1 <= Terms(bullet).words <= _BULLET for bullet in told.bullets)
    )


def _foreign(text: str, language: str) -> bool:
    if sum(map(str.isalpha, text)) < _SURE_LETTERS:
        return False
    return detect(None, [text])[0] != language.partition("-")[0]


def _borne_out(parts: Sequence[str], source: str, stop: frozenset[str]) -> bool:
    whole = " ".join(parts)
    if visible(whole) != whole or _ADDRESS.search(whole) or any(map(speaks_to_a_model, parts)):
        return False
    if not set(_NUMBER.findall(whole)) <= set(_NUMBER.findall(source)):
        return False
    held = {term[:_STEM] for term in Terms(source).distinct}
    for part in parts:
        content = [term[:_STEM] for term in Terms(part).distinct if term not in stop]
        if sum(stem in held for stem in content) < _KNOWN * len(content):
            return False
        names = {name.lower() for name in _NAME.findall(part)} - stop
        if not {name[:_STEM] for name in names} <= held:
            return False
    return True


def _about(told: Told, read: Sequence[Sentence], extracted: Summary, stop: frozenset[str]) -> bool:
    likely = likelihoods([sentence.terms for sentence in read], stop, weights())

    def worth(text: str) -> float:
        terms = Terms(text)
        return sum([likely.get(term, 0.0) for term in terms.distinct if term not in stop]) / max(1, terms.words)

    wanted = _ABOUT * worth(extracted.text)
    return all(worth(text) >= wanted for text in (told.headline, told.summary, " ".join(told.bullets)))


def _evidence(summary: str, language: str, read: Sequence[Sentence]) -> list[Passage]:
    """Find for each sentence of a summary the one of the article that shares most of its words."""
    stop = stopwords(language)
    found = set()
    for start, end in sentences(summary, language):
        said = Terms(summary[start:end]).distinct.keys() - stop
        found.add(max(range(len(read)), key=lambda at: (len(said & read[at].terms.distinct.keys()), -at)))
    return [read[at].passage for at in sorted(found)]
