"""What the tests of security share with those of the command line."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import newsflow
from tests.security.secured import Secured, allow, secured

__all__ = ["newsflow"]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A secured broker that allows what deploy/acls.txt allows."""
    with secured(tmp_path_factory.mktemp("secured")) as running:
        allow(running)
        yield running
