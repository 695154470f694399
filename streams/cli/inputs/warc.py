"""Pages of a web archive: WARC 1.0 and 1.1 (ISO 28500). A response that holds HTML or text becomes a raw event.

A record is a version line, headers, an empty line, `Content-Length` bytes and two line ends. That is read here, by
hand: fastwarc 2.0 hands on a record that breaks off as if it were whole, and panics at a pipe (docs/decisions.md).

What is sent of a response: its address, the record's date as `fetched_at`, HTTP status and headers (no cookies), and
the body's bytes. A status of 404, 410 or 451 is a take-down, as everywhere. Everything else that archives hold
(requests, redirects, errors, pictures, revisits, which have no body) is counted and left out.
"""

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.cli.inputs.item import About, Told, counted
from streams.cli.inputs.unpack import CHUNK, Broken, Stream

KIND = "WARC"
HEAD_BYTES = 1 << 16  # of a record's headers, or a response's; servers send 8 KiB at most (nginx, Apache)
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
TYPES = {"warcinfo", "request", "metadata", "revisit", "conversion", "continuation"}  # ISO 28500, the others of them
ENCODINGS = {"br", "zstd", "compress"}  # IANA's others
SECRET = {"set-cookie", "set-cookie2"}  # a visitor's, not the page's
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")  # RFC 9112 section 7.1


class Record(NamedTuple):
    """A record's headers, their names in lower case, and its block."""

    headers: dict[str, str]
    block: bytes | None  # null: too large


def read(path: Path, stream: Stream, told: Told, known: About) -> Iterator[tuple[bytes, str]]:
    """Give the raw event of each page, and where its record stands."""
    number = 0
    try:
        for number, record in enumerate(_records(stream, told.largest), 1):
            where = f"{path} record {number:,}"
            kind = record.headers.get("warc-type", "").lower()
            if record.block is None:
                told.leave_out(KIND, "too large")
                told.remark(f"{where}: more than {told.largest:,} bytes are left out")
            elif kind not in {"response", "resource"}:
                told.leave_out(KIND, f"{kind if kind in TYPES else 'unknown'} records")
            else:
                made = _response(record) if kind == "response" else _resource(record)
                if isinstance(made, str):
                    told.leave_out(KIND, made)
                else:
                    yield _event(record, made, known), where
    except Broken as broken:
        raise Broken(f"{broken} after {counted(number, 'record')}") from None


def _records(stream: Stream, largest: int) -> Iterator[Record]:
    while True:
        line = stream.readline(HEAD_BYTES)
        while line in {b"\r\n", b"\n"}:
            line = stream.readline(HEAD_BYTES)
        if not line:
            return
        if not line.startswith(b"WARC/"):
            raise Broken("it holds no WARC record where one must begin")
        headers = _headers(_head(stream))
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            raise Broken("a record does not say how long it is")
        size = int(length[:18])
        block = stream.read(size) if size <= largest else None
        skipped = _skip(stream, size) if block is None else len(block)
        if skipped < size:
            raise Broken("it breaks off")
        yield Record(headers, block)


def _head(stream: Stream) -> bytes:
    lines: list[bytes] = []
    size = 0
    while (line := stream.readline(HEAD_BYTES)) not in {b"\r\n", b"\n"}:
        size += len(line)
        if not line:
            raise Broken("it breaks off")
        if size > HEAD_BYTES:
            raise Broken(f"a record has more than {HEAD_BYTES:,} bytes of headers")
        lines.append(line)
    return b"".join(lines)


def _skip(stream: Stream, size: int) -> int:
    left = size
    while left and (piece := stream.read(min(left, CHUNK))):
        left -= len(piece)
    return size - left


def _headers(head: bytes) -> dict[str, str]:
    """Read header lines; a folded line goes on with the one before it, of several with one name the first counts."""
    found: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines():
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


class _Page(NamedTuple):
    status: int | None
    headers: dict[str, str]
    content_type: str | None
    body: bytes


def _response(record: Record) -> "_Page | str":
    """Read the HTTP response in a record, or say why it is no page."""
    assert record.block is not None  # noqa: S101 - for mypy
    head, empty, body = record.block.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    status = re.match(rb"HTTP/[\d.]+ +(\d{3})\b", line)
    if not status or not empty:
        return "no HTTP response"
    code, headers = int(status[1]), _headers(rest)
    from streams.events import GONE

    if not 200 <= code < 300 and code not in GONE:  # noqa: PLR2004 - RFC 9110 section 15.3: successful
        return "redirects" if 300 <= code < 400 else "HTTP errors"  # noqa: PLR2004 - section 15.4
    if _type(headers.get("content-type", "text/html")) not in PAGE_TYPES:
        return "neither HTML nor text"
    if "chunked" in headers.pop("transfer-encoding", "").lower():
        body = _joined(body)
    if (encoding := headers.pop("content-encoding", "").lower()) == "deflate":
        body = _inflated(body)
    elif encoding not in {"", "identity", "gzip", "x-gzip"}:  # clean unpacks gzip; archives hold little else
        return f"content-encoding {encoding if encoding in ENCODINGS else 'unknown'}"
    content_type = headers.get("content-type")
    return _Page(code, {name: said for name, said in headers.items() if name not in SECRET}, content_type, body)


def _resource(record: Record) -> "_Page | str":
    """Read a page that was written without its HTTP response."""
    assert record.block is not None  # noqa: S101 - for mypy
    content_type = record.headers.get("content-type", "")
    if _type(content_type) not in PAGE_TYPES:
        return "neither HTML nor text"
    return _Page(None, {}, content_type, record.block)


def _event(record: Record, page: _Page, known: About) -> bytes:
    event: dict[str, Any] = {"url": record.headers.get("warc-target-uri", "").strip("<> ") or None}
    if known.source is not None or not event["url"]:
        event["source"] = {"name": known.source}
    event["content_type"] = page.content_type
    event["fetched_at"] = _date(record.headers.get("warc-date", "")) or known.fetched_at
    event["http_status"] = page.status
    event["headers"] = page.headers or None
    event["body_b64"] = base64.b64encode(page.body).decode("ascii")
    return msgspec.json.encode({field: value for field, value in event.items() if value is not None})


def _date(said: str) -> str | None:
    from streams.events import Timestamp

    with suppress(msgspec.ValidationError):
        return msgspec.convert(said, Timestamp)
    return None


def _type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _joined(body: bytes) -> bytes:
    """Join chunks (RFC 9112 section 7.1). Many archives keep the header of a body that is joined already."""
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK_SIZE.match(body, at):
        size = int(found[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[found.end() : found.end() + size])
        at = found.end() + size
        at += 2 if body.startswith(b"\r\n", at) else 0
    return b"".join(parts) if parts and at >= len(body) else body


def _inflated(body: bytes) -> bytes:
    """Unpack `deflate`: zlib's format by RFC 9110, the bare one by many servers; as it is where it is neither."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        with suppress(zlib.error):
            return zlib.decompressobj(bits).decompress(body, 200 * len(body) + CHUNK)
    return body
