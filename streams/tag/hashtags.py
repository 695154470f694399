"""Hashtags: what the page printed itself, then its best names and phrases in CamelCase."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from streams.events import Entity, Keyword
from streams.text import MARKS

MOST = 8  # people stop reading there
_DROPPED = re.compile("['’.\u200c\u200d]")  # O'Neill, U.S.
_OUTSIDE = re.compile(rf"[^\w{MARKS}]|_")
_LONGEST = 30  # characters: longer ones are sentences, which nobody clicks
_NAMES = 4  # half of the tags, so that what happened is told beside who did it
_SHARED = 5  # letters: #Россия and #России; but not #Iran and #Iraq
_ENDING = 3  # letters, of the longer
_SURE = 0.25  # a keyword's score under which it is no headline word


def hashtags(page: Sequence[str], entities: Sequence[Entity], keywords: Sequence[Keyword]) -> list[str]:
    """Choose at most eight hashtags: the page's own as printed, then entities, then keywords, without near-repeats."""
    chosen: dict[str, str] = {}
    for printed in page:
        tag = "#" + printed.strip().lstrip("#＃").strip()
        _add(chosen, tag, near=False)
    for text in _candidates(entities, keywords):
        if len(chosen) >= MOST:
            break
        _add(chosen, camel_case(text), near=True)
    return list(chosen.values())[:MOST]


def _candidates(entities: Sequence[Entity], keywords: Sequence[Keyword]) -> Iterable[str]:
    """Names first, but not only names: a few of them, the sure keywords, then the other names."""
    names = [entity.text for entity in entities if entity.type != "other" or len(entity.offsets) > 1]
    yield from names[:_NAMES]
    yield from (keyword.text for keyword in keywords if keyword.score >= _SURE)
    yield from names[_NAMES:]


def camel_case(text: str) -> str:
    """Write a phrase as one hashtag: #PrisonerExchange; without capitals in the script: #قمة_المناخ."""
    parts = _OUTSIDE.sub(" ", _DROPPED.sub("", unicodedata.normalize("NFC", text))).split()
    cased = any(part[0].upper() != part[0].lower() for part in parts)
    return "#" + ("" if cased else "_").join(part[0].upper() + part[1:] for part in parts)


def _add(chosen: dict[str, str], tag: str, *, near: bool) -> None:
    key = _OUTSIDE.sub("", tag.casefold())
    if not key or key.isdigit() or len(tag) > _LONGEST + 1 or key in chosen:
        return
    if near and any(_is_near(key, other) for other in chosen):
        return
    chosen[key] = tag


def _is_near(one: str, other: str) -> bool:
    """Whether two tags say nearly the same: one holds the other, or only their endings differ (#Policy, #Policies)."""
    if one in other or other in one:
        return True
    shared = next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return shared >= _SHARED and max(len(one), len(other)) - shared <= _ENDING
