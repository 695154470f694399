"""How a command reaches Kafka: the broker that KAFKA_BOOTSTRAP names, else the embedded one if it runs.

Settings, topics and clients are imported where they are needed, here and in all commands: `newsflow --help` is quick.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams import kafka
from streams.cli.terminal import Failure

if TYPE_CHECKING:
    from streams.settings import Broker, Settings
    from streams.topics import Topic


def settings() -> "Settings":
    """Read the settings."""
    from streams import settings as module

    return module.settings()


def short_name(topic: str) -> str:
    """Name a topic as people do: `enriched` for `news.article.enriched.v1`, prefixed or not."""
    return topic.split(".")[-2]


def topics() -> "list[Topic]":
    """List newsflow's topics, and those that a flow of one's own adds."""
    from streams.settings import Settings
    from streams.topics import ALL

    flow = settings().flow
    if flow == Settings.model_fields["flow"].default:
        return list(ALL)  # all that it has, without the second that loading it takes
    from streams.work import load_flow

    return list(dict.fromkeys((*ALL, *load_flow(flow).topics)))


def full_name(name: str) -> str:
    """Give the name of a topic on the broker, from that or from a short one."""
    prefix = settings().topic_prefix
    for topic in topics():
        if name in (topic.name, prefix + topic.name, short_name(topic.name)):
            return prefix + topic.name
    raise Failure(f"no topic {name!r}: there are {', '.join(short_name(topic.name) for topic in topics())}")


def embedded_directory() -> Path:
    """Where `newsflow kafka up` keeps its broker unless told otherwise."""
    return settings().cache / "broker"


def reach() -> "Broker":
    """Find the broker that every command uses."""
    from streams.settings import broker

    named = broker()
    if named.bootstrap is not None:
        return named
    running = kafka.status(embedded_directory())
    if running is None:
        return named  # what asks it for a client says what to do
    return named.model_copy(update={"bootstrap": running.bootstrap, "security_protocol": "PLAINTEXT"})


@asynccontextmanager
async def admin() -> AsyncIterator[Any]:
    """An admin client, for the length of a `with` block."""
    from aiokafka.admin import AIOKafkaAdminClient

    client = AIOKafkaAdminClient(**reach().client())
    async with _started(client, client.close):
        yield client


@asynccontextmanager
async def consumer(**arguments: Any) -> AsyncIterator[Any]:
    """A consumer of committed records that belongs to no group, for the length of a `with` block."""
    from aiokafka import AIOKafkaConsumer

    arguments = {"isolation_level": "read_committed", "enable_auto_commit": False, **arguments}
    client = AIOKafkaConsumer(**reach().client(), fetch_max_bytes=2 * settings().max_record_bytes, **arguments)
    async with _started(client, client.stop):
        yield client


@asynccontextmanager
async def producer(**arguments: Any) -> AsyncIterator[Any]:
    """An idempotent producer that takes the largest record there may be, for the length of a `with` block."""
    from aiokafka import AIOKafkaProducer

    from streams.transport.transaction import RECORD_BATCH_BYTES

    client = AIOKafkaProducer(
        **reach().client(),
        enable_idempotence=True,
        max_batch_size=RECORD_BATCH_BYTES,
        # A dead letter is a raw record and what its headers say of it.
        max_request_size=settings().max_record_bytes + 2 * RECORD_BATCH_BYTES,
        **arguments,
    )
    async with _started(client, client.stop):
        yield client


async def partitions_of(client: Any, *names: str) -> dict[str, list[int]]:
    """Ask which partitions topics have.

    Raises:
        Failure: a topic is missing.
    """
    found = {topic["topic"]: topic for topic in await client.describe_topics()}
    lacking = sorted(set(names) - set(found))
    if lacking:
        hidden = ", or let this login see it" if "SASL" in reach().security_protocol else ""
        raise Failure(f"no topic {', '.join(lacking)} on {reach().bootstrap}: run `newsflow topics create`{hidden}")
    return {name: sorted(partition["partition"] for partition in found[name]["partitions"]) for name in names}


async def whole(client: Any, partitions: Iterable[Any]) -> AsyncIterator[Any]:
    """Read partitions from their beginning to where they end now."""
    partitions = list(partitions)
    client.assign(partitions)
    await client.seek_to_beginning(*partitions)
    ends = await client.end_offsets(partitions)
    left = {partition for partition in partitions if await client.position(partition) < ends[partition]}
    while left:
        for records in (await client.getmany(*left, timeout_ms=200)).values():
            for record in records:
                if record.offset < ends[record.topic, record.partition]:
                    yield record
        left = {partition for partition in left if await client.position(partition) < ends[partition]}


@asynccontextmanager
async def _started(client: Any, stop: Any) -> AsyncIterator[None]:
    from aiokafka.errors import KafkaError

    from streams.transport.overheard import overheard

    with overheard() as words:
        try:
            await client.start()
        except (KafkaError, OSError) as error:
            await stop()
            raise Failure(words.reason(str(reach().bootstrap), error)) from None
    try:
        yield
    finally:
        await stop()
