"""Related stories in an aggregator's text, found by their shape: the source that stands twice around an age.

    Reuters                 source
    2 hours ago             age, in any language
    - Politics              a category, or none
    - Reuters               the source again, behind any short prefix
    Talks go on             title
    Ministers said …        text, or none

The words are not looked at, so any language will do. A thread of comments has nearly the same shape when somebody
comments twice (name, age, text, name): there the second name has no prefix and an age follows it.
"""

from collections import Counter
from typing import NamedTuple

from streams.clean import markers
from streams.clean.ages import Age, parse_age

LONGEST_SOURCE = 60  # characters: "The Chronicle of Higher Education", "http://www.channelnewsasia.com"
LONGEST_PREFIX = 16  # "- ", "via ", "Source : ", "Veröffentlicht: "
LONGEST_SUFFIX = 6
FARTHEST = 5  # lines between the two source lines: age and up to three of category, author, length of reading
LONGEST_AGE = 40  # characters of an age in words that are not known
WEIGHT_OF_AGE = 3  # a known age tells as much as a repeated prefix and two blocks of the same shape
LONGEST_BLOCK = 16  # lines from the second source line on: title, text, advertisements, the page's footer
LONGEST_BARE_BLOCK = 12  # lines; where no prefix marks the source, a longer block is rather two things by chance


class Line(NamedTuple):
    """A line with text, and how many empty lines stand before it."""

    text: str
    gap: int


class Block(NamedTuple):
    """Where a related story stands: line numbers of its source, of the source again, and past its text."""

    start: int
    second: int
    end: int
    age: Age | None


class _Candidate(NamedTuple):
    start: int
    second: int
    around: tuple[str, str]
    age: Age | None


def find(lines: list[Line]) -> list[Block]:
    """Give the related stories of a page in its order; the last one's end is where the page ends."""
    candidates = [c for i in range(1, len(lines) - 2) if (c := _candidate(lines, i))]
    if not candidates:
        return []
    weight: Counter[tuple[str, str]] = Counter()
    for candidate in candidates:
        weight[candidate.around] += WEIGHT_OF_AGE * bool(candidate.age) + bool(any(candidate.around)) + 1
    around, score = max(weight.items(), key=lambda item: (item[1], item[0]))
    marked = any(around)
    if score < WEIGHT_OF_AGE and not marked:
        return []
    kept: list[_Candidate] = []
    for candidate in candidates:
        if candidate.around == around and (not kept or candidate.start > kept[-1].second):
            kept.append(candidate)
    run: list[_Candidate] = []
    for candidate in reversed(kept):
        if run and not marked and run[-1].start - candidate.second > LONGEST_BARE_BLOCK:
            break
        run.append(candidate)
    run.reverse()
    ends = [c.start for c in run[1:]] + [len(lines)]
    if any(end - c.second > LONGEST_BLOCK for c, end in zip(run, ends, strict=True)):
        return []
    return [Block(c.start, c.second, end, c.age) for c, end in zip(run, ends, strict=True)]


def _candidate(lines: list[Line], i: int) -> _Candidate | None:
    source, age_line = lines[i].text, lines[i + 1].text
    if len(source) > LONGEST_SOURCE:
        return None
    for j in range(i + 2, min(i + 1 + FARTHEST, len(lines))):
        around = _around(source, lines[j].text)
        if around is None:
            continue
        age = parse_age(age_line)
        if (age is None and not _like_age(age_line)) or parse_age(source):
            return None
        if not any(around) and not _bare(lines, i, j, age):
            return None
        return _Candidate(i, j, around, age)
    return None


def _around(source: str, again: str) -> tuple[str, str] | None:
    """Give what stands before and behind the source in a line that repeats it; None where it does not."""
    size = len(source)
    at = again.find(source) if size <= len(again) <= size + LONGEST_PREFIX + LONGEST_SUFFIX else -1
    if at < 0 or at > LONGEST_PREFIX or len(again) - at - size > LONGEST_SUFFIX:
        return None
    before, behind = again[:at], again[at + size :]
    if before[-1:].isalnum() or behind[:1].isalnum() or not any(map(str.isalnum, source)):
        return None
    return before, behind


def _bare(lines: list[Line], i: int, j: int, age: Age | None) -> bool:
    """Whether a source without prefix is one, not a commenter who comments twice or a name that stands twice."""
    if (age is None and j > i + 2) or j + 1 >= len(lines) or markers.is_a(lines[i].text, "comments", "related"):
        return False
    following = lines[j + 1].text
    return not parse_age(following) and not (age is None and _frame(following) & _frame(lines[i + 1].text))


def _like_age(line: str) -> bool:
    """Whether a line may be an age in words that are not known: short, with a number."""
    return len(line) <= LONGEST_AGE and any(map(str.isdigit, line)) and not line.startswith(("#", "http"))


def _frame(line: str) -> set[str]:
    return {word for word in line.casefold().split() if word.isalpha()} if _like_age(line) else set()


def frames(lines: list[Line], run: list[Block]) -> frozenset[str]:
    """Give the words that stand in ages here, so that the page's other ages are known where the language is not."""
    unknown = [_frame(lines[block.start + 1].text) for block in run if block.age is None]
    return frozenset(set.intersection(*unknown)) if unknown else frozenset()


def is_age(line: str, words: frozenset[str]) -> bool:
    """Whether a line is an age, in a known language or in the words that the page's other ages are written in."""
    known = parse_age(line)
    return bool(known and known.sure) or bool(words & _frame(line))


def parts(lines: list[Line], block: Block) -> tuple[str | None, list[str], list[str]]:
    """Give a block's title, its text, and what stands in it without belonging to it (advertisements)."""
    inner = max((lines[k].gap for k in range(block.start + 1, block.second + 1)), default=0)
    rest = list(range(block.second + 1, block.end))
    if not rest:
        return None, [], []
    title = lines[rest[0]].text
    text: list[str] = []
    foreign: list[str] = []
    for k in rest[1:]:
        line = lines[k]
        if foreign or line.gap > inner or markers.is_a(line.text, "ads"):
            foreign.append(line.text)
        else:
            text.append(line.text)
    return title, text, foreign
