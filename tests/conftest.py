"""Shared fixtures: one broker for the session, a fresh topic prefix for each test, the data beside the project."""

import os
import shutil
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


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of a cluster that comes from Kafka 3: nobody has raised its transaction.version to 2."""
    directory: Path = tmp_path_factory.mktemp("upgraded")
    shutil.copytree(
        kafka.install() / "formatted", directory / "data", ignore=shutil.ignore_patterns("bootstrap.checkpoint")
    )
    with kafka.running(directory) as broker:
        yield broker.bootstrap


@pytest.fixture
def prefix() -> str:
    """What the names of this test's topics and groups start with: no other test sees them."""
    return f"test-{uuid4().hex[:12]}."


@pytest.fixture(scope="session")
def data() -> Path:
    """The pages and judgements of NEWSFLOW_DATA, which are no part of the project; CI refuses to go without."""
    directory = Path(__file__).parents[1] / os.environ.get("NEWSFLOW_DATA", "../shared/data")
    if not directory.is_dir():
        (pytest.fail if os.environ.get("REQUIRE_DATA") else pytest.skip)(f"NEWSFLOW_DATA: no directory {directory}")
    return directory
