"""`newsflow`: one command a file of this folder; this one only gathers them."""

import logging
import sys

import typer

from streams.cli import worker
from streams.settings import SettingsError

app = typer.Typer(
    name="newsflow",
    help="Raw news pages on Kafka in; clean, de-duplicated, tagged, summarised article events out, each exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(worker.worker)


def main() -> None:
    """Run the command line; a user's mistake is one line."""
    logging.captureWarnings(capture=True)
    try:
        app()
    except SettingsError as error:
        sys.exit(f"newsflow: {error}")


if __name__ == "__main__":
    main()
