"""Extractive summary: the sentences of an article that tell its story, verbatim and in its order.

News tells the most important first, so an early place counts most; a sentence is worth, too, what it says of the words
that the story is about, and only for the words that no chosen sentence has said (maximal marginal relevance: Carbonell
and Goldstein 1998; position and centroid: Radev et al. 2004). `fit.py` finds the weights, `weights.json` holds them.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from streams.events import Passage, Summary
from streams.tag.stopwords import stopwords
from streams.text import sentences

SENTENCES = 3
WEIGHTS = Path(__file__).parent / "weights.json"
_READ = 30  # sentences: what tells the story of a news text is not further down
_NEW = 0.4  # share of a sentence's terms that must be new: below, it says the same again
_BRIEF = 10  # words: shorter sentences lack what they speak of
_TERM = re.compile(r"\w+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff]")
_CHARACTERS = 2  # of a word, in scripts that write no spaces
_QUOTE = re.compile('["“«„「]')
_DIGIT = re.compile(r"\d")
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Yy]ou|[Mm]y|[Oo]ur|[Yy]our)\b")
_CAPITAL = re.compile(r"(?<=\s)[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐΑ-ΩŚŁŻŹĆĞŞİÇ]")
_JUNK_LISTED = (  # lines that ask for something else than reading
    "scroll down|read more|click here|sign up|subscri|newsletter|follow us|share this|all rights reserved|©|pictured"
    "|getty images|advertisement|https:|http:|www.|lesen sie|mehr zum thema|lire aussi|leer más|leia também|leggi anche"
    "|czytaj|читайте|читати також|اقرأ أيضا|devamını oku|点击|もっと読む|関連記事"
)
_JUNK = tuple(_JUNK_LISTED.split("|"))


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sentence is worth; units are shares of the most telling sentence's worth."""

    telling: float  # the words of the story that it adds
    early: float  # off by the logarithm of its place
    fade: float  # sentences after which a word counts a third as much for what the story is about
    floor: float  # what a word counts at least, wherever it stands
    repeated: float  # exponent of how much the story speaks of a word
    length: float  # exponent by which long sentences are worth less
    brief: float  # off for a sentence of less than ten words, in proportion
    junk: float  # off for "read more" and its kin
    question: float
    quote: float
    first_person: float
    number: float
    names: float
    budget: float  # words of a summary
    over: float  # off for each word above the budget
    most: float  # budgets: never more words than that


@dataclass(slots=True)
class Sentence:
    """A sentence as it is weighed."""

    passage: Passage
    words: int
    terms: frozenset[str]
    fixed: float = field(default=0.0)


@cache
def weights() -> Weights:
    """Read the weights that newsflow ships."""
    return msgspec.json.decode(WEIGHTS.read_bytes(), type=Weights)


def extract(title: str | None, paragraphs: Sequence[str], language: str) -> Summary | None:
    """Choose at most three sentences of about 70 words; None for a text without any."""
    read = read_sentences(title, paragraphs, language)
    chosen = [read[at].passage for at in choose(read, weights())]
    if not chosen:
        return None
    text = ("" if language.startswith(("zh", "ja")) else " ").join(passage.text for passage in chosen)
    return Summary(text=text, kind="extractive", sentences=chosen, method="position-centroid", fallback_reason=None)


def read_sentences(title: str | None, paragraphs: Sequence[str], language: str) -> list[Sentence]:
    """Read the sentences that may become a summary: the first thirty, a repeated headline left out."""
    stop = stopwords(language)
    read: list[Sentence] = []
    for passage in _passages(paragraphs, language):
        found = _TERM.findall(passage.text.lower())
        if title and passage.text == title.strip():
            continue
        if _UNSPACED.search(passage.text):
            found = [word[at : at + 2] for word in found for at in range(max(1, len(word) - 1))]
            words = len(passage.text) // _CHARACTERS
        else:
            words = len(found)
        terms = frozenset([word for word in found if word not in stop and len(word) > 1])
        read.append(Sentence(passage, words, terms))
        if len(read) == _READ:
            break
    if not read and paragraphs:  # a text that is its headline
        read = [Sentence(p, 0, frozenset()) for p in _passages(paragraphs, language)][:1]
    return read


def choose(read: list[Sentence], w: Weights) -> list[int]:
    """Choose greedily the sentence that adds most to those chosen before; return their numbers in order."""
    about: defaultdict[str, float] = defaultdict(float)
    for at, sentence in enumerate(read):
        share = math.exp(-at / w.fade) + w.floor
        for term in sentence.terms:
            about[term] += share
        sentence.fixed = _fixed(sentence, at, w)
    worth = {term: share**w.repeated for term, share in about.items()}
    adds = [sum([worth[term] for term in sentence.terms]) for sentence in read]
    most = max(adds, default=0.0) or 1.0
    gain = [w.telling / most / (max(1, sentence.words) / 20) ** w.length for sentence in read]
    chosen: list[int] = []
    left = list(range(len(read)))
    told: set[str] = set()
    words = 0
    while left and len(chosen) < SENTENCES:
        over = [w.over * max(0.0, words + sentence.words - w.budget) for sentence in read]
        at = max(left, key=[g * a + s.fixed - o for g, a, s, o in zip(gain, adds, read, over, strict=True)].__getitem__)
        if chosen and words + read[at].words > w.budget * w.most:
            break
        chosen.append(at)
        words += read[at].words
        told |= read[at].terms
        left = [n for n in left if n != at and len(read[n].terms - told) >= _NEW * len(read[n].terms)]
        for number in left:
            adds[number] = sum([worth[term] for term in read[number].terms - told])
    return sorted(chosen)


def _fixed(sentence: Sentence, at: int, w: Weights) -> float:
    """What a sentence is worth whatever else is chosen."""
    text = sentence.passage.text
    value = -w.early * math.log1p(at) - w.brief * max(0, _BRIEF - sentence.words) / _BRIEF
    lower = text.lower()
    if any(mark in lower for mark in _JUNK):
        value -= w.junk
    if text[-1] in "?？؟":
        value -= w.question
    if _QUOTE.search(text):
        value -= w.quote
    if _DIGIT.search(text):
        value += w.number
    if _FIRST_PERSON.search(text):
        value -= w.first_person
    capitals = len(_CAPITAL.findall(text))
    return value + w.names * min(1.0, capitals / 4)


def _passages(paragraphs: Sequence[str], language: str) -> Iterator[Passage]:
    for number, paragraph in enumerate(paragraphs):
        for start, end in sentences(paragraph, language):
            yield Passage(paragraph=number, start=start, end=end, text=paragraph[start:end])
