"""A flow of one light stage that fails in every way a page can make it: its process starts in half a second."""

import os
import signal
import sys
import time

from streams.events import Article, RawPage
from streams.flow import Flow, Stage
from streams.topics import CLEAN, RAW
from tests.core.articles import article


def clean(page: RawPage) -> list[Article]:
    """Make an article, unless the page says how to fail."""
    match page.body:
        case "bug":
            raise KeyError(page.body)
        case "exit":
            sys.exit(3)
        case "memory":
            bytearray(2**34)
        case "nap":
            time.sleep(0.02)
        case "endless":
            while True:
                pass
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "printed":
            print("a library's words, which must not get between the frames")
    return [article(page.url or "", ["text"])]


failing = Flow(Stage(clean, RAW >> CLEAN, requires=("body",), isolated=True))
