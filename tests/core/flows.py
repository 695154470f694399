"""A flow of one light stage that fails in every way a page can make it: its process starts in half a second."""

import os
import signal
import sys
import time
from pathlib import Path

from streams.events import Article, RawPage
from streams.flow import Flow, Stage
from streams.topics import CLEAN, RAW
from tests.dedupe.articles import article

_left: list[bytes] = []


def _die_twice(lives: Path) -> None:
    lives.write_text(f"{lives.read_text()}.")
    if len(lives.read_text()) <= 2:
        os.kill(os.getpid(), signal.SIGKILL)


def clean(page: RawPage) -> list[Article]:
    """Make an article, unless the page says how to fail."""
    print("a library's words, which must not get between the frames")
    match page.body:
        case "bug":
            raise KeyError(page.body)
        case "exit":
            sys.exit(3)
        case "memory":
            bytearray(2**34)
        case "kept":
            _left.append(b"\1" * (260 << 20))
        case "nap":
            time.sleep(0.02)
        case "endless":
            while True:
                pass
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "killed twice":
            _die_twice(Path((page.crawler and page.crawler.name) or ""))
    return [article(page.url or "", ["text"])]


failing = Flow(Stage(clean, RAW >> CLEAN, requires=("body",), isolated=True))
