"""The names in an English text: runs of capitalised words, each cut into the names that the model finds likeliest.

"Canadian Foreign Minister Mélanie Joly" is a run of six words with one name in it, "University of Oslo" one with one
name. A run's cut is the one whose segments score most, found by dynamic programming (a semi-Markov model).
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from streams.tag.kinds import (
    LINKS,
    NONE,
    ZERO,
    Role,
    Row,
    Scores,
    add,
    after,
    as_whole,
    before,
    beginning,
    closing,
    leading,
    neighbour_after,
    neighbour_before,
    only,
    pair_after,
    pair_before,
    total_of,
    two_after,
    two_before,
    weights,
    within,
)
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
_MARKS = ".,;:!?'\"’”)"
_TITLE = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Gen", "Sen", "Rep", "Gov", "Lt", "Col", "Sgt")
_TITLES = frozenset(title + stop for title in _TITLE for stop in ("", "."))  # no part of a name
_TITLED: Row = (500, 0, 0, 0, 0)  # surer than all: "Mr. Ames"
_HEADLINE = 2  # spaces in a run of capitals that is no name
_PLACE: Row = (0, 0, 100, 0, 0)  # surer than most
_AROUND = 30  # characters on each side, which hold two words


class Found(NamedTuple):
    """A name, or a capitalised word that may be none: its place, and its scores by kind."""

    start: int
    end: int
    scores: Row


class Run(NamedTuple):
    """A run of capitalised words: its pieces, where each stands, and its possible parts."""

    pieces: list[str]
    spans: list[tuple[int, int]]
    parts: list[tuple[int, int, Row]]  # first piece, the piece after the last, scores so far; by the latter


class Place(NamedTuple):
    """A run in its text: what is written, where it begins, whether it begins a sentence, the words around it."""

    written: str
    start: int
    begins: bool
    around: tuple[str, str, str, str]  # two before, two after


def segments(text: str) -> Iterator[Found]:
    """Find the names of a paragraph, and the capitalised words between them."""
    rows, left_of, right_of = weights(), _scores(before), _scores(after)
    for written, start, begins, (further, nearest, following, next_one) in runs(text):
        if written.isupper() and written.count(" ") >= _HEADLINE:
            yield from _places_of(written, start)
            continue
        left = left_of[nearest]
        if pair := rows.get(two_before(further, nearest)):
            left = add(left, pair)
        right = right_of[following]
        if pair := rows.get(two_after(following, next_one)):
            right = add(right, pair)
        run = (_read_words if " " in written else _read_word)(written, begins)
        if len(run.parts) == 1:
            begin, end = run.spans[0]
            yield Found(start + begin, start + end, add(run.parts[0][2], add(left, right)))
            continue
        for first, last, scores in _best(run, left, right):
            yield Found(start + run.spans[first][0], start + run.spans[last - 1][1], scores)


def _places_of(headline: str, at: int) -> Iterator[Found]:
    """Yield the places that a headline in capitals names: of other words nothing tells a name."""
    words = [(word.group(), *word.span()) for word in re.finditer(r"[^ \u00a0]+", headline)]
    for number, (word, start, end) in enumerate(words):
        following, _, further = words[number + 1] if number + 1 < len(words) else ("", 0, 0)
        if f"{word} {following}".title() in places():
            yield Found(at + start, at + further, _PLACE)
        elif word.title() in places():
            yield Found(at + start, at + end, _PLACE)


def runs(text: str) -> Iterator[Place]:
    """Find the runs of capitalised words in a paragraph."""
    for found in _RUN.finditer(text):
        start, end = found.span()
        begins = text[start - 1 : start] != " " or not text[start - 2].isalnum()
        if begins:
            begins = bool(_BEGINS.search(text[max(0, start - 6) : start]))
        further, nearest = _two_before(text[max(0, start - _AROUND) : start].lower().split())
        around = further, "^" + nearest if begins else nearest, *_two_after(text[end : end + _AROUND].lower())
        yield Place(found.group(), start, begins, around)


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


@cache
def _scores(role: Role) -> Scores:
    return Scores(role)


def _read(written: str, begins: bool) -> Run:
    """Cut a run, and score its parts, as `kinds.roles` tells of each: what depends on one end only is summed once."""
    pieces, spans = pieces_of(written)
    size = len(pieces)
    if size == 1:
        return Run(pieces, spans, [(0, 1, _alone(pieces[0], begins))])
    longest = LONGEST if size <= _PROSE else _LISTED
    outside_left, outside_right = _outside(pieces)
    lefts = [add(row, _scores(leading)[word]) for row, word in zip(outside_left, pieces, strict=True)]
    rights = [add(row, _scores(closing)[word]) for row, word in zip(outside_right, pieces, strict=True)]
    inner = [_scores(within)[word] for word in pieces]
    parts: list[tuple[int, int, Row]] = []
    for first, last in parts_of(pieces):
        if last - first == 1:
            row = add(_alone(pieces[first], begins and not first), add(outside_left[first], outside_right[first]))
            parts.append((first, last, row))
        elif last - first <= longest:
            row = total_of(as_whole(pieces[first:last], begins=begins and not first))
            for word in inner[first + 1 : last - 1]:
                row = add(row, word)
            parts.append((first, last, add(row, add(lefts[first], rights[last - 1]))))
    return Run(pieces, spans, parts)


# A run of several words seldom comes again after its article. Remembered apart, such runs do not drive out the single
# words, which do: of 14 runs an article that are met for the first time or again too late, 11.5 are left.
_read_word = lru_cache(maxsize=20_000)(_read)  # 700 bytes each; no bound would miss 0.3 fewer
_read_words = lru_cache(maxsize=12_000)(_read)  # 2,500 bytes each


def _alone(word: str, begins: bool) -> Row:
    row = _scores(only)[word]
    return add(row, _scores(beginning)[word]) if begins else row


def _outside(pieces: list[str]) -> tuple[list[Row], list[Row]]:
    """Score by what stands before, and after, in the run: for the parts that begin, and end, with each piece."""
    rows = weights()
    lefts, rights = [ZERO], [ZERO]
    for at in range(1, len(pieces)):
        nearest = pieces[at - 1]
        left = add(_scores(neighbour_before)[nearest], rows.get(pair_before(pieces, at), ZERO))
        lefts.append(add(left, _TITLED) if nearest in _TITLES else left)
        rights.insert(-1, add(_scores(neighbour_after)[pieces[at]], rows.get(pair_after(pieces, at), ZERO)))
    return lefts, rights


def _best(run: Run, left: Row, right: Row) -> list[tuple[int, int, Row]]:
    """Find the parts that score most together; those of links are left out."""
    size = len(run.pieces)
    best: list[int] = [0] + [-(2**60)] * size
    back: list[tuple[int, int, Row]] = [(0, 0, left)] * (size + 1)
    for first, last, row in run.parts:
        scores = row if first else add(row, left)
        if last == size:
            scores = add(scores, right)
        single = last - first == 1
        if single and run.pieces[first] in LINKS:
            value = best[first] + scores[NONE]
        else:
            value = best[first] + max(scores if single else scores[:NONE])
        if value > best[last]:
            best[last] = value
            back[last] = (first, last, scores)
    found = []
    at = size
    while at:
        first = back[at][0]
        if at - first > 1 or run.pieces[first] not in LINKS:
            found.append(back[at])
        at = first
    found.reverse()
    return found
