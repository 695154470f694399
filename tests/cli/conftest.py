"""The command line, called as its users do, but in this process: a call takes milliseconds."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from streams import settings
from streams.cli import main, terminal


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Its lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Newsflow = Callable[..., Answer]


@pytest.fixture
def newsflow(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Iterator[Newsflow]:
    """Call `newsflow` with these arguments and these environment variables."""
    for name in list(os.environ):
        if name.startswith(("NEWSFLOW_", "KAFKA_")) and name != "NEWSFLOW_CACHE":
            monkeypatch.delenv(name)

    def call(*arguments: str | Path, **environment: str) -> Answer:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        for cached in (settings.settings, settings.broker, terminal.out, terminal.err):
            cached.cache_clear()
        monkeypatch.setattr(sys, "argv", ["newsflow", *map(str, arguments)])
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as left:
            main.main()
        printed = capsysbinary.readouterr()
        out, err = (stream.decode("utf-8", "replace") for stream in printed)
        return Answer(int(left.value.code or 0), out, err)

    yield call
    logging.captureWarnings(capture=False)
    settings.settings.cache_clear()
    settings.broker.cache_clear()


@pytest.fixture
def kafka(newsflow: Newsflow, bootstrap: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Newsflow:
    """Call `newsflow` on a broker that has this test's topics."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("NEWSFLOW_TOPIC_PREFIX", prefix)
    assert newsflow("topics", "create").code == 0
    return newsflow
