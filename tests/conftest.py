"""Shared fixtures: one broker for the session, a fresh topic prefix for each test."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from streams import kafka


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The broker that KAFKA_BOOTSTRAP names, else an embedded one."""
    if named := os.environ.get("KAFKA_BOOTSTRAP"):
        yield named
        return
    directory: Path = tmp_path_factory.mktemp("kafka")
    with kafka.running(directory) as broker:
        yield broker.bootstrap


@pytest.fixture
def prefix() -> str:
    """What the names of this test's topics and groups start with: no other test sees them."""
    return f"test-{uuid4().hex[:12]}."
