"""`newsflow reader`: a web page of the articles as they come."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.terminal import Failure, err, say


def reader(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="What `newsflow enrich` wrote; without it: Kafka's topics.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes any free port.")] = 9180,
    articles: Annotated[int, typer.Option(min=1, max=100_000, help="The newest articles that are kept.")] = 10_000,
) -> None:
    """Read the articles in a browser, live.

    Headlines with their summaries as they arrive; hashtags, topics, sources and names narrow the list, search looks
    through all texts. An opened article shows its story's copies with the evidence, related articles, and how each
    field was decided. Served on this machine alone; the page loads nothing from elsewhere.

    $ newsflow reader
    $ newsflow enrich pages/ > articles.jsonl && newsflow reader articles.jsonl
    """
    if path is not None and not path.is_file():
        raise Failure(f"no file {path}: name what `newsflow enrich … > {path}` wrote")
    with suppress(KeyboardInterrupt):
        asyncio.run(_read(path, port, articles))


async def _read(path: Path | None, port: int, articles: int) -> None:
    from streams.reader.intake import follow, load
    from streams.reader.shelf import Shelf
    from streams.reader.web import serving

    shelf = Shelf(articles)
    if path is not None:
        strange = load(shelf, path)
        if not len(shelf):
            raise Failure(f"{path} holds no enriched article: name what `newsflow enrich … > FILE` wrote")
        if strange:
            err().print(f"{strange:,} lines of {path} are no records, and left out", markup=False)
    try:
        async with serving(shelf, port) as taken:
            say(f"The reader: http://localhost:{taken}/  (Ctrl-C ends it)")
            await (follow(shelf, articles) if path is None else asyncio.Event().wait())
    except OSError as error:
        if error.errno is None or "address" not in str(error):
            raise
        raise Failure(f"port {port} is taken: choose another with --port, or --port 0") from None
