"""Passages that a text shares with an earlier one, word for word: the proof that it is a copy."""

from collections.abc import Sequence

from streams.dedupe.fingerprint import LONGEST, Fingerprint, Text, units, unpacked

# Enough to see with one's own eyes that it is the same; an event stays small.
PASSAGES = 3
PASSAGE_CHARS = 300
FEWEST_WORDS = 8  # fewer in a row are a phrase that anybody may use


def passages(text: Text, paragraphs: Sequence[str], other: Fingerprint) -> list[tuple[int, int, int]]:
    """Find the longest runs of words that both texts have.

    Args:
        text: the text.
        paragraphs: as it was made from.
        other: the fingerprint of the earlier one.

    Returns:
        (paragraph, start, end) of each in text order; every word of it stands in the same order in the earlier text.
        A run ends with its paragraph.
    """
    words: list[tuple[int, int, int]] = []
    left = LONGEST
    for number, each in enumerate(paragraphs):
        words += [(number, start, end) for start, end in units(each[: max(0, left)])]
        left -= len(each) + 1
    if len(words) != text.words and (text.whole or len(words) < text.words):
        return []  # folding split a word, or left none of it: the places are not known
    runs: list[tuple[int, int, int]] = []
    for first, last in _runs(text, other):
        begin = first
        for at in range(first, last + 1):
            if at == last or words[at + 1][0] != words[begin][0]:
                runs.append((at + 1 - begin, begin, at))
                begin = at + 1
    best = [run for run in sorted(runs, key=lambda run: (-run[0], run[1]))[:PASSAGES] if run[0] >= FEWEST_WORDS]
    found = []
    for _, first, last in sorted(best, key=lambda run: run[1]):
        number, start, _ = words[first]
        ends = [end for _, _, end in words[first : last + 1] if end - start <= PASSAGE_CHARS]
        found.append((number, start, ends[-1] if ends else start + PASSAGE_CHARS))
    return found


def _runs(text: Text, other: Fingerprint) -> list[tuple[int, int]]:
    """Give the first and the last word of each run of places that both have with the same words in between."""
    sample = text.sample(other.every)
    links = dict(zip(unpacked(other.marks, 4), unpacked(other.links, 2), strict=True))
    runs = []
    first: int | None = None
    for mark, link, at in zip(sample.marks, sample.links, sample.at, strict=True):
        if mark not in links:
            continue  # the link before it did not match either: no run is open
        first = at if first is None else first
        if links[mark] != link or at == sample.at[-1]:
            runs.append((first, at + text.shingle - 1))
            first = None
    return runs
