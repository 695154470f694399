"""The Python client against the real broker and a worker."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiokafka.errors import KafkaConnectionError

from streams import settings
from streams.client import Consumer, Event, News, Producer
from streams.settings import Broker
from tests.stream.pages import page
from tests.stream.records import event, id_of, write
from tests.stream.stream import Stream

GROUP = "newsflow-consumer-test"
SECONDS = 90  # a worker on a busy machine takes its time to begin


@pytest.fixture(autouse=True)
def _environment(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("KAFKA_BOOTSTRAP", "NEWSFLOW_TOPIC_PREFIX"):
        monkeypatch.setenv(name, stream.environment[name])
    settings.settings.cache_clear()
    settings.broker.cache_clear()
    yield
    settings.settings.cache_clear()
    settings.broker.cache_clear()


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    return asyncio.run(asyncio.wait_for(main(), SECONDS))


async def take(consumer: Consumer, count: int) -> list[Event]:
    """Take so many events, and deal with them all: the loop has asked for one more."""
    found: list[Event] = []
    iterator = aiter(consumer)
    while len(found) < count:
        found.append(await anext(iterator))
    waiting = asyncio.ensure_future(anext(iterator))
    await asyncio.wait([waiting], timeout=1.5)
    assert not waiting.done(), "more than expected"
    waiting.cancel()
    return found


def test_pages_in_articles_revisions_and_take_downs_out(stream: Stream) -> None:
    first = json.loads(page(1))
    story = "".join(f"<p>{paragraph}</p>" for paragraph in json.loads(page(2))["body"].split("\n\n")[1:])
    html = f"<html lang=en><title>Pier to open</title><article><h1>Pier to open</h1>{story}</article></html>"

    async def main() -> list[Event]:
        async with Producer() as producer, Consumer(GROUP) as consumer:
            positions = [
                await producer.send(**first),
                await producer.send(source="Post", body=html.encode(), content_type="text/html"),
            ]
            events = await take(consumer, 2)
            assert sorted(event.raw_position for event in events) == sorted(positions)
            await producer.send(**{**first, "body": first["body"].replace("4.2", "5.1")})
            events += await take(consumer, 1)
            await producer.take_down(first["url"])
            return events + await take(consumer, 1)

    worker = stream.worker()
    *articles, last = run(main)
    assert stream.stop(worker) == 0
    told = {(each.article.title, each.article.revision) for each in articles}
    assert told == {("Pier number 1 to be rebuilt", 1), ("Pier to open", 1), ("Pier number 1 to be rebuilt", 2)}
    assert (last.article, last.reason) == (None, "takedown")
    assert last.article_id == articles[-1].article_id
    assert articles[0].pipeline_version.startswith("0.1.0+")


def test_what_is_no_page_is_refused_before_it_is_sent() -> None:
    async def main() -> None:
        async with Producer() as producer:
            for fields, words in (
                ({}, "needs `url` or `source`"),
                ({"url": "https://a.example", "fetched_at": "yesterday"}, r"fetched_at"),
                ({"url": "https://a.example", "titel": "Pier"}, "no field titel"),
            ):
                with pytest.raises(msgspec.ValidationError, match=words):
                    await producer.send(body="Pier", **fields)

    run(main)


def test_a_broker_that_is_not_there_is_an_error_and_leaves_nothing_open() -> None:
    nobody = Broker(bootstrap="127.0.0.1:1")

    async def main(client: Producer | Consumer) -> None:
        with pytest.raises(KafkaConnectionError):
            await client.__aenter__()

    for client in (Producer(nobody), Consumer(GROUP, nobody)):
        asyncio.run(main(client))


def test_uncommitted_records_and_repeats_are_not_told(stream: Stream) -> None:
    old, new = event(1, id="a", ingested_at=1), event(1, id="b", ingested_at=2)
    gone = event(2, id="d", ingested_at=4, gone=True)

    async def main() -> list[Event]:
        await write(stream, event(9, id="x", ingested_at=1), abort=True)
        await write(stream, old, new, event(2, id="c", ingested_at=3), old, new, gone, event(2, id="c", ingested_at=3))
        async with Consumer() as consumer:
            return await take(consumer, 4)

    told = run(main)
    assert [each.id for each in told if each.article_id == id_of(1)] == ["a", "b"]
    assert [each.id for each in told if each.article_id == id_of(2)] == ["c", "d"]


def test_a_group_goes_on_at_the_event_that_was_not_dealt_with(stream: Stream) -> None:
    async def fail_at(number: int) -> list[str]:
        seen: list[str] = []
        async with Consumer(GROUP) as consumer:
            async for each in consumer:
                seen.append(each.id)
                if len(seen) == number:
                    return seen
        return seen

    async def main() -> list[list[str]]:
        await write(stream, *(event(1, id=str(number), ingested_at=number) for number in range(6)))
        return [await fail_at(3), await fail_at(4)]

    assert run(main) == [["0", "1", "2"], ["2", "3", "4", "5"]]


def test_an_article_that_was_replaced_does_not_come_back() -> None:
    is_news = News()
    assert is_news(event(2, id="b", ingested_at=5, supersedes=(id_of(1),)))
    assert not is_news(event(1, id="a", ingested_at=4)), "it stood on a partition that was read later"
    assert is_news(event(1, id="c", ingested_at=6)), "a revision after that is news"


def test_memory_is_bounded() -> None:
    is_news = News(articles=2)
    assert all(is_news(event(number, id="a", ingested_at=1)) for number in (1, 2, 3))
    assert not is_news(event(3, id="a", ingested_at=1))
    assert is_news(event(1, id="a", ingested_at=1)), "forgotten"
