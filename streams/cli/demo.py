"""`newsflow demo`: the whole flow on one page, over a real Kafka, stage by stage.

It ends by the books: every article that clean made of the page has arrived as an enriched article, a duplicate or a
dead letter.
"""

import asyncio
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.request import urlopen

import typer

from streams import kafka
from streams.cli import inputs
from streams.cli.connection import admin, consumer, full_name, partitions_of, producer, settings, short_name
from streams.cli.terminal import Failure, out, say
from streams.cli.topics import create_topics
from streams.kafka.launch import HERE as KAFKA_FOLDER

if TYPE_CHECKING:
    from streams.cli.books import Patience
    from streams.cli.report import Seen
    from streams.flow import Stage

SAMPLE = "sample.txt"
SAMPLE_URL = "https://www.daily8.example/news/tidal-power-station-orkney"
SAMPLE_SOURCE = "Daily8"
SAMPLE_FETCHED_AT = "2025-06-07T12:00:00Z"
ASK_SECONDS = 0.1  # how often the worker is asked whether it is ready
STOP_SECONDS = 30.0  # a worker's own last resort


def demo(
    page: Annotated[Path | None, typer.Argument(metavar="PAGE", help="A page of yours; else a sample.")] = None,
    url: inputs.Url = None,
    source: inputs.Source = None,
    fetched_at: inputs.FetchedAt = None,
) -> None:
    """Show the whole flow on one page.

    Takes it through all stages over a real Kafka and tells what each made of it: starts an embedded Kafka (or uses
    KAFKA_BOOTSTRAP, with topics of its own), creates the topics, starts a worker, produces the page, reads every
    topic, and stops it all again. Nothing stays behind.

    $ newsflow demo
    $ newsflow demo page.html --url https://example.org/news/1
    """
    known = inputs.about(url, source, fetched_at)
    if page is None:
        known = inputs.About(url or SAMPLE_URL, source or SAMPLE_SOURCE, fetched_at or SAMPLE_FETCHED_AT)
        event = inputs.page(files("streams.cli").joinpath(SAMPLE).read_bytes(), Path(SAMPLE), known)
    else:
        if not page.is_file():
            raise Failure(f"no page {page}: name one file")
        event = inputs.page(page.read_bytes(), page, known)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # so that what was started is stopped
    with ExitStack() as stack:
        _demo(event, str(page or "a sample page"), stack)
    say("")
    say("Everything is stopped again. Where to look further:")
    for command, what in FURTHER:
        say(f"{command:<44} {what}", indent=2)


def _leave(number: int, _frame: object) -> None:
    raise typer.Exit(128 + number)


FURTHER = (
    ("newsflow explain PAGE", "what was kept and cut, and why, without Kafka"),
    ("newsflow kafka up && newsflow topics create", "a Kafka that stays"),
    ("newsflow worker", "the stages; as many workers as you like"),
    ("newsflow produce PATH…", "your pages"),
    ("newsflow watch", "the flow live: rates, lag, dead letters"),
    ("newsflow tail", "enriched articles as they come"),
    ("newsflow reader", "the same in a browser"),
)


def _demo(event: bytes, page: str, stack: ExitStack) -> None:
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsflow-demo-")))
    from streams.cli.books import Patience

    log = directory / "worker.log"
    with _waiting("Starting Kafka …"):
        where = _broker(directory, stack)
    say(f"Kafka    {where}")
    worker = stack.enter_context(_worker(log))
    patience = Patience(worker, log)
    with _waiting("Starting a worker …"):
        created = asyncio.run(_create_topics())
        say(f"Topics   {len(created)} created, {settings().partitions} partitions each")
        begin = time.monotonic()
        web = _ready(log, patience)
        say(f"Worker   ready in {time.monotonic() - begin:.1f} s, all stages; {web}/metrics")
    asyncio.run(_follow(event, page, patience))


def _broker(directory: Path, stack: ExitStack) -> str:
    from streams.settings import broker
    from streams.settings import settings as cached

    if named := broker().bootstrap:
        # The names of a demo's topics are its own: nothing that is on this broker is touched.
        os.environ["NEWSFLOW_TOPIC_PREFIX"] = f"demo-{secrets.token_hex(4)}."
        cached.cache_clear()
        stack.callback(lambda: asyncio.run(_delete_topics()))
        return f"{named}, topics {settings().topic_prefix}*"
    own = stack.enter_context(kafka.running(directory / "kafka"))
    os.environ["KAFKA_BOOTSTRAP"] = own.bootstrap
    os.environ.pop("NEWSFLOW_TOPIC_PREFIX", None)
    broker.cache_clear()
    cached.cache_clear()
    return f"{own.bootstrap}, embedded, for this demo only"


@contextmanager
def _worker(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that ends with us: by SIGTERM, and should we be killed, by the kernel."""
    environment = {name: value for name, value in os.environ.items() if name != "NEWSFLOW_WEB_HOST"}
    environment["NEWSFLOW_LOG_FORMAT"] = "text"  # its last words are shown
    command = [sys.executable, "-m", "streams.cli.main", "worker", "--web-port", "0"]
    tether = [sys.executable, "-I", "-S", str(KAFKA_FOLDER / "tether.py"), str(os.getpid())]
    with log.open("wb") as words:
        process = subprocess.Popen(
            [*tether, *command],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,  # Ctrl-C is for us, who stop it
            env=environment,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(log: Path, patience: "Patience") -> str:
    """Wait until the worker has taken its partitions over; give the address of its web server."""
    while True:
        patience.check()
        time.sleep(ASK_SECONDS)
        found = re.search(r"http://[^/\s]+", log.read_text(errors="replace"))
        if found:
            with suppress(OSError), urlopen(f"{found[0]}/readyz", timeout=1):  # noqa: S310 - our own worker's
                return found[0]


async def _follow(event: bytes, page: str, patience: "Patience") -> None:
    from aiokafka import TopicPartition
    from rich.text import Text

    from streams.cli.books import Books
    from streams.cli.report import article_lines, headline
    from streams.topics import ALL, DEDUPE_STATE, RAW
    from streams.work import load_flow

    config = settings()
    async with admin() as client:
        topics = [config.topic_prefix + topic.name for topic in ALL if topic not in (RAW, DEDUPE_STATE)]
        numbers = await partitions_of(client, *topics)
    async with producer() as sender:
        raw = full_name("raw")
        sent = await sender.send_and_wait(raw, event, inputs.raw_key(event))
    begin = time.monotonic()
    say(f"Page     {page}, {len(event):,} bytes → {raw}, partition {sent.partition}, offset {sent.offset}")
    async with consumer() as reader:
        partitions = [TopicPartition(name, number) for name in topics for number in numbers[name]]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        flow = load_flow(config.flow)
        books = Books(flow)
        for stage in flow:
            while (made := books.made(stage)) is None:
                patience.check()
                found = await reader.getmany(timeout_ms=200)
                if found:
                    patience.renew()
                for records in found.values():
                    books.enter(records)
            _show(stage, made)
        finals = books.finals()
    say("")
    say(Text(f"{len(finals)} final records, {time.monotonic() - begin:.1f} s after the page was sent", style="bold"))
    for seen in finals:
        say("")
        for told in article_lines(seen.value) if seen.topic == "enriched" and seen.value else [headline(seen)]:
            say(told)


def _show(stage: "Stage", made: "list[Seen]") -> None:
    from rich.text import Text

    from streams.cli.report import stage_lines

    outputs = ", ".join(sorted({seen.topic for seen in made}, reverse=True)) or "nothing to do"
    say("")
    say(Text.assemble((stage.name, "bold"), (f"  {short_name(stage.source.name)} → {outputs}", "dim")))
    for told in stage_lines(stage.name, made):
        say(told, indent=2)


async def _create_topics() -> set[str]:
    async with admin() as client:
        return await create_topics(client, settings())


async def _delete_topics() -> None:
    from streams.topics import ALL

    async with admin() as client:
        await client.delete_topics([settings().topic_prefix + topic.name for topic in ALL])


@contextmanager
def _waiting(what: str) -> Iterator[None]:
    if not out().is_terminal:
        yield
        return
    with out().status(what):
        yield
