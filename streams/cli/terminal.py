"""What commands print: coloured and fitted to a terminal, else plain lines, each whole, without boxes.

Titles and messages are written by strangers: `visible` takes out what could move a terminal's cursor.
"""

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console  # 60 ms: not for `newsflow --help`
    from rich.text import Text


SHORT = 19  # characters of a cell that is never broken: a time

LEAST = 12  # characters of a column of longer ones, which are broken


class Failure(Exception):  # noqa: N818 - what a command says when it cannot go on
    """Why a command cannot do what it was asked for, and how to mend it, in one line."""


@cache
def out() -> "Console":
    """Standard output."""
    return _console(stderr=False)


@cache
def err() -> "Console":
    """Standard error: progress and remarks, so that output can be piped."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr, highlight=False, emoji=False, soft_wrap=not stream.isatty(), no_color=not stream.isatty()
    )


def visible(text: str) -> str:
    """Leave out what would move a terminal's cursor, or turn its text around: control and format characters."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c in "\u200c\u200d")


def one_line(text: str) -> str:
    """Put a stranger's text into one line that a terminal only shows."""
    return visible(" ".join(text.split()))


def say(text: "Text | str", indent: int = 0) -> None:
    """Print one line to standard output; on a terminal a long one goes on below itself."""
    from rich.padding import Padding
    from rich.text import Text

    line = Text(text) if isinstance(text, str) else text
    if out().soft_wrap:
        out().print(Text(" " * indent) + line)
    else:
        out().print(Padding(line, (0, 0, 0, indent)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows: a table on a terminal, else lines with a tab between cells."""
    if not out().is_terminal:
        for row in rows:
            print("\t".join(one_line(cell) for cell in row))
        return
    from rich.table import Table
    from rich.text import Text

    cells = [[one_line(cell) for cell in row] for row in rows]
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, *column in zip(head, *cells, strict=True):
        short = max(map(len, column), default=0) <= SHORT
        shown.add_column(name, no_wrap=short, min_width=None if short else LEAST, overflow="fold")
    for row in cells:
        shown.add_row(*map(Text, row))
    out().print(shown)
