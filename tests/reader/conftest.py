"""The reader's server over a shelf that a test fills, and a real browser that looks at it."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from streams.events import Duplicate, EnrichedArticle
from streams.reader.shelf import Shelf
from streams.reader.web import serving
from tests.articles import article
from tests.cli.conftest import newsflow
from tests.stream.conftest import stream

__all__ = ["newsflow", "stream"]

MOST = 10_000
INGESTED = 1_749_290_400_000


def name_of(number: int) -> str:
    """An article_id."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:026}")


def enriched(number: int, title: str | None = None, **fields: Any) -> bytes:
    """An enriched article's value."""
    text = fields.pop("text", f"The council of Wick met on day {number}. It voted for the pier. A vote is due in June.")
    language = fields.pop("language", "en")
    kept = "The council of Wick met"
    known: dict[str, Any] = {
        "article_id": name_of(number),
        "story_id": name_of(number),
        "source": {"name": f"Paper {number % 7}", "domain": "a.example", "kind": "publisher"},
        "url": f"https://a.example/{number}",
        "published_at": {"value": "2025-06-07T11:22:00+01:00", "precision": "minute", "tz": "explicit"},
        "hashtags": ["#Wick", f"#Day{number % 50}"],
        "topics": [{"id": "medtop:11000000", "name": "government", "top_level": "politics", "confidence": 0.8}],
        "summary": {
            "text": kept,
            "headline": kept,
            "bullets": [],
            "kind": "extractive",
            "sentences": [],
            "method": "test",
            "fallback_reason": None,
        },
        "complete": True,
        "missing": [],
    }
    made = article(EnrichedArticle, title or f"Council meets on day {number}", [text], language, **known | fields)
    return msgspec.json.encode(made)


def duplicate(number: int, of: int, **fields: Any) -> bytes:
    """A duplicate's value."""
    known = {
        "article_id": name_of(number),
        "url": f"https://copy.example/{number}",
        "source": {"name": "Copying Post", "domain": "copy.example", "kind": "publisher"},
        "title": f"Council meets again {number}",
        "language": "en",
        "part_of": None,
        "story_id": name_of(of),
        "duplicate_of": name_of(of),
        "kind": "near",
        "similarity": 0.93,
        "shared_passages": [{"paragraph": 0, "start": 0, "end": 23, "text": "The council of Wick met"}],
    }
    return msgspec.json.encode(msgspec.convert(known | fields, Duplicate))


class Served:
    """A shelf behind its server, in a thread of their own."""

    def __init__(self, port: int = 0) -> None:
        self.shelf = Shelf(MOST)
        self.url = ""
        self._port = port
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with serving(self.shelf, self._port) as port:
            self.url = f"http://localhost:{port}/"
            self._ready.set()
            await self._end.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)

    def do(self, act: Callable[[Shelf], Any]) -> None:
        """Act on the shelf, in its thread."""

        async def run() -> None:
            act(self.shelf)

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(60)

    def enter(self, number: int, value: bytes | None = b"", arrived: int | None = None) -> None:
        """An article comes; with None as its value, it goes."""
        headers = {"news_ingested_at": str(INGESTED), "news_pipeline_version": "0.1.0+test"}
        value = enriched(number) if value == b"" else value
        self.do(lambda shelf: shelf.enter(name_of(number), value, headers, arrived or INGESTED + number))


@pytest.fixture
def served() -> Iterator[Served]:
    """A server over an empty shelf."""
    with Served() as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("no chromium: run `deploy/set-up test`")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


class Tab:
    """A page, and what it asked for and complained of."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dialog)

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append("dialog")
        dialog.dismiss()

    def open(self, where: str = "") -> Page:
        """Go to a place and wait until it is shown."""
        self.page.goto(self.url + where)
        self.page.wait_for_selector("#main > *")
        return self.page


@pytest.fixture
def tab(browser: Browser, served: Served) -> Iterator[Tab]:
    """A tab on the server; at the end it must have asked nobody else, and complained of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = Tab(context, served.url)
    yield opened
    context.close()
    assert [asked for asked in opened.asked if not asked.startswith(served.url)] == []
    assert opened.complaints == []
