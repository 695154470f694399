"""`newsflow enrich`: files in, JSON Lines out, without Kafka."""

import asyncio
import os
import sys
from collections.abc import Iterator
from itertools import chain as joined
from itertools import islice
from typing import Annotated

import typer

from streams.cli import inputs
from streams.cli.connection import settings


def enrich(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH|-", help="Pages, raw events (.jsonl[.gz]), directories; -: stdin.")
    ],
    independent: Annotated[
        bool, typer.Option("--independent", help="Each record meets an empty dedupe state: no record sees another.")
    ] = False,
    url: inputs.Url = None,
    source: inputs.Source = None,
    fetched_at: inputs.FetchedAt = None,
) -> None:
    """Pages in, JSON lines out, without Kafka.

    All stages, and one line for each final record, in the order of the input: {"topic", "key", "headers", "value"}:
    an enriched article, a duplicate, a take-down (its value null) or a dead letter (its value {"body_b64"}: the bytes
    as they came). Values are those that the stream would write. All cores clean; memory does not grow with the input.
    A dead letter is an answer, not an error: the exit code is 0.

    $ newsflow enrich page.html --url https://example.org/news/1 | jq .value.summary.text
    $ newsflow enrich pages/ crawl.jsonl.gz > articles.jsonl
    $ zcat crawl.jsonl.gz | newsflow enrich --independent -
    """
    known = inputs.about(url, source, fetched_at)
    events = (raw.value for raw in inputs.raw_events(inputs.files_of(paths, known), known))
    try:
        asyncio.run(_enrich(events, independent=independent))
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _enrich(events: Iterator[bytes], *, independent: bool) -> None:
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
        async for final in chain.finals(joined(first, events)):
            sys.stdout.buffer.write(line(as_json(final.topic, final.key, final.headers, final.value)))
    sys.stdout.buffer.flush()
