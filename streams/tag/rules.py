"""Names by rules: in languages that the model of `segments.py` does not know.

A name is a run of capitalised words. What it names is told by the words around and in it, and by lists of given names
and places. Scripts without capitals have no names here.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from streams.tag.lexicon import word_class
from streams.tag.names import cues, given, organisations, places, surnames, towns
from streams.tag.stopwords import stopwords
from streams.text import MARKS

Kind = Literal["person", "organisation", "place", "other"]
_CAPITALS = "".join(c for c in map(chr, range(sys.maxunicode)) if c.isupper() and ord(c) < 0x590)  # noqa: PLR2004 - Latin, Greek, Cyrillic, Armenian
_SHORT = "(?:St|Ste|Mt|Ft|Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Sgt)"  # whose stop ends nothing
_WORD = rf"{_SHORT}\.(?= )|(?:[{_CAPITALS}]\.)+|[{_CAPITALS}][\w{MARKS}]*(?:[-'’&‑][\w{MARKS}]+)*"
_LINK = "of the|of|de la|de los|de|da|do|dos|das|del|della|di|du|des|van der|van den|van|von der|von|bin|ibn|al|el"
# A capital comes first in the pattern, so that the engine looks for one instead of trying each place.
_REST = (
    rf"(?:(?:te?|r|rs|s|rof|en|ep|ov|ol|gt)\.(?= [{_CAPITALS}])|\.(?:[{_CAPITALS}]\.)*"
    rf"|[\w{MARKS}]*(?:[-'’&‑][\w{MARKS}]+)*)"
)
_RUN = re.compile(rf"[{_CAPITALS}](?<![\w.].){_REST}(?:[ \u00a0](?:(?:{_LINK})[ ])?(?:{_WORD})){{0,6}}")
_PIECE = re.compile(rf"({_WORD})|({_LINK})(?= )")
_POSSESSIVE = re.compile("['’]s?$")
_ELISION = re.compile(r"^[^\W\d_]{1,4}['’](?=\w)")  # L'entraîneur, dell'Unione
_TURKISH_CASE = re.compile("['’].*$")
_BEGINS = re.compile(r"(?:^|[.!?…:]['\"”’»)]*\s+|[\"“«„‘(\[]|(?:^|\s)['—–-]\s?)$")
_SAYS = re.compile(
    r",? (?:said|says|told|added|warned|argued|insisted|claimed|who|sagte|a déclaré|dijo|disse|ha detto)\b"
)
_ROLE_ENDINGS = ("minister", "ministerin", "chef", "chefin", "präsident", "präsidentin", "kanzler", "sprecher")
_ORGANISATION_ENDINGS = ("dienst", "hilfswerk", "ministerium", "konzern", "verband", "zeitung", "wehr", "universität")
_PEOPLES = ("ian", "ians", "ish", "ese", "eans", "can", "cans", "aqi", "raeli", "stani")
_IN_ROLES = frozenset(["of", "of the", "de", "state"])
_ELIDING = frozenset({"fr", "it", "ca"})
_CUED: tuple[Kind, ...] = ("organisation", "other", "place")
_ACRONYM = 6  # letters at most
_HEADLINE = 2  # spaces in a run of capitals that is no name


class Mention(NamedTuple):
    """One place of a name in a text; whether a role stands before it, and whether it begins a sentence."""

    words: tuple[str, ...]
    start: int
    end: int
    titled: bool
    begins: bool


def told(paragraph: str, language: str) -> Iterator[tuple[Mention, Kind | None]]:
    """Yield the names of a paragraph, and what the rules tell that each names."""
    for mention in mentions(paragraph, language):
        words, _, end, titled, _ = mention
        yield mention, _kind_of(words, titled, bool(_SAYS.match(paragraph, end)))


def mentions(text: str, language: str) -> Iterator[Mention]:
    """Yield the names of a paragraph, each cut free of what stands around it."""
    stop = stopwords(language)
    for run in _RUN.finditer(text):
        written, at = run.group(), run.start()
        if " " not in written and written.lower() in stop and not is_acronym(written):
            continue
        if written.count(" ") >= _HEADLINE and written.isupper():
            yield from _places_of(written, at)
            continue
        begins = bool(_BEGINS.search(text[max(0, at - 6) : at]))
        for mention in _parsed(written, language, begins):
            words, start, end, titled, first = mention
            yield Mention(words, at + start, at + end, titled, first)


def _places_of(headline: str, at: int) -> Iterator[Mention]:
    """Yield the places that a headline in capitals names: of other words nothing tells a name."""
    words = [(word.group(), word.start()) for word in re.finditer(r"[^ ]+", headline)]
    for number in range(len(words)):
        for size in (2, 1):
            part = words[number : number + size]
            if len(part) == size and " ".join([word for word, _ in part]).title() in places():
                yield Mention(
                    tuple(word for word, _ in part), at + part[0][1], at + part[-1][1] + len(part[-1][0]), False, False
                )
                break


@cache
def _stopped(language: str) -> frozenset[str]:
    """Words that no name holds, whatever their capitals."""
    return (stopwords(language) | cues("skip")) - cues("role")


@lru_cache(maxsize=20_000)  # the names of some hundred articles, 500 bytes each
def _parsed(run: str, language: str, begins: bool) -> tuple[Mention, ...]:
    """Cut a run of capitalised words into names: at stop words, possessives, and roles ("President")."""
    stopped = _stopped(language)
    found: list[Mention] = []
    part: list[tuple[str, int]] = []
    for piece in _PIECE.finditer(run):
        word = piece.group()
        lower = word.lower().rstrip(".")
        cut = (_TURKISH_CASE if language == "tr" else _POSSESSIVE).sub("", word)
        elided = _ELISION.match(word) if language in _ELIDING else None
        link = piece.group(2) is not None
        if elided:
            found += _without_roles(part, begins=begins)
            begins = False
            named = word[elided.end()].isupper()
            part = [(cut[elided.end() :], piece.start() + elided.end())] if named else []
        elif link and part and (not lower.startswith("of") or part[-1][0].lower() in cues("of")):
            part.append((word, piece.start()))
        elif link or (lower in stopped and not is_acronym(word) and not (lower == "new" and piece.end() < len(run))):
            found += _without_roles(part, begins=begins)
            part, begins = [], begins and not part
        else:
            part.append((cut, piece.start()))
            if cut != word:  # a possessive ends the name
                found += _without_roles(part, begins=begins)
                part, begins = [], False
    found += _without_roles(part, begins=begins)
    return tuple(found)


def _without_roles(part: list[tuple[str, int]], *, begins: bool) -> Iterator[Mention]:
    """Cut "Russian Foreign Minister Sergey Lavrov" to the name, "Merkez Bankası Başkanı Erkan" to both."""
    while part and part[-1][0][0].islower():  # a link that leads nowhere
        part.pop()
    if not part:
        return
    lower = [word.lower().rstrip(".") for word, _ in part]
    role = [word in cues("role") or word.endswith(_ROLE_ENDINGS) for word in lower]
    if role[0] and all(is_role or word in _IN_ROLES for is_role, word in zip(role, lower, strict=True)):
        return
    organisation = lower[-1] in cues("organisation")
    last = max((at for at, is_role in enumerate(role) if is_role), default=-1)
    if last < 0 or organisation or last == len(part) - 1:
        yield from _without_neighbours(part, begins=begins)
        return
    first = last
    while first and (role[first - 1] or lower[first - 1] in _IN_ROLES or _is_adjective(part[first - 1][0])):
        first -= 1
    if first:
        yield _mention(part[:first], begins=begins)
    yield from _without_neighbours(part[last + 1 :], titled=True)


def _without_neighbours(
    part: list[tuple[str, int]], *, begins: bool = False, titled: bool = False
) -> Iterator[Mention]:
    """Cut a person's name from what stands beside it: "В Киеве Владимир", "Ali Ankara'da", "Canadian Ben Johnson"."""
    whole = " ".join([word for word, _ in part])
    if whole in organisations():
        yield _mention(part, titled=titled, begins=begins)
        return
    names = [is_given(word.lower()) for word, _ in part]
    for size in (2, 1):
        if len(part) > size and names[size] and not any(names[:size]):
            before = " ".join([word for word, _ in part[:size]])
            if size == 1 and _is_adjective(before):
                part, names, begins = part[1:], names[1:], False
            elif before in places() or _is_other_than(part[:size], part[size:]):
                yield _mention(part[:size], begins=begins)
                part, names, begins = part[size:], names[size:], False
    if len(part) == 2 and begins and part[1][0] in places() and not names[0] and not _names_more(part[0][0]):  # noqa: PLR2004 - "Karar Ankara'da"
        yield _mention(part[:1], begins=begins)
        part, names, begins = part[1:], names[1:], False
    if len(part) > 2 and names[0] and part[-1][0] in places():  # noqa: PLR2004 - two words of a name
        yield _mention(part[-1:])
        part = part[:-1]
    if len(part) > 1 and part[-1][0] in organisations():
        part = part[-1:]  # "Technologiekonzern Siemens"
    yield _mention(part, titled=titled, begins=begins)


def _is_other_than(before: Sequence[tuple[str, int]], name: Sequence[tuple[str, int]]) -> bool:
    """Whether what stands before a person's name is none of it: "ЦИК Элла Памфилова"."""
    if is_acronym(before[0][0]) and len(before) == 1:
        return not name[0][0].isupper()
    return len(name) == 2 and not any(  # noqa: PLR2004 - given and family name
        _names_more(word) or word.lower() in surnames() or word[0].islower() for word, _ in before
    )


def _names_more(word: str) -> bool:
    """Whether a word goes on with a name: "Universidad Carlos III", "Radio Paris"."""
    return any(word.lower() in cues(kind) for kind in _CUED)


def _mention(part: Sequence[tuple[str, int]], *, titled: bool = False, begins: bool = False) -> Mention:
    word, start = part[-1]
    return Mention(tuple(word for word, _ in part), part[0][1], start + len(word), titled, begins and len(part) == 1)


def _is_adjective(word: str) -> bool:
    """Whether a capitalised word is one of a people rather than a name: "Russian", "Americans"."""
    lower = word.lower()
    return word_class(word, first=False) == "J" or (lower.endswith(_PEOPLES) and lower not in given())


def is_acronym(word: str) -> bool:
    """Whether a word is a few capitals."""
    return 1 < len(word) <= _ACRONYM and word.isupper() and word.isalpha()


def is_given(word: str) -> bool:
    """Whether a word in lower case is a given name: "jean-pierre", too."""
    return word.partition("-")[0] in given()


@lru_cache(maxsize=20_000)
def _kind_of(words: tuple[str, ...], titled: bool, says: bool) -> Kind | None:
    """Tell what a name names, by its own words; None where they do not tell."""
    whole = " ".join(words)
    first, last = words[0].lower().rstrip("."), words[-1].lower().rstrip(".")
    many = len(words) > 1
    if whole in places() or (whole.isupper() and whole.title() in places()) or (many and whole in towns()):
        return "place"
    if whole in organisations() or last.endswith(_ORGANISATION_ENDINGS):
        return "organisation"
    if many and is_given(first) and last not in cues("organisation"):
        return "person"
    for kind in _CUED:
        if last in cues(kind) or (many and first in cues(kind)):
            return kind
    acronym = is_acronym(whole)
    if titled or (says and not acronym) or (not many and is_given(first)):
        return "person"
    return "organisation" if acronym else None
