"""Look for a page that breaks clean's promises, led by coverage: `make fuzz MINUTES=30`.

libFuzzer's arguments follow the module's name. What it finds is written to `crash-…`; run this on that file to see it
again, then keep it in test_found.py.
"""

import base64
import sys
from typing import Any

import atheris

with atheris.instrument_imports(include=["streams.clean"]):
    from streams.clean import stage

from streams.events import RawPage
from tests.clean.promises import PIECES, hold

KINDS = (None, "text/html", "text/plain", "text/html; charset=iso-8859-1", "text/html; charset=utf-7")


def try_one(data: bytes) -> None:
    """Make a page of the bytes: as they are, as text, or as a row of pieces."""
    feed = atheris.FuzzedDataProvider(data)
    how, kind = feed.ConsumeIntInRange(0, 3), KINDS[feed.ConsumeIntInRange(0, len(KINDS) - 1)]
    page: dict[str, Any] = {
        "url": "https://fuzz.example/2025/06/10/talks",
        "content_type": kind,
        "fetched_at": "2025-06-12T09:00:00Z",
    }
    if how == 0:
        body = feed.ConsumeBytes(feed.remaining_bytes())
        hold(RawPage(**page, body_b64=base64.b64encode(body).decode()))
    elif how == 1:
        hold(RawPage(**page, body=feed.ConsumeUnicode(feed.remaining_bytes())))
    else:
        parts: list[str] = []
        while feed.remaining_bytes() > 1:
            number = feed.ConsumeIntInRange(0, len(PIECES))
            parts.append(PIECES[number] if number < len(PIECES) else feed.ConsumeUnicode(8))
        hold(RawPage(**page, body=("" if how == 2 else "\n").join(parts)))


def main() -> None:
    """Fuzz until libFuzzer's limit."""
    stage.warm()
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
