"""`newsflow takedown`: an article is to be shown no more."""

import asyncio
import re
import time
from typing import Annotated

import typer

from streams.cli.connection import admin, full_name, partitions_of, producer, settings
from streams.cli.terminal import Failure

ARTICLE_ID = re.compile(r"[a-z2-7]{26}")


def takedown(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="An article_id, or the URL of the article's page.")],
) -> None:
    """Take an article down.

    A tombstone goes to the enriched topic, and dedupe forgets the article. A URL goes in as a raw event, as a crawler
    would tell that the page is gone. An article_id, for a story that was split off a page and has no URL of its own,
    goes in behind clean. An article that is not known makes nothing.

    $ newsflow takedown https://example.org/news/1
    $ newsflow takedown 7nkmqgc2rfwvqz5kzo3m2bvv7e
    """
    if ARTICLE_ID.fullmatch(article):
        asyncio.run(_by_id(article))
    elif "://" in article:
        asyncio.run(_by_url(article))
    else:
        raise Failure(f"{article!r} is neither an article_id (26 of a-z and 2-7) nor a URL (https://…)")
    print(f"take-down of {article} is on its way")


async def _by_url(url: str) -> None:
    import msgspec

    from streams.cli.inputs import raw_key

    topic = full_name("raw")
    value = msgspec.json.encode({"url": url, "takedown": True})
    async with admin() as client:
        await partitions_of(client, topic)
    async with producer() as sender:
        await sender.send_and_wait(topic, value, raw_key(value))


async def _by_id(article_id: str) -> None:
    # As clean tells it of a page that is gone: on every partition, for the lane is not known here.
    from streams.cli.chain import as_record
    from streams.identity import short_hash
    from streams.topics import CLEAN
    from streams.transport.headers import EventHeaders, Origin, rfc3339
    from streams.work import Output, load_flow

    config = settings()
    topic = full_name("clean")
    async with admin() as client:
        numbers = (await partitions_of(client, topic))[topic]
    now = time.time_ns() // 1_000_000
    version = load_flow(config.flow).pipeline_version(config)
    output = Output(
        outcome="takedown",
        topic=CLEAN.name,
        id=short_hash("takedown", article_id, version),
        subject=article_id,
        reason="takedown",
    )
    origin = Origin(as_record("takedown", now, None, None, [], timestamp=now), trusted=False)
    headers = EventHeaders("takedown", version)(output, origin, rfc3339())
    transactional_id = f"{config.topic_prefix}newsflow.takedown.{article_id}"
    async with producer(transactional_id=transactional_id) as sender, sender.transaction():
        for number in numbers:
            await sender.send(topic, None, article_id.encode(), partition=number, headers=headers)
