"""The tail of an aggregator's page: hashtags, promotion, comments, between the story and the related stories.

It is read backwards, section by section, so that a line "Comments" inside prose stays. Headings are known by their
words (tables/markers.json) or, once related stories are found, by their shape.
"""

import re
from collections.abc import Iterable

from msgspec import Struct, field

from streams.clean.extraction import CutKind
from streams.clean.plain import blocks, markers
from streams.clean.plain.blocks import SENTENCE_END, Line

LONGEST_HEADING = 48  # characters of a heading known by its shape only
LONGEST_HEADING_WORDS = 6
LONGEST_NAME = 40  # characters of a commenter's name
LONGEST_COMMENT = 3  # lines
LONGEST_PROMO = 100  # characters of a line of a promotion known by its shape only
LONGEST_GROUP = 12  # lines of the sections, comments aside
MOST_PROMO_LINES = 6
LONGEST_KNOWN_LABELS = 2  # such lines on a page whose other words are known
FEWEST_LABELS = 3  # lines of a last group on a page without related stories
FEWEST_STORY_LINES = 2  # title and a line
LONGEST_LABEL = 60  # characters of a line of a section known by nothing but its place
LONGEST_LABEL_WORDS = 10
LONGEST_BARE_HEADING_WORDS = 2  # of a heading that has nothing below it
LONGEST_BARE_HEADING = 24  # characters of it
LONGEST_TAG_WORDS = 3  # of a tag printed without "#"
FEWEST_PROSE_WORDS = 6  # of a line that ends like a sentence, to be prose
_HASHTAG = re.compile(r"[#＃][^\s#＃,;،、|·•]+")
_HASHTAG_LINE = re.compile(r"(?:[-–•*▪·]\s*)?(?:[#＃][^\s#＃,;،、|·•]+[\s,;،、|·•]*)+")
_TAG_SEPARATOR = re.compile(r"\s*[,;،、|·•/]\s*")
_COUNT = re.compile(r"\s*[(\[]?\d+[)\]]?\s*$")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")


class Tail(Struct):
    """Where the tail of the page begins, as far as it has been read backwards, and what it holds."""

    at: int
    hashtags: list[str] = field(default_factory=list)
    comments: int | None = None
    commented: bool = False  # the section of comments has been read
    promoted: bool = False
    sections: int = 0
    tagged: bool = False  # the hashtags have been read; above them is the story, most often
    topmost: bool = True  # above the hashtags is the story: other sections stood below them
    strange: bool = False  # a heading was known by its shape only: the page's words are not in the table
    frames: frozenset[str] = frozenset()  # words of ages in a language that is not known
    unsure: bool = False  # ages stand in a form that might be something else ("Jun 7")
    cut: list[tuple[CutKind, int, int, str]] = field(default_factory=list)

    def take(self, kind: CutKind, count: int, reason: str) -> None:
        """Move the last `count` lines of the story to the tail."""
        self.cut.append((kind, self.at - count, self.at, reason))
        self.at -= count


def read(lines: list[Line], run: list[blocks.Block]) -> Tail:
    """Read backwards over every section that is no part of the story."""
    tail = Tail(at=run[0].start if run else len(lines), frames=_frames(run))
    tail.unsure = any(block.age and not block.age.sure for block in run)
    aggregator = bool(run)
    if run:
        _take_related_heading(lines, tail)
        _read_foreign(run[-1].foreign, tail)
    else:
        _take_footer(lines, tail)
    before = -1
    while tail.at != before and tail.at > 0:
        before = tail.at
        _take_comments(lines, tail, aggregator=aggregator)
        _take_known(lines, tail)
        if not tail.tagged:
            _take_unknown_group(lines, tail, aggregator=aggregator)
        _take_hashtags(lines, tail, aggregator=aggregator)
        while tail.at > 1 and tail.sections and markers.is_a(lines[tail.at - 1].text, "ads"):
            tail.take("promo", 1, "advertisement")
    if not aggregator and not tail.sections:
        _take_last_group(lines, tail)
    if aggregator or tail.strange:
        _take_strange(lines, tail)
    return tail


def _frames(run: list[blocks.Block]) -> frozenset[str]:
    unknown = [blocks.frame(block.age_text) for block in run if block.age_text and block.age is None]
    return frozenset(set.union(*unknown)) if unknown else frozenset()


def _take_related_heading(lines: list[Line], tail: Tail) -> None:
    last = lines[tail.at - 1].text if tail.at > 0 else ""
    if markers.is_a(last, "related"):
        tail.take("related", 1, "heading of the related stories")
    elif heading(last) and tail.at > 1 and not _is_hashtags(last):
        tail.strange = True
        tail.take("related", 1, "heading of the related stories, by its shape")


def _read_foreign(foreign: list[str], tail: Tail) -> None:
    """Read hashtags and comments that stand behind the related stories."""
    for line in foreign:
        if _is_hashtags(line):
            tail.hashtags += _HASHTAG.findall(line)
            tail.tagged = True
        elif markers.is_a(line, "no_comments"):
            tail.comments = 0


def _take_strange(lines: list[Line], tail: Tail) -> None:
    """Cut what stands between the story's prose and the sections, in words that are not known.

    One story of twenty-five ends with such a line of its own; a page whose words are not known has sections more often.
    """
    if tail.promoted or (tail.tagged and tail.topmost) or not (tail.strange or tail.sections):
        return
    count = 0
    while count < MOST_PROMO_LINES and tail.at - count > 1:
        text, above = lines[tail.at - count - 1].text, lines[tail.at - count - 2].text
        if not _is_label(text) and not (tail.strange and len(text) <= LONGEST_HEADING and is_bare(above)):
            break
        count += 1
    if count > tail.tagged and (tail.strange or count <= LONGEST_KNOWN_LABELS):
        tail.take("promo", count, "short lines between the story and the sections, in words that are not known")


def _take_last_group(lines: list[Line], tail: Tail) -> None:
    """Cut a page's last group of short lines, in words that are not known, below a story without empty lines."""
    start = next((at for at in range(tail.at - 1, max(tail.at - LONGEST_GROUP, 1), -1) if lines[at].gap), None)
    if start is None or tail.at - start < FEWEST_LABELS or any(line.gap for line in lines[FEWEST_STORY_LINES:start]):
        return
    if sum(is_prose(line.text) for line in lines[1:start]) < FEWEST_STORY_LINES:
        return
    if all(_is_label(line.text) for line in lines[start : tail.at]):
        tail.strange = True
        tail.take("promo", tail.at - start, "last group of short lines, in words that are not known")


def _is_label(line: str) -> bool:
    if len(line) > LONGEST_LABEL or len(line.split()) > LONGEST_LABEL_WORDS:
        return False
    return heading(line) or line.endswith((":", "：", "...", "…"))


def _is_hashtags(line: str) -> bool:
    return ("#" in line or "＃" in line) and _HASHTAG_LINE.fullmatch(line) is not None


def is_prose(line: str) -> bool:
    """Whether a line is a sentence or long, so no part of a section."""
    return len(line) > LONGEST_PROMO or (
        line.endswith(SENTENCE_END)
        and not line.endswith(("...", "…"))
        and len(line.split()) >= FEWEST_PROSE_WORDS
        and not markers.kinds(line)
    )


def _take_footer(lines: list[Line], tail: Tail) -> None:
    start = tail.at
    while tail.at > 1 and markers.is_a(last := lines[tail.at - 1].text, "ads", "footer"):
        if is_prose(last) or (markers.is_a(last, "related") and tail.at < start):
            break
        tail.take("promo", 1, "footer of the page")
    if tail.at > 1 and markers.is_a(lines[tail.at - 1].text, "related"):
        tail.take("related", 1, "heading of related stories, none of which is there")


def is_bare(line: str) -> bool:
    """Whether a line may be a heading of a word or two."""
    return (
        len(line) <= LONGEST_BARE_HEADING and len(_WORD.findall(line)) <= LONGEST_BARE_HEADING_WORDS and heading(line)
    )


def heading(line: str) -> bool:
    """Whether a line may be a heading, in whatever words."""
    if len(line) > 2 * LONGEST_HEADING:
        return False
    line = blocks.unbulleted(_COUNT.sub("", line))
    if not line or len(line) > LONGEST_HEADING or len(line.split()) > LONGEST_HEADING_WORDS:
        return False
    return not line.endswith(SENTENCE_END) and not line.startswith(("#", "＃")) and any(map(str.isalpha, line))


# ----------------------------------------------------------------------------------------------------------- comments


def _take_comments(lines: list[Line], tail: Tail, *, aggregator: bool) -> None:
    if tail.commented or tail.at < 2:  # noqa: PLR2004 - the title and a heading
        return
    last = lines[tail.at - 1].text
    if markers.is_a(last, "no_comments"):
        above = lines[tail.at - 2].text if tail.at > 2 else ""  # noqa: PLR2004
        headed = markers.is_a(above, "comments") or (aggregator and tail.strange and is_bare(above))
        tail.take("comments", 2 if headed else 1, "section of comments, without any")
        tail.comments, tail.commented, tail.sections = 0, True, tail.sections + 1
        return
    if markers.is_a(last, "comments"):
        number = _NUMBER.search(last)
        tail.take("comments", 1, "heading of the comments")
        tail.comments, tail.commented = int(number.group()) if number else None, True
        tail.sections += 1
        return
    start, count = tail.at, 0
    while (age := _comment_before(lines, start, tail)) is not None:
        start, count = age - 1, count + 1
    if not count or start < 1:
        return
    above = lines[start - 1].text
    if start > 1 and (markers.is_a(above, "comments") or (aggregator and heading(above))):
        tail.strange |= not markers.is_a(above, "comments")
        start -= 1
    elif count < 2:  # noqa: PLR2004 - one name and age alone may be prose
        return
    tail.take("comments", tail.at - start, "comments: a name, an age and a text each")
    tail.comments, tail.commented, tail.sections = count, True, tail.sections + 1


def _comment_before(lines: list[Line], end: int, tail: Tail) -> int | None:
    """Give the line of the age of the comment that ends at `end`, None where there is no comment."""
    for at in range(end - 2, max(end - 3 - LONGEST_COMMENT, 1), -1):
        if _is_hashtags(lines[at + 1].text) or markers.is_a(lines[at + 1].text, "hashtags"):
            return None
        if not _is_age(lines[at].text, tail):
            continue
        name = blocks.unbulleted(lines[at - 1].text)
        if len(name) <= LONGEST_NAME and not name.endswith((":", "?", "!", "…")) and not name.startswith("#"):
            return None if _is_age(name, tail) else at
    return None


def _is_age(line: str, tail: Tail) -> bool:
    known = blocks.read_age(line)[1]
    return bool(known and (known.sure or tail.unsure)) or bool(tail.frames and tail.frames & blocks.frame(line))


# ------------------------------------------------------------------------------------------------ promotion, hashtags


def _take_known(lines: list[Line], tail: Tail) -> None:
    """Cut the last group of short lines from the first known heading in it on, whatever else stands in it."""
    wanted = {"promo"} if not tail.promoted else set()
    wanted |= {"comments", "no_comments"} if not tail.commented else set()
    first, seen = None, set[str]()
    for at in range(tail.at - 1, max(tail.at - 1 - LONGEST_GROUP, 0), -1):
        text = lines[at].text
        known = markers.kinds(text)
        if "hashtags" in known or _is_hashtags(text) or is_prose(text):
            break
        if known & wanted:
            first, seen = at, seen | known
    if first is None:
        return
    tail.promoted |= "promo" in seen
    tail.commented |= "comments" in seen or "no_comments" in seen
    tail.comments = 0 if "no_comments" in seen else tail.comments
    tail.take("promo", tail.at - first, "promotion of the site's own features")
    tail.sections += 1


def _take_unknown_group(lines: list[Line], tail: Tail, *, aggregator: bool) -> None:
    """Cut a last group of short lines, in words that are not known: a promotion or comments in another language.

    A group begins below the page's hashtags, or below an empty line; one with sentences below the hashtags only.
    """
    prose = False
    for start in range(tail.at - 1, max(tail.at - 1 - MOST_PROMO_LINES, 0), -1):
        line = lines[start]
        count = 0
        if len(line.text) > LONGEST_PROMO or (prose and start < FEWEST_STORY_LINES):
            return
        if _heads_group(lines, start, tail, aggregator=aggregator):
            count = tail.at - start - 1
        elif is_prose(line.text):
            prose = True
            continue
        elif line.gap and aggregator and not prose:
            count = tail.at - start
            if count == 1 and not _stands_apart(lines, start, tail):
                return
        else:
            continue
        if count:
            tail.take("promo", count, "last group of short lines before the related stories")
            tail.sections += 1
        return


def _heads_group(lines: list[Line], at: int, tail: Tail, *, aggregator: bool) -> bool:
    """Whether a line is the page's hashtags, or their heading with something else below it."""
    text = lines[at].text
    if markers.is_a(text, "hashtags"):
        return not _bare_tags(text, [line.text for line in lines[at + 1 : tail.at]])
    if not _is_hashtags(text):
        return False
    while at > 1 and _is_hashtags(lines[at - 1].text):
        at -= 1
    return aggregator or heading(lines[at - 1].text)


def _stands_apart(lines: list[Line], at: int, tail: Tail) -> bool:
    """Whether one short line below an empty one is a section: below hashtags, or the story has no empty lines."""
    above = lines[at - 1].text
    if _is_hashtags(above) or markers.is_a(above, "hashtags"):
        return True
    story = lines[FEWEST_STORY_LINES:at]
    prose = any(x.text.endswith(SENTENCE_END) for x in lines[1:at])
    return (
        prose
        and not lines[at].text.endswith(SENTENCE_END)
        and (tail.strange or bool(tail.sections))
        and not any(x.gap for x in story)
    )


def _bare_tags(above: str, below: Iterable[str]) -> list[str]:
    """Read tags printed without "#": short, several on one line or a line each, below a known heading."""
    rows = list(below)
    pieces = [piece for row in rows for piece in _TAG_SEPARATOR.split(blocks.unbulleted(row)) if piece]
    if len(pieces) < 2 or any(len(p.split()) > LONGEST_TAG_WORDS or p.endswith(SENTENCE_END) for p in pieces):  # noqa: PLR2004 - one alone may be a promotion
        return []
    if any(markers.kinds(row) for row in rows) or not markers.is_a(above, "hashtags"):
        return []
    return ["#" + "".join(piece.split()) for piece in pieces]


def _take_hashtags(lines: list[Line], tail: Tail, *, aggregator: bool) -> None:
    if tail.tagged:
        return
    start = tail.at
    while start > 1 and _is_hashtags(lines[start - 1].text):
        start -= 1
    tags = [tag for line in lines[start : tail.at] for tag in _HASHTAG.findall(line.text)]
    if not tags:
        start, tags = _unmarked(lines, tail)
    elif start > 1:
        above = lines[start - 1].text
        name, _, inline = above.partition("#")
        if markers.is_a(above, "hashtags") or (heading(above) and (aggregator or is_bare(above))):
            start -= 1
        elif inline and markers.is_a(name, "hashtags") and _is_hashtags("#" + inline):
            tags = _HASHTAG.findall("#" + inline) + tags
            start -= 1
    if start < tail.at:
        tail.take("hashtags", tail.at - start, "hashtags of the page")
        tail.topmost = tail.sections > 0
        tail.hashtags, tail.tagged, tail.sections = tags, True, tail.sections + bool(tags)


def _unmarked(lines: list[Line], tail: Tail) -> tuple[int, list[str]]:
    """Find a heading of hashtags with nothing below it, or with tags that have no "#", or in the same line."""
    for start in range(tail.at - 1, max(tail.at - 1 - LONGEST_GROUP, 0), -1):
        text = lines[start].text
        if markers.is_a(text, "hashtags"):
            below = lines[start + 1 : tail.at]
            tags = _bare_tags(text, [line.text for line in below]) if not any(x.gap for x in below) else []
            return (start, tags) if tags or not below else (tail.at, [])
        name, mark, inline = text.partition("#")
        if start == tail.at - 1 and mark and name and _is_hashtags("#" + inline):
            if markers.is_a(name, "hashtags") or (name.rstrip().endswith((":", "：")) and is_bare(name)):
                return start, _HASHTAG.findall("#" + inline)
            return tail.at, []
        if is_prose(text):
            break
    return tail.at, []


def leading_hashtags(texts: list[str]) -> tuple[int, list[str]] | None:
    """Find hashtags that stand above the story: how many lines they take, and the tags."""
    start = int(bool(texts) and markers.is_a(texts[0], "hashtags"))
    end = start
    while end < len(texts) and _is_hashtags(texts[end]):
        end += 1
    return (end, [tag for text in texts[start:end] for tag in _HASHTAG.findall(text)]) if end else None
