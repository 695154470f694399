"""Reads PATHs into raw events: bare pages one event a file, `.jsonl[.gz]` one a line, byte for byte as it stands there.

A broken line is read like any other: the stream must take it, so it must be possible to send it.
"""

import base64
import gzip
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import typer

from streams.cli.terminal import Failure

if TYPE_CHECKING:
    from streams.events import RawPage

LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
HTML = (".html", ".htm", ".xhtml", ".shtml")
TEXT = (".txt", ".text", ".md")
PAGES = (*HTML, *TEXT)

Paths = Annotated[
    list[str], typer.Argument(metavar="PATH", help="Pages (.html, .txt, …), raw events (.jsonl[.gz]), directories.")
]
Url = Annotated[str | None, typer.Option("--url", help="Address of a bare page.")]
Source = Annotated[str | None, typer.Option("--source", help="Who published bare pages. Default: the file's name.")]
FetchedAt = Annotated[
    str | None,
    typer.Option("--fetched-at", metavar="RFC3339", help='When bare pages were fetched: base of "38 minutes ago".'),
]


class About(NamedTuple):
    """What the command line says of bare pages: a file has no address and no time of fetch by itself."""

    url: str | None
    source: str | None
    fetched_at: str | None


class Raw(NamedTuple):
    """A raw event as it is to be sent, and where it was read."""

    value: bytes
    where: str
    consumed: int = 0  # bytes of input read so far, of all files: for a progress bar


def about(url: str | None, source: str | None, fetched_at: str | None) -> About:
    """Check what the command line says of bare pages."""
    from streams.events import Timestamp

    if fetched_at is not None:
        try:
            msgspec.convert(fetched_at, Timestamp)
        except msgspec.ValidationError:
            raise Failure(f"--fetched-at {fetched_at!r} is no RFC 3339 time: write 2025-06-07T12:00:00Z") from None
    if url is not None and not url.strip():
        raise Failure("--url is empty: leave it out when the page's address is not known")
    return About(url, source, fetched_at)


def files_of(paths: Sequence[str], known: About) -> list[Path]:
    """List the files to read, directories opened, in an order that is the same each time."""
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            inside = [Path(at) / each for at, _, names in os.walk(path) for each in names]
            found += sorted(each for each in inside if each.name.lower().endswith((*PAGES, *LINES)))
        elif name == "-" or path.exists():
            found.append(path)
        else:
            raise Failure(f"no file or directory {name}")
    if not found:
        raise Failure(f"nothing to read in {', '.join(paths)}: pages end in {', '.join((*PAGES, *LINES))}")
    if known.url is not None and (len(found) > 1 or _has_lines(found[0])):
        raise Failure("--url names one bare page: give that one file")
    return found


def raw_events(files: Iterable[Path], known: About) -> Iterator[Raw]:
    """Read files into raw events, one at a time: memory holds one page or line."""
    consumed = 0
    for path in files:
        size = path.stat().st_size if path != STDIN else 0
        if _has_lines(path):
            for raw in _lines(path):
                yield raw._replace(consumed=consumed + raw.consumed)
        else:
            yield Raw(page(path.read_bytes(), path, known), str(path), consumed + size)
        consumed += size


def page(content: bytes, path: Path, known: About) -> bytes:
    """Make the raw event of a bare page: plain text as text, all else as bytes, for clean to find their charset."""
    name = path.name.lower()
    event: dict[str, Any] = {"url": known.url, "fetched_at": known.fetched_at}
    if known.source is not None or known.url is None:
        event["source"] = {"name": known.source if known.source is not None else path.name}
    if name.endswith(HTML):
        event["content_type"] = "text/html"
    elif name.endswith(TEXT):
        event["content_type"] = "text/plain"
    try:
        event["body"] = content.decode("utf-8-sig") if name.endswith(TEXT) else None
    except UnicodeDecodeError:
        event["body"] = None
    if event["body"] is None:
        event["body_b64"] = base64.b64encode(content).decode("ascii")
    return msgspec.json.encode({field: value for field, value in event.items() if value is not None})


def raw_key(value: bytes) -> bytes | None:
    """Give the key of a raw event, as far as the event can be read."""
    from streams.topics import RAW

    try:
        return RAW.key(_decoder().decode(value)).encode("utf-8", "replace")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


STDIN = Path("-")


@cache
def _decoder() -> "msgspec.json.Decoder[RawPage]":
    from streams.events import RawPage

    return msgspec.json.Decoder(RawPage)


def _has_lines(path: Path) -> bool:
    return path == STDIN or path.name.lower().endswith(LINES)


def _lines(path: Path) -> Iterator[Raw]:
    number = 0
    try:
        with _opened(path) as (lines, position):
            for number, line in enumerate(lines, 1):
                if line.strip():  # an empty line is no record
                    yield Raw(line.removesuffix(b"\n"), f"{path}:{number}", position.tell() if position else 0)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Failure(f"{path} is no whole gzip file ({error}): {number} lines could be read") from None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes] | None]]:
    if path == STDIN:
        yield sys.stdin.buffer, None
        return
    with path.open("rb") as file:
        if path.name.endswith(".gz"):
            with gzip.open(file) as lines:
                yield lines, file  # type: ignore[misc] # a GzipFile reads as any other file
        else:
            yield file, file
