"""`newsflow export`: enriched articles in other people's formats."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from streams.cli.connection import admin, consumer, full_name, partitions_of
from streams.cli.terminal import Failure, err

if TYPE_CHECKING:
    from streams.client import Event


def export(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH|-]", help="What `newsflow enrich` printed; none: the topic.")
    ] = None,
    form: Annotated[Literal["ninjs"], typer.Option("--format", help="IPTC ninjs 3.1.")] = "ninjs",  # noqa: ARG001 - the only one yet
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
) -> None:
    """Write enriched articles as IPTC ninjs 3.1.

    A line of JSON each: from the enriched topic, or from what `newsflow enrich` or `newsflow tail --json` printed.
    A take-down becomes an item whose pubStatus is canceled. Duplicates and dead letters are left out and counted.

    $ newsflow export > articles.ninjs.jsonl
    $ newsflow enrich pages/ | newsflow export -
    """
    if paths and follow:
        raise Failure("--follow is for the topic: leave the files out")
    try:
        if paths:
            _write_lines(paths)
        else:
            asyncio.run(_write_topic(follow=follow))
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()


def _write(event: "Event") -> None:
    from streams.ninjs import ninjs

    sys.stdout.buffer.write(msgspec.json.encode(ninjs(event)) + b"\n")


def _write_lines(paths: list[str]) -> None:
    from streams.client import Event
    from streams.topics import ENRICHED

    left_out: Counter[str] = Counter()
    for where, line in _lines(paths):
        try:
            record = _read(line)
            if not record.topic.endswith(ENRICHED.name):
                left_out[record.topic.split(".")[-2]] += 1
                continue
            value = None if bytes(record.value) == b"null" else bytes(record.value)
            headers = {name: told or "" for name, told in record.headers.items()}
            event = Event.read(record.key or "", headers, value)
        except (msgspec.DecodeError, IndexError) as error:
            raise Failure(f"{where} is no line of `newsflow enrich` or `newsflow tail --json`: {error}") from None
        _write(event)
    sys.stdout.buffer.flush()
    if left_out:
        err().print("left out: " + ", ".join(f"{count} {topic}" for topic, count in sorted(left_out.items())))


class _Line(msgspec.Struct):
    topic: str
    key: str | None  # a dead letter may have none
    value: msgspec.Raw
    headers: dict[str, str | None]


_read = msgspec.json.Decoder(_Line).decode


def _lines(paths: list[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if path == "-":
            yield from ((f"line {number}", line) for number, line in enumerate(sys.stdin.buffer, 1))
        else:
            with Path(path).open("rb") as file:
                yield from ((f"{path}:{number}", line) for number, line in enumerate(file, 1))


async def _write_topic(*, follow: bool) -> None:
    from streams.client import Consumer

    topic = full_name("enriched")
    async with admin() as client:
        numbers = (await partitions_of(client, topic))[topic]
    if follow:
        async with Consumer() as events:
            async for event in events:
                _write(event)
                sys.stdout.buffer.flush()
    async for event in _all(topic, numbers):
        _write(event)
    sys.stdout.buffer.flush()


async def _all(topic: str, numbers: list[int]) -> AsyncIterator["Event"]:
    from aiokafka import TopicPartition

    from streams.cli.connection import whole
    from streams.client import Event, News

    is_news = News()
    async with consumer() as reader:
        async for record in whole(reader, [TopicPartition(topic, number) for number in numbers]):
            event = Event.of(record)
            if is_news(event):
                yield event
