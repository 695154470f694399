"""The reader's web server: its page, three questions about the shelf, and a live connection (server-sent events).

It listens on loopback and only reads. Whoever asks must have asked for loopback, too: a page of the internet whose
name is made to point here (DNS rebinding) is refused by the Host header. Nothing is loaded from elsewhere, no script
but ours runs, and no markup is made of strings (Content-Security-Policy, Trusted Types).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import msgspec
from aiohttp import web

from streams.reader.cards import opened
from streams.reader.shelf import Query, Shelf, facets

PAGE_ARTICLES = 30
MOST_WORDS = 10  # of a search
MOST_LIVE = 64  # live connections; a browser opens one a tab
GATHER_SECONDS = 0.3  # news of a moment go together
ALIVE_SECONDS = 15.0  # a comment, so that both sides see a broken connection
FACETS = {"sections": 12, "hashtags": 24, "sources": 12}
_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_encode = msgspec.json.Encoder().encode


def application(shelf: Shelf) -> web.Application:
    """Make the web application over a shelf."""
    made = web.Application(middlewares=[_guard])
    server = _Server(shelf)
    made.router.add_get("/", server.file)
    made.router.add_get("/{name:[a-z]+\\.(?:css|js|svg)}", server.file)
    made.router.add_get("/articles", server.articles)
    made.router.add_get("/articles/{id}", server.article)
    made.router.add_get("/live", server.live)
    return made


@asynccontextmanager
async def serving(shelf: Shelf, port: int) -> AsyncIterator[int]:
    """Serve on loopback for the length of a `with` block; gives the port (0 asks for any free one)."""
    runner = web.AppRunner(application(shelf), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if not _LOOPBACK.fullmatch(request.headers.get("Host", "")):
        return web.Response(status=421, text="The reader answers on localhost only.\n", headers=_HEADERS)
    try:
        response = await handler(request)
    except web.HTTPException as error:
        return web.Response(status=error.status, text=f"{error.reason}\n", headers=_HEADERS)
    if not response.prepared:
        response.headers.update(_HEADERS)
    return response


class _Server:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._live = 0
        folder = files("streams.reader") / "page"
        self._files = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        if name not in self._files:
            raise web.HTTPNotFound
        return web.Response(body=self._files[name], content_type=_TYPES[name.rpartition(".")[2]], charset="utf-8")

    async def articles(self, request: web.Request) -> web.Response:
        """A page of the list, and what it can be narrowed by."""
        asked = request.query
        words = tuple(asked.get("q", "").casefold().split()[:MOST_WORDS])
        query = Query(words, *(asked.get(name, "") for name in ("tag", "section", "source", "entity")))
        page = int(asked["page"]) if re.fullmatch(r"[1-9]\d{0,5}", asked.get("page", "")) else 1
        cards = [kept.card for kept in self._shelf.newest(query)]
        first = (page - 1) * PAGE_ARTICLES
        shown = cards[first : first + PAGE_ARTICLES]
        everything = [kept.card for kept in self._shelf.newest(Query())]  # a paper's sections do not change by the page
        counters = facets(cards) | {"sections": facets(everything)["sections"]}
        counted = {name: of.most_common(FACETS[name]) for name, of in counters.items()}
        told = {
            "version": self._shelf.version,
            "total": len(self._shelf),
            "found": len(cards),
            "pages": max(1, -(-len(cards) // PAGE_ARTICLES)),
            "page": page,
            "cards": shown,
            "copies": {card.id: count for card in shown if (count := len(self._shelf.copies(card.story)))},
            "facets": counted,
        }
        return _json(told)

    async def article(self, request: web.Request) -> web.Response:
        """One article, with its story's other copies and what of its relations is at hand."""
        kept = self._shelf.get(request.match_info["id"])
        if kept is None:
            raise web.HTTPNotFound
        told = opened(kept)
        article = told["article"]
        others = [card for card in self._shelf.of_story(kept.card.story) if card.id != kept.card.id]
        named = [each["article_id"] for each in (*article["related"], *article["dedupe"]["nearest"])]
        at_hand = {name: found.card for name in named if (found := self._shelf.get(name))}
        if kept.card.part_of and (whole := self._shelf.get(kept.card.part_of)):
            at_hand[kept.card.part_of] = whole.card
        copies = [copy for copy in self._shelf.copies(kept.card.story) if copy.id != kept.card.id]
        return _json({**told, "card": kept.card, "copies": copies, "others": others, "at_hand": at_hand})

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Tell what comes and goes, from the version that the page has on."""
        if self._live >= MOST_LIVE:
            raise web.HTTPServiceUnavailable
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        said = request.headers.get("Last-Event-ID") or request.query.get("version", "")
        version = int(said) if re.fullmatch(r"\d{1,15}", said) else self._shelf.version
        self._live += 1
        try:
            await response.prepare(request)
            await response.write(b": newsflow\n\n")
            while True:
                if version == self._shelf.version:
                    try:
                        await asyncio.wait_for(self._shelf.changed(), ALIVE_SECONDS)
                    except TimeoutError:
                        await response.write(b": still here\n\n")
                        continue
                await asyncio.sleep(GATHER_SECONDS)
                await response.write(self._news(version))
                version = self._shelf.version
        except ConnectionResetError:
            return response
        finally:
            self._live -= 1

    def _news(self, version: int) -> bytes:
        changes = self._shelf.since(version)
        told: dict[str, Any] = {"total": len(self._shelf), "changes": changes and _last_of_each(changes)}
        return b"id: %d\ndata: %s\n\n" % (self._shelf.version, _encode(told))


def _last_of_each(changes: list[Any]) -> list[dict[str, Any]]:
    return [{"id": name, "card": card} for name, card in {change.id: change.card for change in changes}.items()]


def _json(told: dict[str, Any]) -> web.Response:
    return web.Response(body=_encode(told), content_type="application/json")
