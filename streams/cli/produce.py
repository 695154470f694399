"""`newsflow produce`: sends pages to the raw topic.

Each batch is a transaction that also commits how far this command has come, as the offset of a consumer group of its
own. So an interrupted command, even one killed, goes on where it stopped: nothing is sent twice, nothing left out.
That holds for readers with isolation.level=read_committed, as all of newsflow's are, and for unchanged input: files
that were added, changed or renamed make it a new command. Kafka forgets the offset after offsets.retention.minutes (7
days).
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from streams.cli import inputs
from streams.cli.connection import admin, full_name, partitions_of, producer, settings
from streams.cli.progress import bar
from streams.cli.terminal import Failure, err

# A transaction's size, as a worker's: it costs 10 to 20 ms, and its records are seen when it ends.
BATCH_RECORDS = 500
BATCH_BYTES = 5 * 2**20
RATED_SECONDS = 0.2  # with --rate, a batch holds what may be sent in this time
TRANSACTION_SECONDS = 10  # a killed command's open transaction holds up readers no longer
COORDINATOR_SECONDS = 30.0  # the first group of a new broker waits for its topic, 1 to 3 s
RECORD_OVERHEAD = 1024  # Kafka's own fields of a batch of one record


def produce(  # noqa: PLR0917 - typer calls it by name
    paths: inputs.Paths,
    url: inputs.Url = None,
    source: inputs.Source = None,
    fetched_at: inputs.FetchedAt = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Send the first N records only.")] = None,
    rate: inputs.Rate = None,
    restart: Annotated[bool, typer.Option("--restart", help="Send all again, from the first record on.")] = False,
) -> None:
    """Send pages to the raw topic.

    A bare page becomes one raw event, a WARC archive's pages one each, and a feed's entries that carry their story;
    lines of .jsonl files are sent byte for byte, broken ones, too. All of it may be packed (.gz, .zst). After an
    interruption (Ctrl-C, kill -9, a lost broker) the same command goes on where it stopped: each batch is a
    transaction that holds the command's progress, too. From standard input (-) it starts anew each time.

    $ newsflow produce page.html --url https://example.org/news/1 --fetched-at 2025-06-07T12:00:00Z
    $ newsflow produce crawl.jsonl.gz pages/ CC-NEWS-*.warc.gz feed.rss --rate 200
    """
    known = inputs.about(url, source, fetched_at)
    told = inputs.Told(settings().max_record_bytes - RECORD_OVERHEAD)
    files = inputs.files_of(paths, known, told)
    events = islice(inputs.raw_events(files, known, told), limit)
    identity = None if inputs.STDIN in files else _identity(files, known, limit, told.largest)
    asyncio.run(Sending(files, identity, rate, told).run(events, restart=restart))
    told.end()


class Sending:
    """One run of the command.

    Args:
        files: what is read, for the progress bar.
        identity: names the command, so that it finds its progress again; null: it keeps none.
        rate: records a second.
        told: what happened to the input.
    """

    def __init__(self, files: Sequence[Path], identity: str | None, rate: float | None, told: inputs.Told) -> None:
        from aiokafka import TopicPartition

        config = settings()
        self.topic = full_name("raw")
        self._progress_at = TopicPartition(self.topic, 0)
        self._identity = identity
        self._group = f"{config.topic_prefix}newsflow.produce.{identity or time.time_ns()}"
        self._files = files
        self._rate = rate
        self._told = told
        self.sent = self.bytes = 0

    async def run(self, events: Iterator[inputs.Raw], *, restart: bool) -> None:
        """Send the events that were not sent before."""
        from aiokafka.errors import ProducerFenced

        async with admin() as client:
            await partitions_of(client, self.topic)
            writer = producer(transactional_id=self._group, transaction_timeout_ms=TRANSACTION_SECONDS * 1000)
            async with writer as sender:  # first it ends what a killed run left open: then its progress is known
                done = 0 if restart or not self._identity else await self._done(client)
                if done:
                    err().print(f"going on after record {done:,} (--restart sends all again)")
                begin = time.monotonic()
                try:
                    with bar(self._files) as show:
                        await self._send_all(sender, events, done, show)
                except ProducerFenced:
                    raise Failure("the same command was started a second time and has taken over") from None
        seconds = time.monotonic() - begin
        print(
            f"sent {self.sent:,} records ({self.bytes / 1e6:,.1f} MB) to {self.topic} in {seconds:.1f} s: "
            f"{self.sent / max(seconds, 1e-3):,.0f} records/s"
        )
        for line in self._told.lines():
            print(line)

    async def _done(self, client: Any) -> int:
        from aiokafka.errors import KafkaError

        deadline = time.monotonic() + COORDINATOR_SECONDS
        while True:
            try:
                found = await client.list_consumer_group_offsets(self._group, partitions=[self._progress_at])
                break
            except KafkaError as error:
                if not error.retriable or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(COORDINATOR_SECONDS / 100)
        return max(0, found[self._progress_at].offset) if self._progress_at in found else 0

    async def _send_all(
        self, sender: Any, events: Iterator[inputs.Raw], done: int, show: Callable[[int, int], None]
    ) -> None:
        begin = time.monotonic()
        read = sum(1 for _ in islice(events, done))
        records = max(1, round(self._rate * RATED_SECONDS)) if self._rate else BATCH_RECORDS
        for batch in _batches(events, min(records, BATCH_RECORDS)):
            read += len(batch)
            await self._send(sender, batch, read)
            show(batch[-1].consumed, self.sent)
            if self._rate:
                await asyncio.sleep(max(0.0, begin + self.sent / self._rate - time.monotonic()))
        await self._send(sender, [], 0)  # done: the same command may start anew

    async def _send(self, sender: Any, batch: Sequence[inputs.Raw], read: int) -> None:
        async with sender.transaction():
            futures = []
            for raw in batch:
                key = inputs.raw_key(raw.value)
                if len(raw.value) + len(key or b"") > self._told.largest:
                    self._told.too_large(raw)
                    continue
                futures.append(await sender.send(self.topic, raw.value, key))
                self.sent += 1
                self.bytes += len(raw.value)
            for future in futures:
                await future
            if self._identity:
                await sender.send_offsets_to_transaction({self._progress_at: read}, self._group)


def _identity(files: Sequence[Path], known: inputs.About, limit: int | None, largest: int) -> str:
    from streams import __version__
    from streams.identity import short_hash

    stats = [(file.resolve(), file.stat()) for file in files]
    of_files = [f"{file}|{stat.st_size}|{stat.st_mtime_ns}" for file, stat in stats]
    # Another version, or another largest record, may read the same files as other events.
    return short_hash(*of_files, repr(known), repr((limit, largest, __version__)))


def _batches(events: Iterator[inputs.Raw], records: int) -> Iterator[list[inputs.Raw]]:
    batch: list[inputs.Raw] = []
    size = 0
    for raw in events:
        batch.append(raw)
        size += len(raw.value)
        if len(batch) == records or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
