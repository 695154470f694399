"""`newsflow enrich`: files in, JSON Lines out, without Kafka."""

import asyncio
import os
import sys
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain as joined
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import inputs
from streams.cli.connection import settings, short_name
from streams.cli.progress import bar
from streams.cli.terminal import err

if TYPE_CHECKING:
    from streams.cli.chain import Landed


def enrich(  # noqa: PLR0917 - typer calls it by name
    paths: inputs.Paths,
    independent: Annotated[
        bool, typer.Option("--independent", help="Each record meets an empty dedupe state: no record sees another.")
    ] = False,
    url: inputs.Url = None,
    source: inputs.Source = None,
    fetched_at: inputs.FetchedAt = None,
    rate: inputs.Rate = None,
) -> None:
    """Pages in, JSON lines out, without Kafka.

    All stages, and one line for each final record, in the order of the input: {"topic", "key", "headers", "value"}:
    an enriched article, a duplicate, a take-down (its value null) or a dead letter (its value {"body_b64"}: the bytes
    as they came). Values are those that the stream would write. All cores work; memory does not grow with the input.
    A dead letter is an answer, not an error: the exit code is 0; 1 says that a file could not be read whole. What
    became of each kind of input is summed up on standard error. Dedupe remembers this input alone, so it begins anew
    each time: to go on after an interruption is `newsflow produce`'s.

    $ newsflow enrich page.html --url https://example.org/news/1 | jq .value.summary.text
    $ newsflow enrich pages/ crawl.jsonl.gz archive.warc.gz feed.atom > articles.jsonl
    $ zcat crawl.jsonl.gz | newsflow enrich --independent -
    """
    known = inputs.about(url, source, fetched_at)
    told = inputs.Told(settings().max_record_bytes)
    files = inputs.files_of(paths, known, told)
    ends = _Ends()
    try:
        with bar(files, prints=True) as show:
            events = inputs.raw_events(files, known, told)
            asyncio.run(_enrich(ends.values(events, show), ends, independent=independent, rate=rate))
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    for line in told.lines(ends.by_kind):
        err().print(line, markup=False)
    told.end()


class _Ends:
    """What became of the events of each kind of file: final records tell the number of their event."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Counter[str]] = {}
        self._first: list[int] = []  # events in a row of one kind: the number of the first, and the kind
        self._kinds: list[str] = []

    def values(self, events: Iterator[inputs.Raw], show: Callable[[int, int], None]) -> Iterator[bytes]:
        """Pass on the values of events, and note their kinds."""
        for number, raw in enumerate(events):
            if self._kinds[-1:] != [raw.kind]:
                self._first.append(number)
                self._kinds.append(raw.kind)
            show(raw.consumed, number + 1)
            yield raw.value

    def enter(self, final: "Landed") -> None:
        """Count a final record."""
        kind = self._kinds[bisect_right(self._first, final.place[0]) - 1]
        end = "take-down" if final.value is None else short_name(final.topic)
        self.by_kind.setdefault(kind, Counter())[end] += 1


async def _enrich(events: Iterator[bytes], ends: _Ends, *, independent: bool, rate: float | None) -> None:
    from streams.cli.chain import BATCH_RECORDS, Chain
    from streams.cli.records import as_json, line
    from streams.work import load_flow

    config = settings()
    first = list(islice(events, BATCH_RECORDS))
    # A few pages do not wait for processes that they do not need.
    processes = (os.cpu_count() or 1) if len(first) == BATCH_RECORDS else 1
    config = config.model_copy(update={"compute_processes": processes})
    chain = Chain(load_flow(config.flow), config, independent=independent)
    async with chain.running():
        begin = time.monotonic()
        async for final in chain.finals(joined(first, events)):
            if rate:  # what waits for this record waits with it: batches are few
                await asyncio.sleep(max(0.0, begin + final.place[0] / rate - time.monotonic()))
            ends.enter(final)
            sys.stdout.buffer.write(line(as_json(final.topic, final.key, final.headers, final.value)))
    sys.stdout.buffer.flush()
