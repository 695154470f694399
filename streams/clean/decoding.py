"""A crawled page's bytes to text: base64, gzip, size, character set.

The character set is told, in this order, by a byte order mark, by the bytes being valid UTF-8 (which text in another
set hardly ever is by chance), by the HTTP header, by the page's own meta element, and by charset-normalizer.
"""

import base64
import binascii
import re
import zlib

import charset_normalizer
from msgspec import Struct

from streams.errors import ErrorCode, Refused
from streams.events import RawPage

HEAD = 4096  # bytes in which a meta element or a binary format shows itself; browsers look at 1024
SAMPLE = 1 << 16  # bytes given to charset-normalizer, which is slow
MOST_WRAPPINGS = 2  # gzip in gzip: a server that compresses what was compressed already
WESTERN = "cp1252"  # what browsers take a page of no known set for, in most of the world (WHATWG Encoding)
# The sets that browsers know (the same standard), less Apple's: not those of DOS and EBCDIC, which no page is in.
LEGACY = [
    *(f"cp{number}" for number in (1252, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258, 866, 874, 932, 949)),
    *(f"iso8859_{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *("koi8_r", "koi8_u", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp"),
]
_LABELS = {  # WHATWG Encoding: what the label means to a browser
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "tis-620": "cp874",
}
_MAGIC = {
    b"%PDF-": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"PK\x03\x04": "ZIP",
    b"RIFF": "RIFF",
    b"\x7fELF": "ELF",
    b"MZ": "Windows program",
    b"OggS": "Ogg",
    b"ID3": "MP3",
    b"\xd0\xcf\x11\xe0": "Microsoft Office",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"wOFF": "font",
    b"wOF2": "font",
    b"\x00\x00\x01\x00": "icon",
    b"SQLite": "database",
}
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}encoding=[\"']([\w.:-]+)", re.IGNORECASE
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST_CONTROL = 0.05  # share of control characters in the head, above which bytes are no text
MOST_NULS = 0.2  # the same for NULs, once UTF-16 and UTF-32 are ruled out
FEWEST_NULS_UTF16 = 0.3  # text of the Latin script in UTF-16 has a NUL in nearly every second byte
MOST_BROKEN = 0.01  # share of the non-ASCII bytes that may be broken in a page that still is UTF-8


class Decoded(Struct, frozen=True):
    """A page as text, and how its character set was told."""

    text: str
    charset: str
    told_by: str


def decode(page: RawPage, max_body_bytes: int) -> Decoded:
    """Give the page as text.

    Raises:
        Refused: `too_large`, `charset`, `not_article` (binary data) or `schema` (no base64).
    """
    if page.body is not None:
        size = len(page.body)
        if size > max_body_bytes or (
            size * 4 > max_body_bytes and len(page.body.encode("utf-8", "replace")) > max_body_bytes
        ):
            raise Refused(ErrorCode.TOO_LARGE, f"the page has more than {max_body_bytes} bytes")
        return Decoded(page.body, "unicode", "event")
    try:
        data = base64.b64decode(page.body_b64 or "", validate=True)
    except (binascii.Error, ValueError):
        try:
            # Wrapped lines, the URL's alphabet (RFC 4648 section 5) and missing padding are read, too; nothing else is.
            text = "".join((page.body_b64 or "").split()).replace("-", "+").replace("_", "/").rstrip("=")
            data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise Refused(ErrorCode.SCHEMA, "`body_b64` is not base64") from None
    data = _unwrapped(data, max_body_bytes)
    if len(data) > max_body_bytes:
        raise Refused(ErrorCode.TOO_LARGE, f"the page has {len(data)} bytes, more than {max_body_bytes}")
    return _to_text(data, page)


def _unwrapped(data: bytes, limit: int) -> bytes:
    for _ in range(MOST_WRAPPINGS):
        if not data.startswith(b"\x1f\x8b\x08"):
            break
        inflater = zlib.decompressobj(wbits=31)
        try:
            data = inflater.decompress(data, limit + 1)
        except zlib.error:
            raise Refused(ErrorCode.NOT_ARTICLE, "the page is gzip data that is broken") from None
    return data


def _to_text(data: bytes, page: RawPage) -> Decoded:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(name, "replace"), name, "byte order mark")
    head = data[:HEAD]
    if wide := _utf16(head):
        return Decoded(data.decode(wide, "replace"), wide, "bytes")
    _refuse_binary(head)
    declared = _declared(head, page)
    if not any(name.startswith(("iso-2022", "hz")) for name, _ in declared):
        try:
            return Decoded(data.decode("utf-8"), "utf-8", "bytes")
        except UnicodeDecodeError:
            pass
    for name, told_by in declared:
        if name not in ("utf-8", "utf8"):
            try:
                return Decoded(data.decode(name), name, told_by)
            except (UnicodeDecodeError, LookupError, ValueError):
                continue
    return _guessed(data, declared)


def _refuse_binary(head: bytes) -> None:
    if (kind := next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)) or head[4:8] == b"ftyp":
        raise Refused(ErrorCode.NOT_ARTICLE, f"the page is no text: {kind or 'MP4'}")
    if len(_CONTROL.findall(head)) > MOST_CONTROL * len(head) or head.count(0) > MOST_NULS * len(head):
        raise Refused(ErrorCode.NOT_ARTICLE, "the page is no text: binary data")


def _utf16(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > FEWEST_NULS_UTF16 * len(head) and even * 10 < odd:
        return "utf-16-le"
    if even > FEWEST_NULS_UTF16 * len(head) and odd * 10 < even:
        return "utf-16-be"
    return None


def _declared(head: bytes, page: RawPage) -> list[tuple[str, str]]:
    headers = {str(k).lower(): str(v) for k, v in (page.headers or {}).items()}
    said = [_CHARSET.search(value or "") for value in (page.content_type, headers.get("content-type"))]
    found = [(match[1].lower(), "HTTP header") for match in said if match]
    if meta := _META.search(head):
        found.append(((meta[1] or meta[2]).decode("ascii", "replace").lower(), "meta element"))
    return [(_LABELS.get(name, name), told_by) for name, told_by in found]


def _guessed(data: bytes, declared: list[tuple[str, str]]) -> Decoded:
    text = data.decode("utf-8", "replace")
    strange = sum(b >= 0x80 for b in data[: 1 << 20])  # noqa: PLR2004 - not ASCII
    broken = text[: 1 << 20].count("\ufffd")
    few = broken <= max(3, MOST_BROKEN * strange) and broken * 2 < strange  # else it is another set's text, and short
    if few and not _single_byte(declared):
        return Decoded(text.replace("\ufffd", ""), "utf-8", "bytes, few of them broken")
    if name := _likeliest(data[:SAMPLE]):
        return Decoded(data.decode(name, "replace"), name, "charset-normalizer")
    for name, told_by in declared:
        try:
            return Decoded(data.decode(name, "replace"), name, told_by)
        except LookupError:
            continue
    raise Refused(ErrorCode.CHARSET, "the page's bytes are text in no known character set")


def _likeliest(data: bytes) -> str | None:
    """Guess the set; where several fit alike, the one that browsers take (docs/decisions.md)."""
    found = charset_normalizer.from_bytes(data, cp_isolation=LEGACY)
    best = found.best()
    if best is None:
        return None
    for other in found:
        alike = other.chaos <= best.chaos and other.coherence >= best.coherence
        if alike and WESTERN in (other.encoding, *other.could_be_from_charset):
            return WESTERN
    return best.encoding


def _single_byte(declared: list[tuple[str, str]]) -> bool:
    return any(name.startswith(("cp125", "iso-8859", "windows-125", "koi8")) for name, _ in declared)
