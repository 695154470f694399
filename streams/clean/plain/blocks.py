"""Related stories in an aggregator's text, found by their shape: the source that stands twice around an age.

    Reuters                 source, perhaps behind a bullet or number
    2 hours ago             age, in any language
    - Politics              a category, or none
    - Reuters               the source again, behind any short prefix
    Talks go on             title
    Ministers said …        text, or none

The words are not looked at, so any language will do. A thread of comments has nearly the same shape when somebody
comments twice (name, age, text, name): there the second name has no prefix and an age follows it.
"""

import re
from collections import Counter
from typing import NamedTuple

from streams.clean.ages import Age, parse_age
from streams.clean.plain import markers

LONGEST_SOURCE = 60  # characters: "The Chronicle of Higher Education", "http://www.channelnewsasia.com"
LONGEST_PREFIX = 32  # "- ", "via ", "Source : ", "Publicado originalmente por "
LONGEST_SUFFIX = 8
FARTHEST = 5  # lines between the two source lines: age and up to three of category, author, length of reading
LONGEST_AGE = 40  # characters of an age in words that are not known
WEIGHT_OF_AGE = 3  # a known age tells as much as a repeated prefix and two blocks of the same shape
LEAST_WEIGHT = 5  # of a run below no known heading: one block with a known age, or two marked ones
LONGEST_BLOCK = 16  # lines from the second source line on: title, text, advertisements, the page's footer
LONGEST_BARE_BLOCK = 12  # lines; where no prefix marks the source, a longer block is rather two things by chance
LONGEST_LAST = 4  # lines of a page's last block: source, title, text, a line of the footer
LONGEST_FOOTER = 60  # lines behind the last title: text, comments, hashtags and the page's own footer
FEWEST_BUTTONS = 2  # stories with the same last line
FEWEST_BULLETS = 2  # titles; a bullet before a single title may be its own ("5. Symphony")
SENTENCE_END = tuple(".!?…。！？؟।\"'”’»)")
_BULLET = re.compile(r"(?:[-–—−•·∙*▪▫►▶▸›»>◦‣●○■□◆◇✓✔→➤➜~|/#+]{1,3}\s+|[•▪►▶▸›»‣●■◆→➤➜]|\(?\d{1,3}[.)]\s+)")
_NUMBER = re.compile(r"\d+")


class Line(NamedTuple):
    """A line with text, and how many empty lines stand before it."""

    text: str
    gap: int


class Block(NamedTuple):
    """A related story: the lines from `start` to before `end`, and what they say."""

    start: int
    end: int
    source: str | None
    age_text: str | None
    age: Age | None
    title: str | None
    text: list[str]
    foreign: list[str]  # what stands in it without belonging to it: advertisements, the page's footer


class _Candidate(NamedTuple):
    start: int
    second: int
    around: tuple[str, str]
    age_line: int | None
    age: Age | None
    source: str

    @property
    def weight(self) -> int:
        return WEIGHT_OF_AGE * bool(self.age) + bool(any(self.around)) + bool(self.age_line) + 1


def unbulleted(line: str) -> str:
    """Give a line without the bullet or number that it begins with."""
    match = None if line[:1].isalpha() else _BULLET.match(line)
    return line[match.end() :] if match and match.end() < len(line) else line


def read_age(line: str) -> tuple[str, Age | None]:
    """Read an age, perhaps behind a bullet; give it as printed."""
    if age := parse_age(line):
        return line, age
    bare = unbulleted(line)
    return bare, parse_age(bare) if bare != line else None


def find(lines: list[Line]) -> list[Block]:
    """Give the related stories of a page in its order; the last one's end is where the page ends."""
    run = _run(lines, _candidates(lines))
    if not run:
        return []
    ends = [c.start for c in run[1:]] + [len(lines)]
    if ends[-1] - run[-1].second > LONGEST_FOOTER:
        return []
    return tidied([_block(lines, c, end) for c, end in zip(run, ends, strict=True)])


def _run(lines: list[Line], candidates: list[_Candidate]) -> list[_Candidate]:
    """Choose the last run of candidates that are alike."""
    weight: Counter[tuple[str, str]] = Counter()
    for candidate in candidates:
        weight[candidate.around] += candidate.weight
    if not weight:
        return []
    around, _ = max(weight.items(), key=lambda item: (item[1], item[0]))
    marked = any(around)
    run: list[_Candidate] = []
    for candidate in reversed(candidates):
        if candidate.around != around or (run and candidate.second >= run[-1].start):
            continue
        if run and run[-1].start - candidate.second > (LONGEST_BLOCK if marked else LONGEST_BARE_BLOCK):
            break
        run.append(candidate)
    run.reverse()
    if sum(candidate.weight for candidate in run) >= LEAST_WEIGHT or _headed(lines, run[0]):
        return run
    return []


def _headed(lines: list[Line], first: _Candidate) -> bool:
    """Whether a heading stands above: a known one, or any short line where the block is the last of the page."""
    above = lines[first.start - 1].text if first.start else ""
    last = len(lines) - first.second <= LONGEST_LAST and _is_mark(first.around) and first.age_line is not None
    return markers.is_a(above, "related") or (last and bool(above) and _short(above))


def _candidates(lines: list[Line]) -> list[_Candidate]:
    """Give every place where a short line stands twice with at most a few lines in between."""
    texts = [line.text for line in lines]
    short = [text if len(text) <= LONGEST_SOURCE + LONGEST_PREFIX + LONGEST_SUFFIX else "" for text in texts]
    found = []
    for i, text in enumerate(texts):
        if len(text) <= LONGEST_SOURCE:
            source = unbulleted(text)
            near = "\n".join(short[i + 1 : i + 1 + FARTHEST])  # most lines do not stand again: told in one look
            if source in near and (candidate := _candidate(lines, i, source)):
                found.append(candidate)
    return found


def _candidate(lines: list[Line], i: int, source: str) -> _Candidate | None:
    longest = len(source) + LONGEST_PREFIX + LONGEST_SUFFIX
    for j in range(i + 1, min(i + 1 + FARTHEST, len(lines))):
        again = lines[j].text
        if len(again) <= longest and source in again and (around := _around(source, again)) is not None:
            k, age = _age_between(lines, i, j, marked=any(around))
            candidate = _Candidate(i, j, around, k, age, source)
            return candidate if _holds(lines, candidate) else None
    return None


def _age_between(lines: list[Line], i: int, j: int, *, marked: bool) -> tuple[int | None, Age | None]:
    """Find the age between two source lines: the first known one, else the line below the source."""
    for k in range(i + 1, j if marked else min(j, i + 2)):
        if age := read_age(lines[k].text)[1]:
            return k, age
    return (i + 1 if j > i + 1 else None), None


def _holds(lines: list[Line], found: _Candidate) -> bool:
    """Whether a line that stands twice is a source, not a name in a story or in a thread of comments."""
    marked = any(found.around)
    if found.age_line is None:
        return _is_mark(found.around)
    if found.age is None:
        text = lines[found.age_line].text
        if not (_like_age(text) or (marked and _short(text))) or (not marked and parse_age(found.source)):
            return False
    return marked or _bare(lines, found.start, found.second, found.age)


def _around(source: str, again: str) -> tuple[str, str] | None:
    """Give what stands before and behind the source in a line that repeats it; None where it does not."""
    if not any(map(str.isalnum, source)):
        return None
    size = len(source)
    at = again.rfind(source)
    if at > LONGEST_PREFIX or len(again) - at - size > LONGEST_SUFFIX:
        return None
    before, behind = again[:at], again[at + size :]
    if (before[-1:].isalnum() and before[-1:].isascii()) or behind[:1].isalnum():
        return None
    return _NUMBER.sub("1", before), behind


def _is_mark(around: tuple[str, str]) -> bool:
    """Whether a source is marked by a bullet or a label ("Source: "), rather than being part of a sentence."""
    before, behind = around
    return bool(before) and not behind and (not any(map(str.isalpha, before)) or before.rstrip().endswith((":", "：")))


def _bare(lines: list[Line], i: int, j: int, age: Age | None) -> bool:
    """Whether a source without prefix is one, not a commenter who comments twice or a name that stands twice."""
    if (age is None and j > i + 2) or j in (i + 1, len(lines) - 1) or lines[i].text.endswith(("?", "!", "…")):
        return False
    if markers.is_a(lines[i].text, "comments", "related"):
        return False
    following = lines[j + 1].text
    if parse_age(following):
        return age is not None and j == i + 2  # nobody comments without a text: it is a title that looks like an age
    return not (age is None and frame(following) & frame(lines[i + 1].text))


def _short(line: str) -> bool:
    return len(line) <= LONGEST_AGE and not line.endswith(SENTENCE_END) and not line.startswith(("#", "http"))


def _like_age(line: str) -> bool:
    """Whether a line may be an age in words that are not known: short, with a number."""
    return len(line) <= LONGEST_AGE and any(map(str.isdigit, line)) and not line.startswith(("#", "http"))


def frame(line: str) -> set[str]:
    """Give the words of a line that may be an age in words that are not known."""
    return (
        {word for word in _NUMBER.sub(" ", line.casefold()).split() if word[0].isalpha()} if _like_age(line) else set()
    )


def _block(lines: list[Line], found: _Candidate, end: int) -> Block:
    inner = max((lines[k].gap for k in range(found.start + 1, found.second + 1)), default=0)
    age_text = None if found.age_line is None else read_age(lines[found.age_line].text)[0]
    title, text, foreign = parts(lines, found.second + 1, end, inner)
    return Block(found.start, end, found.source, age_text, found.age, title, text, foreign)


def tidied(found: list[Block]) -> list[Block]:
    """Take off what stands in every story: a bullet before its title, a button below it ("Read more")."""
    return _without_bullets(_without_buttons(found))


def _without_buttons(found: list[Block]) -> list[Block]:
    if len(found) < FEWEST_BUTTONS:
        return found
    last = Counter(block.text[-1] for block in found if block.text and len(block.text[-1]) <= LONGEST_AGE)
    button, count = max(last.items(), key=lambda item: item[1], default=("", 0))
    if count < max(FEWEST_BUTTONS, len(found) - 1):
        return found
    return _without_buttons(
        [
            block._replace(text=block.text[:-1], foreign=[button, *block.foreign])
            if block.text[-1:] == [button]
            else block
            for block in found
        ]
    )


def _without_bullets(found: list[Block]) -> list[Block]:
    bare = [unbulleted(block.title or "") for block in found]
    if len(found) < FEWEST_BULLETS or any(title == block.title for title, block in zip(bare, found, strict=True)):
        return found
    return [block._replace(title=title) for title, block in zip(bare, found, strict=True)]


def parts(lines: list[Line], start: int, end: int, inner: int) -> tuple[str | None, list[str], list[str]]:
    """Give a story's title, its text, and what stands behind it without belonging to it.

    Args:
        lines: the page's lines.
        start: the title's line.
        end: where the next story begins.
        inner: the most empty lines that stand between two lines of one story.
    """
    if start >= end:
        return None, [], []
    title = lines[start].text
    text: list[str] = []
    foreign: list[str] = []
    for k in range(start + 1, end):
        line = lines[k]
        if foreign or line.gap > inner or line.text.startswith("#") or markers.is_a(line.text, *markers.SECTIONS):
            foreign.append(line.text)
        else:
            text.append(line.text)
    return title, text, foreign
