"""How far a command is through its files: a bar on a terminal, nothing elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from streams.cli import inputs
from streams.cli.terminal import err, out


@contextmanager
def bar(files: Sequence[Path], *, prints: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Draw a bar for the length of a `with` block; what is given takes bytes read and records done.

    Args:
        files: what is read: the bar's length is their size.
        prints: the command prints meanwhile; a bar on the same terminal would run through it.
    """
    if not err().is_terminal or inputs.STDIN in files or (prints and out().is_terminal):
        yield lambda _consumed, _done: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn())
    with Progress(*columns, console=err(), transient=True) as progress:
        task = progress.add_task("", total=sum(file.stat().st_size for file in files), said="")
        begin = time.monotonic()

        def show(consumed: int, done: int) -> None:
            rate = done / max(time.monotonic() - begin, 1e-3)
            progress.update(task, completed=consumed, said=f"{done:,} records, {rate:,.0f}/s")

        yield show
