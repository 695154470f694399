"""Draws what a flow does: boxes with arrows where they fit, else a line a stage; plain lines for a pipe."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from streams.cli.gauges import FlowNow, StageNow
from streams.cli.terminal import visible

WIDE, NARROW = 17, 12  # columns within a box: "lag 12,345 · 59 s", "1,234 copies"
BORDERS = 4  # of a box, its padding with it
ARROW = " ─▶ "
FROM, TO = f"raw{ARROW}", f"{ARROW}you"
OLD_SECONDS = 60.0  # as the alert NewsflowLag begins to look (deploy/prometheus/rules.yml asks for 120)


def drawn(now: FlowNow, headlines: Sequence[Text], width: int, height: int) -> RenderableType:
    """Draw for a terminal of this size; the newest headlines take what is left of it."""
    inner = _fits(len(now.stages), width)
    stages = _boxes(now.stages, inner) if inner else _rows(now.stages, width)
    used = 11 if inner else len(now.stages) + 5
    shown = list(headlines)[: max(0, height - used)]
    for line in shown:
        line.truncate(width, overflow="ellipsis")
        line.no_wrap = True
    return Group(
        _title(now),
        stages,
        _totals(now),
        Rule("latest", style="dim", align="left"),
        *(shown or [Text("nothing yet", style="dim")]),
    )


def plain(now: FlowNow, headlines: Iterable[Text]) -> Iterator[str]:
    """Give lines for a file or a pipe: a stage a line, cells apart by tabs."""
    yield "stage\trecords/s\tlag\toldest\tp99 of a batch\tduplicates\tdead letters"
    for stage in now.stages:
        cells = (_rate(stage.rate), _count(stage.lag), _seconds(stage.lag_seconds), _seconds(stage.p99))
        yield "\t".join([stage.name, *cells, _count(stage.duplicates), _count(stage.dead)])
    yield _summary(now).plain
    yield f"({now.said})"
    for line in headlines:
        yield line.plain


def _title(now: FlowNow) -> Text:
    return Text.assemble(
        ("newsflow", "bold"), (f"  {now.said}", "dim"), ("  Ctrl-C ends", "dim"), no_wrap=True, overflow="ellipsis"
    )


def _fits(stages: int, width: int) -> int:
    """Give how wide boxes can be within, 0 when they cannot stand side by side."""
    between = (stages - 1) * len(ARROW)
    if stages * (WIDE + BORDERS) + between + len(FROM + TO) <= width:
        return WIDE
    return NARROW if stages * (NARROW + BORDERS) + between <= width else 0


def _boxes(stages: Sequence[StageNow], inner: int) -> Table:
    grid = Table.grid()
    cells: list[RenderableType] = [Text(f"\n\n{FROM}")] if inner == WIDE else []
    for number, stage in enumerate(stages):
        cells += [Text(f"\n\n{ARROW}")] if number else []
        cells.append(_box(stage, inner))
    cells += [Text(f"\n\n{TO}")] if inner == WIDE else []
    for cell in cells:
        grid.add_column(width=inner + BORDERS if isinstance(cell, Panel) else None)
    grid.add_row(*cells)
    return grid


def _box(stage: StageNow, inner: int) -> Panel:
    copies = "duplicates" if inner == WIDE else "copies"
    lines = [
        Text(f"{_rate(stage.rate)}/s", style="bold"),
        _lag(stage, aged=inner == WIDE),
        Text(f"p99 {_seconds(stage.p99)}", style="dim"),
        Text(f"{_count(stage.duplicates)} {copies}" if stage.duplicates else "", style="yellow"),
        Text(f"{_count(stage.dead)} dead", style="red" if stage.dead else "dim"),
    ]
    return Panel(Group(*lines), title=stage.name, title_align="left", border_style=_colour(stage))


def _rows(stages: Sequence[StageNow], width: int) -> Table:
    table = Table.grid(padding=(0, 2 if width > 60 else 1))  # noqa: PLR2004 - columns of a small window
    for number in range(6 if width > 44 else 4):  # noqa: PLR2004 - the first cells say most
        table.add_column(justify="left" if not number else "right", no_wrap=True)
    head = ["stage", "rec/s", "lag", "dead", "p99", "oldest"]
    table.add_row(*(Text(name, style="dim") for name in head[: len(table.columns)]))
    for stage in stages:
        cells = [
            Text(stage.name, style=_colour(stage)),
            Text(_rate(stage.rate), style="bold"),
            Text(_count(stage.lag)),
            Text(_count(stage.dead), style="red" if stage.dead else ""),
            Text(_seconds(stage.p99)),
            Text(_seconds(stage.lag_seconds)),
        ]
        table.add_row(*cells[: len(table.columns)])
    return table


def _totals(now: FlowNow) -> Text:
    text = _summary(now)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _summary(now: FlowNow) -> Text:
    duplicates = [stage.duplicates for stage in now.stages if stage.duplicates is not None]
    dead = [stage.dead for stage in now.stages if stage.dead is not None]
    codes = ", ".join(f"{visible(code)} {count:,}" for code, count in now.dead_by_code.most_common(4))
    return Text.assemble(
        ("end to end p99 ", "dim"),
        _seconds(now.end_to_end),
        ("   duplicates ", "dim"),
        _count(sum(duplicates) if duplicates else None),
        ("   dead letters ", "dim"),
        _count(sum(dead) if dead else None),
        (f" ({codes})" if codes else "", "dim"),
    )


def _colour(stage: StageNow) -> str:
    late = stage.lag_seconds is not None and stage.lag_seconds > OLD_SECONDS
    return "red" if late else "green" if stage.rate else "bright_black"


def _lag(stage: StageNow, *, aged: bool) -> Text:
    age = f" · {_seconds(stage.lag_seconds)}" if aged and stage.lag and stage.lag_seconds else ""
    return Text(f"lag {_count(stage.lag)}{age}", style="red" if _colour(stage) == "red" else "")


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"  # noqa: PLR2004 - below, tenths tell


def _count(count: float | None) -> str:
    return "–" if count is None else f"{count:,.0f}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"  # noqa: PLR2004 - as people say it
