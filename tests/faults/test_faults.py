"""A short version of each play: `make faults` runs them longer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.metadata import MetadataRequest

from streams.cli.topics import create_topics
from streams.settings import Settings
from streams.topics import ALL
from tests.faults import cluster
from tests.faults.cluster import NODES, Cluster
from tests.faults.plays import PLAYS, perform

CREATIONS = 20  # one that waits for one broker only left another behind 10 times in 40


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster.running(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def test_topics_that_are_made_are_known_to_every_broker(brokers: Cluster) -> None:
    async def ask_all(client: AIOKafkaClient) -> list[set[str]]:
        answers = [await client.send(node, MetadataRequest(None)) for node in NODES]
        return [{topic["topic"] for topic in answer.to_object()["topics"]} for answer in answers]

    async def create_often() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=brokers.bootstrap)
        client = AIOKafkaClient(bootstrap_servers=brokers.bootstrap)
        await admin.start()
        await client.bootstrap()
        try:
            for number in range(CREATIONS):
                prefix = f"known-{number}."
                names = {prefix + topic.name for topic in ALL}
                await create_topics(admin, Settings(topic_prefix=prefix))
                assert [names - known for known in await ask_all(client)] == [set()] * len(NODES)
                await admin.delete_topics(sorted(names))
        finally:
            await client.close()
            await admin.close()

    asyncio.run(create_often())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PLAYS)
def test_nothing_is_lost_and_nothing_is_doubled(name: str, brokers: Cluster, tmp_path: Path) -> None:
    now = perform(name, brokers, tmp_path, seconds=0, seed=20261125)
    assert now.books.closed, (now.books, now.faults)
