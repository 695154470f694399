"""A bare page: one file, one raw event. Its address and its time of fetch are what the command line says."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from streams.cli.inputs.item import About, Told
from streams.cli.inputs.unpack import Stream

KIND = "page"
HTML = (".html", ".htm", ".xhtml", ".shtml")
TEXT = (".txt", ".text", ".md")


def read(path: Path, stream: Stream, told: Told, known: About) -> Iterator[tuple[bytes, str]]:
    """Give the page's raw event."""
    content = stream.read(told.largest + 1)
    if len(content) > told.largest:
        told.leave_out(KIND, "too large")
        told.remark(f"{path}: a page of more than {told.largest:,} bytes is left out")
    else:
        yield page(content, path, known), str(path)


def page(content: bytes, path: Path, known: About) -> bytes:
    """Make the raw event of a bare page: plain text as text, all else as bytes, for clean to find their charset."""
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
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
