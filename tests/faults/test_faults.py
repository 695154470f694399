"""A short version of each play: `make faults` runs them longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import cluster
from tests.faults.cluster import Cluster
from tests.faults.plays import PLAYS, perform


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster.running(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PLAYS)
def test_nothing_is_lost_and_nothing_is_doubled(name: str, brokers: Cluster, tmp_path: Path) -> None:
    now = perform(name, brokers, tmp_path, seconds=0, seed=20261125)
    assert now.books.closed, (now.books, now.faults)
