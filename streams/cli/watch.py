"""`newsflow watch`: a live view of the flow in a terminal."""

import asyncio
import os
import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.connection import admin, consumer, full_name, partitions_of, settings
from streams.cli.terminal import Failure, out

if TYPE_CHECKING:
    from rich.text import Text

    from streams.cli.gauges import FlowNow, Gauges, GroupLag

WORKER = "http://127.0.0.1:9100"  # `newsflow worker --web-port 9100`
LOOK_SECONDS = 1.0
DRAWS_A_SECOND = 4
HEADLINES = 60  # no terminal is higher
FIRST_HEADLINES = 8  # of what came before, by partition; markers take places, too
PLAIN_HEADLINES = 5


def watch(
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metrics", "-m", metavar="URL", help=f"A worker's web server; several times for several. [{WORKER}]"
        ),
    ] = None,
) -> None:
    """Watch the flow: rates, lag, p99, duplicates, dead letters, and the latest headlines.

    Asks the workers' /metrics (start them with --web-port) and reads the enriched topic. Where no worker can be
    reached, rates and lag are those that Kafka's offsets tell. Where the output is no terminal, it is told once, in
    lines.

    $ newsflow watch
    $ newsflow watch --metrics http://127.0.0.1:9100 --metrics http://127.0.0.1:9101
    """
    port = os.environ.get("NEWSFLOW_WEB_PORT", "")
    default = f"http://127.0.0.1:{port}" if port.isdigit() and port != "0" else WORKER
    with suppress(KeyboardInterrupt):
        asyncio.run(_watch([address(given) for given in metrics or [default]]))


def address(given: str) -> str:
    """Complete a worker's address: host:port and http://host:port/metrics are one.

    Raises:
        Failure: it is none.
    """
    found = re.fullmatch(r"(?:(https?)://)?([\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})(?:/(?:metrics)?)?", given)
    if not found:
        raise Failure(f"--metrics {given!r} is no address of a worker: write {WORKER}")
    return f"{found[1] or 'http'}://{found[2]}:{found[3]}"


async def _watch(workers: list[str]) -> None:
    from streams.cli.gauges import Gauges, GroupLag
    from streams.work import load_flow

    config = settings()
    flow = load_flow(config.flow)
    enriched = full_name("enriched")
    headlines: deque[Text] = deque(maxlen=HEADLINES)
    looking = _Looking(Gauges(flow, workers), GroupLag(flow, config.topic_prefix))
    async with admin() as client, consumer(auto_offset_reset="latest") as reader, consumer() as asker:
        await _begin(client, reader, enriched)
        if not out().is_terminal:
            await _print_once(looking, client, asker, reader, headlines)
            return
        following = asyncio.create_task(_follow(reader, headlines))
        try:
            await _draw(looking, client, asker, headlines, following)
        finally:
            following.cancel()


class _Looking:
    """Asks workers, and Kafka where none answers."""

    def __init__(self, gauges: "Gauges", lag: "GroupLag") -> None:
        self._gauges = gauges
        self._lag = lag

    async def look(self, client: Any, asker: Any) -> "FlowNow":
        """Give what is known now."""
        return await self._gauges.look() or await self._lag.look(client, asker)


async def _begin(client: Any, reader: Any, topic: str) -> None:
    from aiokafka import TopicPartition

    partitions = [TopicPartition(topic, number) for number in (await partitions_of(client, topic))[topic]]
    reader.assign(partitions)
    begins, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
    for partition in partitions:
        reader.seek(partition, max(begins[partition], ends[partition] - FIRST_HEADLINES))


async def _follow(reader: Any, headlines: "deque[Text]") -> None:
    while True:
        _enter(await reader.getmany(timeout_ms=500), headlines)


def _enter(found: Any, headlines: "deque[Text]") -> None:
    from streams.cli.report import Seen, headline

    records = sorted((record for records in found.values() for record in records), key=lambda record: record.timestamp)
    headlines.extendleft(headline(Seen.of(record)) for record in records)


async def _draw(
    looking: _Looking, client: Any, asker: Any, headlines: "deque[Text]", following: "asyncio.Task[None]"
) -> None:
    from rich.live import Live

    from streams.cli.flowview import drawn

    with Live(console=out(), screen=True, auto_refresh=False) as live:
        while not following.done():
            now = await looking.look(client, asker)
            for _ in range(round(LOOK_SECONDS * DRAWS_A_SECOND)):
                live.update(drawn(now, [line.copy() for line in headlines], *out().size), refresh=True)
                await asyncio.sleep(1 / DRAWS_A_SECOND)
    await following  # what ended it is told


async def _print_once(looking: _Looking, client: Any, asker: Any, reader: Any, headlines: "deque[Text]") -> None:
    from streams.cli.flowview import plain

    await looking.look(client, asker)
    _enter(await reader.getmany(timeout_ms=round(LOOK_SECONDS * 1000)), headlines)
    await asyncio.sleep(LOOK_SECONDS)
    for line in plain(await looking.look(client, asker), list(headlines)[:PLAIN_HEADLINES]):
        print(line)
