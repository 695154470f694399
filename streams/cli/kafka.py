"""`newsflow kafka`: the embedded broker, for a desk."""

from pathlib import Path
from typing import Annotated

import typer

from streams import kafka
from streams.cli.connection import embedded_directory
from streams.cli.terminal import Failure, err

Directory = Annotated[
    Path | None, typer.Option("--directory", "-d", help="Of its data and log. Default: broker/ in the cache.")
]


def up(
    directory: Directory = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes any free port.")] = 0,
) -> None:
    """Start a real Apache Kafka on this machine, and leave it running.

    While it runs in the default directory, and KAFKA_BOOTSTRAP is not set, all other commands find it by themselves.
    For other programs, the line on standard output names it:

    $ newsflow kafka up
    $ eval "$(newsflow kafka up)"
    """
    broker = kafka.up(directory or embedded_directory(), port, lambda message: err().print(message, markup=False))
    err().print(f"Kafka runs at {broker.bootstrap}; log and data: {broker.directory}", markup=False)
    print(f"export KAFKA_BOOTSTRAP={broker.bootstrap}")


def down(
    directory: Directory = None,
    wipe: Annotated[bool, typer.Option("--wipe", help="Remove its data and log, too.")] = False,
) -> None:
    """Stop the embedded broker. Its records stay for the next start, unless told otherwise.

    $ newsflow kafka down --wipe
    """
    was_running = kafka.down(directory or embedded_directory(), wipe=wipe)
    print("Kafka stopped" if was_running else "Kafka was not running")


def status(directory: Directory = None) -> None:
    """Say whether the embedded broker runs, and where.

    Exit 1 when it does not.

    $ newsflow kafka status
    """
    broker = kafka.status(directory or embedded_directory())
    if broker is None:
        raise Failure(f"no broker runs in {directory or embedded_directory()}: start it with `newsflow kafka up`")
    err().print(f"process {broker.pid}; log and data: {broker.directory}", markup=False)
    print(f"export KAFKA_BOOTSTRAP={broker.bootstrap}")
