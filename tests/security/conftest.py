"""What the tests of security share with those of the command line, and a broker of their own."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams.topics import RAW
from tests.cli.conftest import newsflow
from tests.security.secured import ADMIN, FOREIGN, NEWSFLOW, Secured, allow, secured, send

__all__ = ["newsflow"]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A secured broker that allows what deploy/acls.txt allows."""
    with secured(tmp_path_factory.mktemp("secured")) as running:
        allow(running)
        yield running


@pytest.fixture(scope="session")
def topics(broker: Secured) -> None:
    """The topics, one page in the first of them, and a topic of somebody else's."""

    async def create() -> None:
        admin = AIOKafkaAdminClient(**broker.client(ADMIN))
        await admin.start()
        await admin.create_topics([NewTopic(FOREIGN, 1, 1)])
        await admin.close()

    asyncio.run(create())
    command = [*NEWSFLOW, "topics", "create"]
    subprocess.run(command, env=broker.environment("operator"), check=True, capture_output=True)
    send(broker, "crawler", RAW.name, b"no page")
    asyncio.run(_first_group(broker))


async def _first_group(broker: Secured) -> None:
    """Wait for the topic of all groups, which a new broker makes when it is first asked for one."""
    admin = AIOKafkaAdminClient(**broker.client(ADMIN))
    await admin.start()
    try:
        for _ in range(100):
            with suppress(GroupCoordinatorNotAvailableError):
                await admin.list_consumer_group_offsets("first")
                return
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
