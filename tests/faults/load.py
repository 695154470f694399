"""A steady load: pages at a rate, each with a URL of its own, every fifth one new, the others copies of it."""

import asyncio
import threading
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.topics import RAW
from tests.stream.pages import page

COPIES = 5  # of each story: the first to be judged passes, whatever worker reads it
BURST_SECONDS = 0.1


def story_of(url: str) -> int:
    """Name the story that a page tells."""
    return int(url.rsplit("/", 1)[1]) // COPIES


class Load:
    """A crawler that writes until the `with` block ends, whatever the brokers do.

    Args:
        bootstrap: the brokers.
        prefix: of the topic's name.
        rate: pages a second.
    """

    def __init__(self, bootstrap: str, prefix: str, rate: float) -> None:
        self.acknowledged: set[str] = set()
        self._bootstrap = bootstrap
        self._topic = prefix + RAW.name
        self._rate = rate
        self._ended = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    async def _write(self) -> None:
        # Idempotent, and patient: what is sent is sent once, if it takes until the brokers are back.
        async with AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, enable_idempotence=True, linger_ms=5, request_timeout_ms=300_000
        ) as producer:
            sending: set[asyncio.Task[None]] = set()
            number = 0
            begin = asyncio.get_running_loop().time()
            while not self._ended.is_set():
                while number < (asyncio.get_running_loop().time() - begin) * self._rate:
                    sending.add(asyncio.create_task(self._send(producer, number)))
                    number += 1
                sending = {task for task in sending if not task.done()}
                await asyncio.sleep(BURST_SECONDS)
            await asyncio.gather(*sending)

    async def _send(self, producer: AIOKafkaProducer, number: int) -> None:
        url = f"https://harbour.example/{number}"
        value = page(number - number % COPIES, url=url)
        try:
            await producer.send_and_wait(self._topic, value, url.encode())
        except KafkaError:
            return  # not acknowledged: whether it was written is nobody's promise
        self.acknowledged.add(url)
