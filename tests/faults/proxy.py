"""A network between workers and brokers that can be slow, cut, or cut in one direction: TCP proxies on loopback.

What is held back is delivered when the network is well again, as TCP does after lost packets.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from streams.kafka.launch import HOST

CHUNK = 2**16


class Network:
    """Proxies, each from a port to another.

    Args:
        ports: port of the proxy → port of the broker.
    """

    def __init__(self, ports: Mapping[int, int]) -> None:
        self.ports = ports
        self._latency = 0.0
        self._loop: asyncio.AbstractEventLoop
        self._to_broker, self._to_client, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening)))
        self._thread.start()
        listening.wait()

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Add a delay to each chunk in either direction."""
        self._latency = seconds
        yield
        self._latency = 0.0

    @contextmanager
    def cut(self, *, to_broker: bool = True, to_client: bool = True) -> Iterator[None]:
        """Let nothing through, or nothing in one direction."""
        gates = [gate for gate, shut in ((self._to_broker, to_broker), (self._to_client, to_client)) if shut]
        for gate in gates:
            self._loop.call_soon_threadsafe(gate.clear)
        yield
        for gate in gates:
            self._loop.call_soon_threadsafe(gate.set)

    def close(self) -> None:
        """End the proxies."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    async def _serve(self, listening: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._to_broker.set()
        self._to_client.set()
        servers = [
            await asyncio.start_server(partial(self._connect, behind), HOST, before)
            for before, behind in self.ports.items()
        ]
        listening.set()
        await self._ended.wait()
        for server in servers:
            server.close()

    async def _connect(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection(HOST, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, forth, self._to_broker), self._pump(back, writer, self._to_client))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await asyncio.sleep(self._latency)
                await gate.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()
