"""The names in an English text: runs of capitalised words, each cut into the names that the model finds likeliest.

"Canadian Foreign Minister Mélanie Joly" is a run of six words with one name in it, "University of Oslo" one with one
name. A run's cut is the one whose segments score most, found by dynamic programming (a semi-Markov model).
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from streams.tag.kinds import (
    LIFTED,
    LINKS,
    NO_PAIRS,
    NONE,
    Row,
    Word,
    after,
    before,
    lifted,
    pairs_after,
    pairs_before,
    row_of,
    total_of,
    whole_of,
    word_of,
)
from streams.tag.met import Met
from streams.tag.names import places
from streams.text import MARKS

LONGEST = 9  # words of a name
_PROSE = 12  # pieces of a run: longer ones are headlines and lists, ...
_LISTED = 3  # ... whose names are short, so that a page in capitals takes no longer than others
_MOST = 24  # words of a run: what is longer is a list in capitals
_CAPITALS = "".join(c for c in map(chr, range(0x590)) if c.isupper())  # Latin, Greek, Cyrillic, Armenian
# What is written with a stop that ends nothing.
_SHORT = "St|Ste|Mt|Ft|Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Jr|Sr|Inc|Corp|Co|Ltd|Bros"
_INITIALS = rf"\.(?:[{_CAPITALS}]\.)*(?:[{_CAPITALS}](?![\w{MARKS}]))?"  # after the first
_REST = rf"[\w{MARKS}]*(?:[-&‑/][\w{MARKS}]+|['’](?!s\b)[\w{MARKS}]+)*"
_WORD = rf"(?:(?:{_SHORT})\.(?! ?$)|[{_CAPITALS}]{_INITIALS}|(?:[aeu][dlnrstz]-)?[{_CAPITALS}]{_REST})"  # al-Assad, too
# The same, but one class comes first, so that the engine looks for it instead of trying each place.
_FIRST = (
    rf"[{_CAPITALS}aeu](?<![\w.&].)(?:(?<=(?=(?:{_SHORT})\.(?! ?$)).)\w+\.|(?<=[{_CAPITALS}]){_INITIALS}"
    rf"|(?:(?<=[{_CAPITALS}])|[dlnrstz]-[{_CAPITALS}]){_REST})"
)
_LINK = "|".join(sorted((word for word in LINKS if word[1:] != "s"), key=len, reverse=True))
_RUN = re.compile(rf"{_FIRST}(?:(?:['’]s)?[ \u00a0](?:(?:{_LINK})[ ]){{0,2}}{_WORD}){{0,{_MOST}}}")
_PIECE = re.compile(rf"{_WORD}|['’]s|{_LINK}")
_BEGINS = re.compile(r"(?:^|[.!?…:]['\"”’»)]*\s+|[\"“«„‘(\[]|(?:^|\s)['—–-]\s?)$")
_SEVERAL = re.compile("[ .\u00a0]")  # what parts words, or may be cut off
_MARKS = ".,;:!?'\"’”)"
_TITLE = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Gen", "Sen", "Rep", "Gov", "Lt", "Col", "Sgt")
_TITLES = frozenset(title + stop for title in _TITLE for stop in ("", "."))  # no part of a name
_TITLED = row_of(500)  # surer than all: "Mr. Ames"
_HEADLINE = 2  # spaces in a run of capitals that is no name
_PLACE = row_of(0, 0, 100)  # surer than most
_AROUND = 30  # characters on each side, which hold two words


Found = tuple[tuple[str, ...], int, int, Row]  # of a name, or what may be none: words, start, end, scores by kind
# A run in its text: what is written, where it begins, whether it begins a sentence, two words before it, two after it.
Place = tuple[str, int, bool, str, str, str, str]


class Run(NamedTuple):
    """A run of capitalised words: its pieces, where each stands, and its possible parts."""

    pieces: list[str]
    spans: list[tuple[int, int]]
    parts: list[tuple[int, int, Row]]  # first piece, the piece after the last, scores so far; by the latter


def segments(text: str) -> Iterator[Found]:
    """Find the names of a paragraph, and the capitalised words between them."""
    words, left_of, right_of = _words(), _left_of(), _right_of()
    for written, start, begins, further, nearest, following, next_one in runs(text):
        left, pairs = left_of[nearest]
        if further in pairs:
            left += pairs[further]
        right, pairs = right_of[following]
        if next_one in pairs:
            right += pairs[next_one]
        if not _SEVERAL.search(written):
            word = words[written]
            row = word.only + word.beginning if begins else word.only
            yield (written,), start, start + len(written), row + left + right
        elif written.isupper() and written.count(" ") >= _HEADLINE:
            yield from _places_of(written, start)
        else:
            run = _read(written, begins)
            for first, last, scores in _best(run, left, right):
                begin, end = run.spans[first][0], run.spans[last - 1][1]
                yield tuple(written[begin:end].split()), start + begin, start + end, scores


@cache
def _words() -> Met[Word]:
    return Met(word_of, 30_000)  # of some thousand articles, 800 bytes each


# Words around names, of some hundred articles: 250 bytes each.
@cache
def _left_of() -> Met[tuple[Row, dict[str, Row]]]:
    return Met(lambda word: (total_of(before(word)), pairs_before().get(word, NO_PAIRS)), 50_000)


@cache
def _right_of() -> Met[tuple[Row, dict[str, Row]]]:
    return Met(lambda word: (total_of(after(word)), pairs_after().get(word, NO_PAIRS)), 50_000)


def _places_of(headline: str, at: int) -> Iterator[Found]:
    """Yield the places that a headline in capitals names: of other words nothing tells a name."""
    words = [(word.group(), *word.span()) for word in re.finditer(r"[^ \u00a0]+", headline)]
    for number, (word, start, end) in enumerate(words):
        following, _, further = words[number + 1] if number + 1 < len(words) else ("", 0, 0)
        if f"{word} {following}".title() in places():
            yield (word, following), at + start, at + further, _PLACE
        elif word.title() in places():
            yield (word,), at + start, at + end, _PLACE


def runs(text: str) -> Iterator[Place]:
    """Find the runs of capitalised words in a paragraph."""
    for found in _RUN.finditer(text):
        start, end = found.span()
        begins = text[start - 1 : start] != " " or not text[start - 2].isalnum()
        if begins:
            begins = bool(_BEGINS.search(text[max(0, start - 6) : start]))
        further, nearest = _two_before(text[max(0, start - _AROUND) : start].lower().rsplit(None, 2))
        following, next_one = _two_after(text[end : end + _AROUND].lower())
        yield found.group(), start, begins, further, "^" + nearest if begins else nearest, following, next_one


def _two_before(words: list[str]) -> tuple[str, str]:
    """Tell the two words, or marks, that end a text."""
    if not words:
        return "^", "^"
    last = words[-1]
    further = words[-2] if len(words) > 1 else "^"
    if last[-1].isalnum():
        return further if further[-1].isalnum() else further[-1], last if last[0].isalnum() else last[1:]
    return last[:-1] or further, last[-1]


def _two_after(text: str) -> tuple[str, str]:
    """Tell the two words, or marks, that begin a text."""
    if text[:1].strip():
        words = text[1:].split(None, 1)
        return text[0], words[0].rstrip(_MARKS) if words else "$"
    words = text.split(None, 2)
    if not words:
        return "$", "$"
    first = words[0]
    if first[-1] in _MARKS:
        return first[:-1] or first, first[-1]
    return first, words[1].rstrip(_MARKS) if len(words) > 1 else "$"


def pieces_of(written: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Cut a run into words, links and possessives, each with its place in the run."""
    found = list(_PIECE.finditer(written))
    return [piece.group() for piece in found], [piece.span() for piece in found]


def parts_of(pieces: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield all parts of a run that may be names, by their ends: none begins or ends with a link or holds a title."""
    for last in range(1, len(pieces) + 1):
        yield last - 1, last
        if pieces[last - 1] in LINKS:
            continue
        for first in range(last - 2, max(-1, last - LONGEST - 1), -1):
            if pieces[first] in _TITLES:
                break
            if pieces[first] not in LINKS:
                yield first, last


# 2,500 bytes each. A run of several words seldom comes again after its article.
@lru_cache(maxsize=12_000)
def _read(written: str, begins: bool) -> Run:
    """Cut a run, and score its parts, as `kinds.roles` tells of each: what depends on one end only is summed once."""
    pieces, spans = pieces_of(written)
    size = len(pieces)
    longest = LONGEST if size <= _PROSE else _LISTED
    known = _words()
    words = [known[piece] for piece in pieces]
    facts = [word.facts for word in words]
    lefts, rights = _outside(words)
    parts: list[tuple[int, int, Row]] = []
    for first, last in parts_of(pieces):
        word = words[first]
        if last - first == 1:
            row = word.only + word.beginning if begins and not first else word.only
        elif last - first <= longest:
            row = word.first + words[last - 1].last
            row += whole_of(facts[first:last], begins=begins and not first)
            for inner in words[first + 1 : last - 1]:
                row += inner.inner
        else:
            continue
        parts.append((first, last, row + lefts[first] + rights[last - 1]))
    return Run(pieces, spans, parts)


def _outside(words: list[Word]) -> tuple[list[Row], list[Row]]:
    """Score by what stands before, and after, in the run: for the parts that begin, and end, with each word."""
    lefts, rights = [0], []
    further, last = "^", len(words) - 1
    for at, word in enumerate(words):
        text, lower, *_ = word.facts
        if at < last:
            left = word.before + word.pairs_before.get(further, 0)
            lefts.append(left + _TITLED if text in _TITLES else left)
            further = lower
        if at:
            following = words[at + 1].facts.lower if at < last else "$"
            rights.append(word.after + word.pairs_after.get(following, 0))
    return lefts, [*rights, 0]


def _best(run: Run, left: Row, right: Row) -> list[tuple[int, int, Row]]:
    """Find the parts that score most together; those of links are left out."""
    pieces = run.pieces
    size = len(pieces)
    best: list[int] = [0] + [-(2**60)] * size
    back: list[tuple[int, int, Row]] = [(0, 0, 0)] * (size + 1)
    for first, last, row in run.parts:
        scores = row if first else row + left
        if last == size:
            scores += right
        told = lifted(scores)
        if last - first > 1:
            told = told[:NONE]
        elif pieces[first] in LINKS:
            told = told[NONE:]
        value = best[first] + max(told) - LIFTED
        if value > best[last]:
            best[last] = value
            back[last] = (first, last, scores)
    found = []
    at = size
    while at:
        first = back[at][0]
        if at - first > 1 or pieces[first] not in LINKS:
            found.append(back[at])
        at = first
    found.reverse()
    return found
