"""Text that is safe to print: no control characters, lone surrogates, bidi overrides or invisible padding.

Kept: joiners (U+200C, U+200D), which Persian, Indic scripts and emoji need, and the plain direction marks.
"""

import re
from collections.abc import Iterator

import ftfy
from ftfy.badness import is_bad

# C0/C1 controls, soft hyphen, zero width space, bidi embeddings and isolates (Unicode TR 9), word joiner and invisible
# operators, BOM, surrogates, interlinear annotation, non-characters, tag characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufdd0-\ufdef"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
DIRECTIONS = "\u200e\u200f"  # around a whole line they say nothing
_STACKED = re.compile(
    r"([\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4})[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_MOJIBAKE_HINT = re.compile("[ÂÃâÐÑ][\x80-\xbf\u0152-\u0178\u02c6\u02dc\u2013-\u2122€]")
_MOJIBAKE = "ÂÃâÐÑ"
_MARKS = (b"\xcc", b"\xcd", b"\xd2\x89", b"\xe1\xaa", b"\xe1\xab", b"\xe1\xb7", b"\xe2\x83")  # _STACKED's, in UTF-8
_SAFE = bytes([*range(0x20, 0x7F), *b"\r\n"])  # most of a page: what is left once they are out is looked at


def line(text: str) -> str:
    """Clean one line: unsafe characters out, white space single, mojibake mended, at most four stacked accents."""
    if not text.isascii():
        if ("Â" in text or "Ã" in text or "â" in text or "Ð" in text or "Ñ" in text) and _MOJIBAKE_HINT.search(text):
            text = ftfy.fix_encoding(text) if is_bad(text) else text
        if not text.isprintable():  # all that is unsafe is not
            text = _UNSAFE.sub("", text)
        text = _STACKED.sub(r"\1", text)
    elif not text.isprintable():
        text = _UNSAFE.sub("", text)
    return " ".join(text.split()).strip(DIRECTIONS)


def lines(text: str) -> Iterator[str]:
    """Clean every line of a text; the same as `line` on each, at a fifth of its cost on a clean text."""
    data = text.encode("utf-8", "surrogatepass").translate(None, _SAFE)
    rest = data.decode("utf-8", "surrogatepass")
    suspect = any(mark in data for mark in _MARKS) or any(letter in rest for letter in _MOJIBAKE)
    clean = not suspect and rest.isprintable()  # all that is unsafe is not printable
    if clean and "  " not in text:
        yield from map(str.strip, text.splitlines())
        return
    for raw in text.splitlines():
        if not clean and (not raw.isprintable() or (suspect and not raw.isascii())):
            yield line(raw)
        else:
            yield " ".join(raw.split()) if "  " in raw else raw.strip()
