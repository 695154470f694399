"""`newsflow`: one command a file of this folder; this one only gathers them."""

import inspect
import logging
import re
import sys
from collections.abc import Callable
from typing import Literal

import typer

from streams.cli import (
    dead_letters,
    demo,
    doctor,
    enrich,
    explain,
    export,
    kafka,
    produce,
    reader,
    reprocess,
    tail,
    takedown,
    topics,
    watch,
    worker,
)
from streams.cli.terminal import Failure
from streams.kafka import KafkaSetupError

# On a terminal typer draws its help; elsewhere it is plain text.
DRAWN: Literal["rich"] | None = "rich" if sys.stdout.isatty() else None


def _add(group: typer.Typer, *commands: Callable[..., None]) -> None:
    for command in commands:
        # Paragraphs that begin with $ are examples, line by line (\b says so): all others are filled.
        text = re.sub(r"\n\n(?=\$ )", "\n\n\b\n", inspect.getdoc(command) or "")
        group.command(help=text)(command)


def _group(name: str, help_line: str, *commands: Callable[..., None]) -> typer.Typer:
    group = typer.Typer(
        name=name,
        help=help_line,
        add_completion=False,
        rich_markup_mode=DRAWN,
        pretty_exceptions_show_locals=False,  # a traceback tells where, never a password
    )
    _add(group, *commands)
    return group


app = _group(
    "newsflow",
    "Raw news pages on Kafka in; clean, de-duplicated, tagged, summarised article events out, each exactly once. "
    "New here? `newsflow demo` shows the whole flow in ten seconds.",
    demo.demo,
    worker.worker,
    produce.produce,
    watch.watch,
    tail.tail,
    reader.reader,
    explain.explain,
    enrich.enrich,
    export.export,
    takedown.takedown,
    reprocess.reprocess,
    doctor.doctor,
)
app.add_typer(_group("topics", "Create the topics, or check them.", topics.create, topics.check))
app.add_typer(_group("kafka", "An embedded Kafka for a desk.", kafka.up, kafka.down, kafka.status))
app.add_typer(
    _group(
        "dead-letters",
        "Look at dead letters, send them again.",
        dead_letters.ls,
        dead_letters.show,
        dead_letters.replay,
    )
)


def main() -> None:
    """Run the command line; a user's mistake is one line."""
    # Nothing of theirs is for users: commands say what went wrong.
    for talkative in ("aiokafka", "asyncio", "py.warnings"):
        logging.getLogger(talkative).addHandler(logging.NullHandler())
    logging.captureWarnings(capture=True)
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name="newsflow", standalone_mode=False))
    except typer.TyperException as error:
        sys.exit(_usage(error))
    except typer.Abort:
        sys.exit(130)
    except (Failure, KafkaSetupError) as error:
        sys.exit(_fail(str(error), code=1))
    except Exception as error:
        from aiokafka.errors import KafkaError

        from streams.flow import WiringError
        from streams.settings import SettingsError
        from streams.transport.compute_process import ComputeError
        from streams.transport.overheard import told

        if isinstance(error, KafkaError):
            sys.exit(_fail(told(error), code=1))
        if not isinstance(error, SettingsError | WiringError | ComputeError | OSError):
            raise  # a fault of ours: its traceback is wanted
        sys.exit(_fail(" ".join(str(error).split()) or type(error).__name__, code=1))


def _usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    command = context.command_path if context else "newsflow"
    return _fail(
        f"{' '.join(message.split()).rstrip('.')}; see `{command} --help`", code=getattr(error, "exit_code", 2)
    )


def _fail(message: str, *, code: int) -> int:
    print(f"newsflow: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
