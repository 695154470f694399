"""`newsflow explain`: what the stages make of one page, without Kafka."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import inputs
from streams.cli.connection import settings
from streams.cli.terminal import Failure, say

if TYPE_CHECKING:
    from streams.clean.extraction import Cut
    from streams.cli.chain import Step
    from streams.settings import Settings

# Words of the language that pages are in most, and names: what makes the stages load their tables.
WARM_UP = (
    b'{"source": {"name": "newsflow"}, "body": "Council of Wick meets\\nThe Highland Council met in the harbour of '
    b'Wick on Monday, said Anna Reid. It was the first of many meetings, and the last of the year."}'
)


def explain(
    page: Annotated[Path, typer.Argument(metavar="PAGE", help="One page: .html, .txt, …")],
    url: inputs.Url = None,
    source: inputs.Source = None,
    fetched_at: inputs.FetchedAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every record of every stage, as one JSON document.")] = False,
) -> None:
    """Show what each stage makes of a page.

    What was kept, what was cut and why, and how long it took. Without Kafka.

    $ newsflow explain page.html --url https://example.org/news/1
    $ newsflow explain page.txt --source Daily8 --fetched-at 2025-06-07T12:00:00Z
    $ newsflow explain page.txt --json | jq '.stages[0].records[].value.removed'
    """
    known = inputs.about(url, source, fetched_at)
    files = inputs.files_of([str(page)], known)
    if len(files) > 1 or page.is_dir() or inputs.kind_of(page) not in {None, "page"}:
        raise Failure(f"explain takes one page, {page} is none: for many, `newsflow enrich {page}`")
    events = list(inputs.raw_events(files, known, inputs.Told(settings().max_record_bytes)))
    if not events:
        raise Failure(f"nothing of {page} could be read: see above")
    asyncio.run(_explain(events[0].value, as_json=as_json))


async def _explain(event: bytes, *, as_json: bool) -> None:
    from streams.cli.chain import Chain
    from streams.work import load_flow

    config = settings().model_copy(update={"compute_processes": 1})
    chain = Chain(load_flow(config.flow), config, independent=True)
    async with chain.running():
        await chain.steps([WARM_UP])  # tables load on first use: no time of this page
        steps = await chain.steps([event], first=1)
    cuts = _cuts(event, config) if any(landed.output.outcome == "passed" for landed in steps[0].landed) else []
    if as_json:
        _print_json(chain.version, steps, cuts)
    else:
        _print(steps, cuts)


def _print_json(version: str, steps: "list[Step]", cuts: "list[Cut]") -> None:
    from streams.cli.records import as_json, line

    stages = [
        {
            "stage": step.stage,
            "seconds": round(step.seconds, 6),
            "records": [as_json(each.topic, each.key, each.headers, each.value) for each in step.landed if each.topic],
        }
        for step in steps
    ]
    sys.stdout.buffer.write(line({"pipeline_version": version, "stages": stages, "cut": cuts}))


def _print(steps: "list[Step]", cuts: "list[Cut]") -> None:
    from rich.text import Text

    from streams.cli.report import Seen, article_lines, cut_line, stage_lines

    seen: list[Seen] = []
    for step in steps:
        seen = [Seen.read(each.topic, each.key, each.headers, each.value) for each in step.landed if each.topic]
        if seen:
            say(Text.assemble((step.stage, "bold"), (f"  {step.seconds * 1000:.1f} ms", "dim")))
        for told in stage_lines(step.stage, seen):
            say(told, indent=2)
        if step.stage == "clean":
            for cut in cuts:
                say(cut_line(cut), indent=2)
    for final in seen:
        if final.topic == "enriched" and final.value:
            say("")
            for told in article_lines(final.value):
                say(told)


def _cuts(event: bytes, config: "Settings") -> "list[Cut]":
    # Articles tell how much was cut, not what. The page has kept clean's limits before, so it is read here once more.
    from streams.clean.stage import explain as explain_page
    from streams.lenient import raw_page

    return explain_page(raw_page(event), max_body_bytes=config.max_body_bytes).extraction.cut
