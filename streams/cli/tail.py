"""`newsflow tail`: follows a topic."""

import asyncio
import sys
from typing import Annotated

import typer

from streams.cli.connection import admin, consumer, full_name, partitions_of
from streams.cli.terminal import out


def tail(
    topic: Annotated[str, typer.Option("--topic", "-t", help="In full, or: raw, clean, …, dead-letter.")] = "enriched",
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="All that the topic holds, first.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Stop after N records.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Whole records, as lines of JSON.")] = False,
) -> None:
    """Follow a topic.

    One line for each committed record, until Ctrl-C.
    Short names: raw, clean, unique, tagged, enriched, duplicate, dead-letter.

    $ newsflow tail
    $ newsflow tail --topic duplicate --from-beginning --limit 20
    $ newsflow tail --json | jq -r '[.value.title, .value.summary.text] | @tsv'
    """
    asyncio.run(_tail(full_name(topic), from_beginning=from_beginning, limit=limit, as_json=as_json))


async def _tail(topic: str, *, from_beginning: bool, limit: int | None, as_json: bool) -> None:
    from aiokafka import TopicPartition

    from streams.cli.records import as_json as record_as_json
    from streams.cli.records import line
    from streams.cli.report import Seen, headline

    async with admin() as client:
        numbers = (await partitions_of(client, topic))[topic]
    async with consumer(auto_offset_reset="earliest" if from_beginning else "latest") as reader:
        partitions = [TopicPartition(topic, number) for number in numbers]
        reader.assign(partitions)
        await (reader.seek_to_beginning if from_beginning else reader.seek_to_end)(*partitions)
        seen = 0
        async for record in reader:
            described = record_as_json(topic, record.key, record.headers, record.value)
            if as_json:
                place = {"partition": record.partition, "offset": record.offset, "timestamp": record.timestamp}
                sys.stdout.buffer.write(line({"topic": topic, **place, **described}))
                sys.stdout.buffer.flush()
            else:
                out().print(headline(Seen.of(record)))
            seen += 1
            if seen == limit:
                break
