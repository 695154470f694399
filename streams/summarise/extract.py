"""Extractive summary: the sentences of an article that tell its story."""

from collections.abc import Iterator, Sequence

from streams.events import Passage, Summary
from streams.text import sentences

SENTENCES = 3
WORDS = 70  # about what a reader takes in at a glance, and what news summaries have (QUALITY.md, summarise)


def extract(title: str | None, paragraphs: Sequence[str], language: str) -> Summary | None:
    """Choose at most three sentences of about 70 words; None for a text without any."""
    chosen: list[Passage] = []
    words = 0
    for passage in _passages(paragraphs, language):
        if passage.text == title:
            continue
        length = len(passage.text.split())
        if chosen and words + length > WORDS:
            break
        chosen.append(passage)
        words += length
        if len(chosen) == SENTENCES:
            break
    if not chosen:
        chosen = list(_passages(paragraphs, language))[:1]
    if not chosen:
        return None
    text = " ".join(passage.text for passage in chosen)
    return Summary(text=text, kind="extractive", sentences=chosen, method="lead", fallback_reason=None)


def _passages(paragraphs: Sequence[str], language: str) -> Iterator[Passage]:
    for number, paragraph in enumerate(paragraphs):
        for start, end in sentences(paragraph, language):
            yield Passage(paragraph=number, start=start, end=end, text=paragraph[start:end])
