"""Reads PATHs into raw events: pages, JSON Lines, WARC archives and feeds, packed by gzip or zstd or not.

    path ─ unpack.py ─► bytes ─ pages.py | lines.py | warc.py | feeds.py ─► raw events

A reader a kind of file, known by the file's name. Memory holds one page, line, record or entry, and none is larger
than a raw record may be. What is broken ends its file with one line; the files after it are read all the same. The same
files give the same events in the same order each time: `produce` counts them to go on where it stopped.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from streams.cli.inputs import lines, pages
from streams.cli.inputs.item import About, Raw, Told
from streams.cli.inputs.pages import page
from streams.cli.inputs.unpack import STDIN, Broken, Stream, opened
from streams.cli.terminal import Failure

__all__ = ["STDIN", "About", "Raw", "Told", "about", "files_of", "kind_of", "page", "raw_events", "raw_key"]

PACKED = (".gz", ".zst")
KINDS = {
    lines.KIND: (".jsonl", ".ndjson"),
    pages.KIND: (*pages.HTML, *pages.TEXT),
    "WARC": (".warc",),
    "feed": (".rss", ".atom", ".rdf", ".xml"),
}

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Pages (.html, .txt, …), raw events (.jsonl), archives (.warc), feeds (.rss, .atom, .xml), each also as "
        ".gz or .zst; directories; -: raw events from standard input.",
    ),
]
Url = Annotated[str | None, typer.Option("--url", help="Address of a bare page.")]
Source = Annotated[
    str | None, typer.Option("--source", help="Who published it. Default: a bare page's file name, a feed's title.")
]
FetchedAt = Annotated[
    str | None,
    typer.Option(
        "--fetched-at", metavar="RFC3339", help='When pages and feeds were fetched: base of "38 minutes ago".'
    ),
]

Rate = Annotated[float | None, typer.Option("--rate", min=0.001, help="Records a second, at most.")]


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


def kind_of(path: Path) -> str | None:
    """Tell the kind of a file by its name; null: by that it is none of ours."""
    if path == STDIN:
        return lines.KIND
    name = path.name.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return next((kind for kind, endings in KINDS.items() if name.endswith(endings)), None)


def files_of(paths: Sequence[str], known: About, told: Told | None = None) -> list[Path]:
    """List the files to read, directories opened, in an order that is the same each time."""
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            inside = [Path(at) / each for at, _, names in os.walk(path) for each in names]
            ours = sorted(each for each in inside if kind_of(each) and each.is_file())
            found += ours
            if told and len(inside) > len(ours):
                told.leave_out("others", "files of other kinds", len(inside) - len(ours))
        elif name == "-" or path.exists():
            found.append(path)
        else:
            raise Failure(f"no file or directory {name}")
    if not found:
        endings = ", ".join(ending for endings in KINDS.values() for ending in endings)
        raise Failure(f"nothing to read in {', '.join(paths)}: files end in {endings}, and {' or '.join(PACKED)}")
    if known.url is not None and (len(found) > 1 or (kind_of(found[0]) or pages.KIND) != pages.KIND):
        raise Failure("--url names one bare page: give that one file")
    return found


def raw_events(files: Sequence[Path], known: About, told: Told) -> Iterator[Raw]:
    """Read files into raw events, one at a time."""
    consumed = 0
    for path in files:
        kind = kind_of(path) or pages.KIND
        told.files[kind] += 1
        try:
            with opened(path) as stream:
                for value, where in _reader(kind)(path, stream, told, known):
                    raw = Raw(value, where, kind, consumed + stream.file.consumed)
                    if len(value) > told.largest:  # base64 has made it so
                        told.too_large(raw)
                        continue
                    told.read[kind] += 1
                    yield raw
        except Broken as broken:
            told.breaks(kind, f"{path}: {broken}; the rest of it is left out")
        except OSError as error:
            told.breaks(kind, f"{path} cannot be read: {error.strerror or error}")
        consumed += path.stat().st_size if path != STDIN and path.exists() else 0


def raw_key(value: bytes) -> bytes | None:
    """Give the key of a raw event, as far as the event can be read."""
    from streams.lenient import raw_page
    from streams.topics import RAW

    try:
        return RAW.key(raw_page(value)).encode("utf-8", "replace")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


Reader = Callable[[Path, Stream, Told, About], Iterator[tuple[bytes, str]]]


def _reader(kind: str) -> Reader:
    if kind == lines.KIND:
        return lambda path, stream, told, _: lines.read(path, stream, told)
    if kind == pages.KIND:
        return pages.read
    if kind == "WARC":
        from streams.cli.inputs import warc

        return warc.read
    from streams.cli.inputs import feeds  # lxml: for those who read feeds

    return feeds.read
