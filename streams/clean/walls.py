"""Pages that hold text but no story: error pages, and walls before a story that is not there.

An error page is one whose title or first line is nothing but an error's name ("404 Not Found", "Seite nicht gefunden",
"Log in") above little text, without author and date. A wall is a page whose text asks to log in, to pay, to accept
cookies or to enable JavaScript, and says nothing else: beside such lines one whole sentence is a story. So a story is
never refused for its subject. The words of some twenty languages are a table, no_story.json.
"""

import re
from functools import cache

from streams.clean.body.context import size_of
from streams.clean.extraction import Extraction
from streams.clean.tables import load
from streams.errors import ErrorCode, Refused

LONGEST_ERROR = 600  # characters of an error page's text: an excuse and what else to try
LONGEST_WALL = 1500  # characters of a wall's text: the offers of a subscription
LONGEST_LINE = 120  # characters of an error's name with the site's
LONGEST_SITE = 4  # words
SENTENCE = 50  # characters from which on a line that ends like a sentence is one
LINE = 80  # and from which on any line is
_PARTS = re.compile(r"\s[-–—·/]\s|\s?[|•»]\s?")
_CODE = re.compile(r"\b(?:40[0-9]|410|429|451|50[0-4])\b|\b(?:http|error|fehler|erreur|errore|erro|fout|hata|ошибка)\b")
_NO_LETTER = re.compile(r"[\W_]+")
_END = re.compile(r"[.!?…。！？؟।۔][\"'”’»)\]]*$")


def refuse(found: Extraction) -> None:
    """Refuse a page without a story.

    Raises:
        Refused: `not_article` for an error page, `no_text` for a wall.
    """
    length = sum(map(size_of, found.paragraphs))
    if not found.paragraphs or found.related or length > LONGEST_WALL:
        return
    dated = found.published_at and found.provenance["published_at"].method != "url"
    signed = bool(found.authors or dated)
    if length <= LONGEST_ERROR and not signed and any(map(_is_error, (found.title or "", found.paragraphs[0]))):
        raise Refused(ErrorCode.NOT_ARTICLE, "an error page")
    others = [line for line in found.paragraphs if not _walls().search(_folded(line))]
    if sum(map(size_of, others)) < length / 2 and not any(map(_is_sentence, others)):
        raise Refused(ErrorCode.NO_TEXT, "a wall without a story")


def _is_error(line: str) -> bool:
    if len(line) > LONGEST_LINE:
        return False
    parts = [part for part in _PARTS.split(line) if part]
    others = [part for part in parts if not _is_error_name(part)]
    return len(others) < len(parts) and len(others) <= 1 and all(len(p.split()) <= LONGEST_SITE for p in others)


def _is_error_name(part: str) -> bool:
    folded = _folded(part)
    name = " ".join(_CODE.sub(" ", folded).split())
    return name in _errors() if name else bool(folded)


def _is_sentence(line: str) -> bool:
    size = size_of(line)
    return size >= LINE or (size >= SENTENCE and bool(_END.search(line)))


def _folded(line: str) -> str:
    return _NO_LETTER.sub(" ", line.casefold()).strip()


@cache
def _errors() -> frozenset[str]:
    return frozenset(map(_folded, load("no_story")["errors"]))


@cache
def _walls() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(_folded(words)) for words in load("no_story")["walls"]))
