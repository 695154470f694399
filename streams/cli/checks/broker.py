"""Whether the brokers can be reached where they say they are, are new enough, and what this login may do there."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest

from streams.cli.checks.wire import TopicRights
from streams.cli.connection import reach, settings
from streams.cli.terminal import Failure
from streams.cli.topics import NOT_ALLOWED, Fault
from streams.flow import Flow
from streams.settings import Settings
from streams.topics import ALL, CLEAN, DEAD_LETTER, ENRICHED, RAW
from streams.transport.lane import group_of
from streams.transport.overheard import overheard
from streams.transport.requests import JOINING, FeaturesRequest

REACH_SECONDS = 3.0  # a broker in the same region takes a connection in milliseconds
FETCH, FETCH_SINCE_4 = 1, 4  # Kafka 4.0 took away Fetch below version 4 (KIP-896), and had its new groups (KIP-848)
READ, WRITE = 3, 4  # org.apache.kafka.common.acl.AclOperation
GROUP, TRANSACTIONAL_ID = 0, 1  # as FindCoordinator counts
KEYS = {30: "group", 53: "transactional id"}  # Kafka's error codes for a login that may not


class Needs(NamedTuple):
    """What a role does on the broker: see deploy/acls.txt."""

    read: Sequence[str] = ()
    write: Sequence[str] = ()
    groups: Sequence[str] = ()
    transactional_ids: Sequence[str] = ()


def needs(role: str, flow: Flow, config: Settings) -> Needs:
    """Name what a role needs."""
    prefix = config.topic_prefix
    if role == "crawler":
        return Needs(write=[prefix + RAW.name])
    if role == "consumer":
        return Needs(read=[prefix + ENRICHED.name])
    if role == "operator":
        return Needs(
            read=[prefix + topic.name for topic in (RAW, DEAD_LETTER)],
            write=[prefix + topic.name for topic in (RAW, CLEAN)],
            transactional_ids=[f"{prefix}newsflow.takedown.doctor"],
        )
    states = [stage.state for stage in flow if stage.state]
    outputs = [topic for stage in flow for topic in stage.route.outputs]
    groups = [group_of(stage, config) for stage in flow]
    return Needs(
        read=[prefix + topic.name for topic in (*(stage.source for stage in flow), *states)],
        write=[prefix + topic.name for topic in (*outputs, *states, DEAD_LETTER)],
        groups=groups,
        transactional_ids=[f"{group}-doctor" for group in groups],
    )


@asynccontextmanager
async def connected() -> AsyncIterator[AIOKafkaClient]:
    """A bare client that has asked the brokers' addresses, for the length of a `with` block.

    Raises:
        Failure: nothing answers at the address that is set, or the login is refused.
    """
    client = AIOKafkaClient(**reach().client())
    try:
        with overheard() as words:
            try:
                await client.bootstrap()
            except (KafkaError, OSError) as error:
                raise Failure(words.reason(str(reach().bootstrap), error)) from None
        yield client
    finally:
        await client.close()


async def unreachable(client: AIOKafkaClient) -> list[Fault]:
    """Try each broker where it says it is: the address that is set may answer all the same."""
    nodes = sorted(client.cluster.brokers(), key=lambda node: node.nodeId)
    tried = await asyncio.gather(*(_try(node.host, node.port) for node in nodes))
    return [
        Fault(
            f"broker {node.nodeId} says that it is at {node.host}:{node.port}, where nothing answers ({said}): "
            f"set its advertised.listeners to an address that this machine reaches, as {reach().bootstrap} is"
        )
        for node, said in zip(nodes, tried, strict=True)
        if said
    ]


async def _try(host: str, port: int) -> str:
    try:
        async with asyncio.timeout(REACH_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"no answer in {REACH_SECONDS:.0f} s"
    except OSError as error:
        return error.strerror or str(error)
    writer.close()
    return ""


async def too_old(client: AIOKafkaClient) -> list[Fault]:
    """Ask each broker what it understands, and one how they have agreed to have transactions."""
    faults = []
    for node in client.cluster.brokers():
        answer = await client.send(node.nodeId, ApiVersionRequest())
        if is_too_old({key: (least, most) for key, least, most in answer.api_versions}):
            faults.append(
                Fault(
                    f"broker {node.nodeId} is older than Kafka 4: upgrade it; newsflow's guarantees were tried on 4.1 "
                    "and lean on its transactions (transaction.version=2)"
                )
            )
    if not faults:
        version = (await client.send(client.get_random_node(), FeaturesRequest())).transaction_version
        if version < JOINING:
            faults.append(
                Fault(
                    f"the cluster's transaction.version is {version}, as after an upgrade from Kafka 3, with which "
                    f"transactions take more requests: kafka-features.sh --bootstrap-server {reach().bootstrap} "
                    f"upgrade --feature transaction.version={JOINING}",
                    grave=False,
                )
            )
    return faults


def is_too_old(versions: Mapping[int, tuple[int, int]]) -> bool:
    """Whether a broker that understands these versions of each API is older than Kafka 4."""
    return versions[FETCH][0] < FETCH_SINCE_4


async def not_allowed(client: AIOKafkaClient, role: str, needed: Needs) -> tuple[list[Fault], set[str]]:
    """Ask what this login may do with topics, groups and transactional ids; nothing is changed by it.

    Returns:
        The faults, and the topics that this login does not even see.
    """
    names = [settings().topic_prefix + topic.name for topic in ALL]
    answer = await client.send(client.get_random_node(), TopicRights(names))
    rights = {name: (code, operations) for code, name, _, _, operations in answer.topics}
    hidden = {name for name, (code, _) in rights.items() if code == NOT_ALLOWED}
    lacking = [
        f"{word} {name}"
        for word, bit, topics in (("read", READ, needed.read), ("write", WRITE, needed.write))
        for name in topics
        if name in hidden or (not rights[name][0] and not rights[name][1] >> bit & 1)
    ]
    for kind, keys in ((GROUP, needed.groups), (TRANSACTIONAL_ID, needed.transactional_ids)):
        for key in keys:
            found = await client.send(client.get_random_node(), FindCoordinatorRequest(key, kind))
            if found.error_code in KEYS:
                lacking.append(f"use {KEYS[found.error_code]} {key}")
    login = reach().sasl_username or "without a name"
    return [
        Fault(f"this login ({login}) may not {what}, as a {role} must: deploy/acls.txt has what each role needs")
        for what in lacking
    ], hidden


async def coordinator(client: AIOKafkaClient, transactional_id: str) -> int | None:
    """Find the broker that coordinates a transactional id; None: not allowed, or there is none yet."""
    found = await client.send(client.get_random_node(), FindCoordinatorRequest(transactional_id, TRANSACTIONAL_ID))
    if found.error_code:
        return None
    node = int(found.coordinator_id)
    await client.ready(node, group=ConnectionGroup.DEFAULT)
    return node
