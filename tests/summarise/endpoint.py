"""An endpoint that speaks OpenAI's chat completions over real sockets, and misbehaves when told to."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

Reply = Callable[["Call"], Awaitable[None]]


class Call:
    """One request, and the connection to answer it on."""

    def __init__(
        self, body: dict[str, Any], headers: dict[str, str], writer: asyncio.StreamWriter, number: int
    ) -> None:
        self.body = body
        self.headers = headers
        self.writer = writer
        self.number = number

    @property
    def article(self) -> str:
        """What stands between the fences."""
        lines = str(self.body["messages"][1]["content"]).split("\n")
        return "\n".join(lines[1:-1])

    async def raw(self, status: int, body: bytes, **headers: str) -> None:
        """Answer with any bytes."""
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n{told}\r\n".encode() + body)
        await self.writer.drain()

    async def say(self, content: Any) -> None:
        """Answer as the protocol wants it."""
        text = content if isinstance(content, str) else json.dumps(content)
        message = {"choices": [{"message": {"role": "assistant", "content": text}}], "usage": {"prompt_tokens": 7}}
        await self.raw(200, json.dumps(message).encode())


class Endpoint:
    """A server in a thread of its own: as far away as another machine's, so that a test may block.

    Args:
        reply: answers each call; set it anew at any time.
    """

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.calls: list[Call] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = started.result(10)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    def close(self) -> None:
        """Cut every connection."""

        async def stop() -> None:
            self._server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:]) if k}
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                call = Call(body, headers, writer, len(self.calls))
                self.calls.append(call)
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                # A client that gives up is no longer in flight.
                replying, gone = asyncio.ensure_future(self.reply(call)), asyncio.ensure_future(_gone(reader))
                try:
                    await asyncio.wait({replying, gone}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self.in_flight -= 1
                    gone.cancel()
                if not replying.done():
                    replying.cancel()
                    return
                replying.result()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _gone(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof():  # noqa: ASYNC110 - a StreamReader tells nobody of its end
        await asyncio.sleep(0.01)


async def well(call: Call) -> None:
    """Summarise by the first sentences."""
    paragraphs = [line for line in call.article.split("\n")[1:] if line]
    first = paragraphs[0].partition(". ")[0].rstrip(".")
    words = first.split()[:15]
    await call.say({"headline": " ".join(words), "summary": f"{first}.", "bullets": [f"{first}."]})


async def hang(call: Call) -> None:
    """Take the request and say nothing."""
    del call
    await asyncio.sleep(3600)


async def drip(call: Call) -> None:
    """Answer a byte at a time, so that no read ever waits long."""
    call.writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
    for _ in range(10_000):
        call.writer.write(b" ")
        await call.writer.drain()
        await asyncio.sleep(0.05)


async def reset(call: Call) -> None:
    """Begin an answer and cut the connection."""
    call.writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n{"choices"')
    await call.writer.drain()
    call.writer.transport.abort()


def status(number: int, **headers: str) -> Reply:
    """Answer every call with a status."""

    async def reply(call: Call) -> None:
        await call.raw(number, b'{"error": {"message": "no"}}', **headers)

    return reply


def raw(body: bytes) -> Reply:
    """Answer every call with 200 and these bytes."""

    async def reply(call: Call) -> None:
        await call.raw(200, body)

    return reply


def say(content: Any) -> Reply:
    """Answer every call with this content."""

    async def reply(call: Call) -> None:
        await call.say(content)

    return reply
