"""A stream for a test."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stream.stream import Stream


@pytest.fixture
def stream(bootstrap: str, prefix: str, tmp_path: Path) -> Iterator[Stream]:
    """A stream with its topics; workers that still run are killed at the end."""
    yield from _stream(bootstrap, prefix, tmp_path)


@pytest.fixture
def second(bootstrap: str, prefix: str, tmp_path: Path) -> Iterator[Stream]:
    """Another one beside it."""
    yield from _stream(bootstrap, f"second-{prefix}", tmp_path / "second")


def _stream(bootstrap: str, prefix: str, directory: Path) -> Iterator[Stream]:
    directory.mkdir(exist_ok=True)
    stream = Stream(bootstrap, prefix, directory)
    created = stream.newsflow("topics", "create")
    assert created.returncode == 0, created.stderr
    yield stream
    for worker in stream.workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
