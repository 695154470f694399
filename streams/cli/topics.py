"""`newsflow topics`: makes the topics, and says where they are not as they must be."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.cli.connection import admin, reach, settings, topics
from streams.cli.terminal import Failure, err, table

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.topics import Topic

ALREADY_EXISTS = 36  # Kafka's error code: TOPIC_ALREADY_EXISTS
NOT_ALLOWED = 29  # TOPIC_AUTHORIZATION_FAILED
LEADER_SECONDS = 30.0  # a new topic has its leaders in a fraction of a second
ASK_SECONDS = 2.0  # for one broker's answer; one that hangs is out of the cluster after 9


def create() -> None:
    """Create the topics that are not there yet.

    Each with its partitions, retention and largest record. Partitions are fixed at creation (NEWSFLOW_PARTITIONS, 4):
    the most workers that can share the work. What exists stays as it is, and is checked. Any number of machines may
    run this at once.

    $ newsflow topics create
    $ NEWSFLOW_PARTITIONS=12 NEWSFLOW_REPLICATION=3 newsflow topics create
    """
    made, faults = asyncio.run(_create(settings()))
    names = [settings().topic_prefix + topic.name for topic in topics()]
    table(["topic", ""], [[name, "created" if name in made else "exists"] for name in names])
    _tell(faults)


def check() -> None:
    """Compare the topics with the settings.

    Exit 1 when one would lose records or stop the flow. A line for each fault, with its fix. A different retention is
    only mentioned: it may be meant.

    $ newsflow topics check
    """
    faults = asyncio.run(_check(settings()))
    if not faults:
        print(f"{len(topics())} topics on {reach().bootstrap} are as they must be")
    _tell(faults)


def _tell(faults: "list[Fault]") -> None:
    for fault in faults:
        err().print(f"{'fault' if fault.grave else 'note'}: {fault.text}", markup=False)
    grave = sum(fault.grave for fault in faults)
    if grave:
        raise Failure(f"{grave} {'fault' if grave == 1 else 'faults'} in the topics, see above")


class Fault(NamedTuple):
    """What is wrong with a topic and how to mend it; `grave` when records would be lost or the flow would stop."""

    text: str
    grave: bool = True


def configuration(topic: "Topic", config: "Settings") -> dict[str, str]:
    """Name what a topic is created with."""
    from streams.settings import MIB
    from streams.topics import DAY_MS, DEDUPE_STATE, RAW

    # State must outlive the window that it is the memory of.
    retention = round(config.dedupe_window_days * DAY_MS) + DAY_MS if topic is DEDUPE_STATE else topic.retention_ms
    # Later topics take what became of the largest raw record, headers of dead letters included.
    largest = config.max_record_bytes + (0 if topic is RAW else MIB)
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(retention),
        "max.message.bytes": str(largest),
        # When a page came is the broker's to say: dedupe window and retention go by it, and crawlers' clocks differ.
        "message.timestamp.type": "LogAppendTime" if topic is RAW else "CreateTime",
    }


async def create_topics(client: Any, config: "Settings") -> set[str]:
    """Create the missing topics and wait until every broker knows them and each partition has its leader.

    Returns:
        The names of those that were created here.
    """
    from aiokafka.admin import NewTopic

    there = set(await client.list_topics())
    missing = {config.topic_prefix + topic.name: topic for topic in topics()}
    missing = {name: topic for name, topic in missing.items() if name not in there}
    if not missing:
        return set()
    answer = await client.create_topics(
        [
            # aiokafka takes a replication of -1 (KIP-464: the broker's default) with an empty assignment only.
            NewTopic(
                name,
                config.partitions,
                config.replication,
                replica_assignments={} if config.replication < 0 else None,
                topic_configs=configuration(topic, config),
            )
            for name, topic in missing.items()
        ]
    )
    made = set()
    for name, code, *message in answer.topic_errors:
        if code not in (0, ALREADY_EXISTS):
            raise Failure(f"the broker does not create {name}: {(message or [None])[0] or f'error {code}'}")
        made |= {name} if code == 0 else set()
    try:
        async with asyncio.timeout(LEADER_SECONDS):
            while not await _known(client, missing):  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Failure(
            f"not every broker knows the new topics and their leaders after {LEADER_SECONDS:.0f} s: look at the brokers"
        ) from None
    return made


async def _known(client: Any, names: Collection[str]) -> bool:
    """Ask every broker: one that lags behind would tell the next who asks it that a topic is missing."""
    from aiokafka.errors import KafkaError
    from aiokafka.protocol.metadata import MetadataRequest

    try:
        for broker in (await client.describe_cluster())["brokers"]:
            async with asyncio.timeout(ASK_SECONDS):
                # The admin client asks any broker it likes, and has no public way to choose.
                answer = await client._send_request(MetadataRequest(None), broker["node_id"])  # noqa: SLF001
            leaders = {
                topic["topic"]: [partition["leader"] for partition in topic["partitions"]]
                for topic in answer.to_object()["topics"]
            }
            if not all(name in leaders and all(leader >= 0 for leader in leaders[name]) for name in names):
                return False
    except (KafkaError, TimeoutError):
        return False  # it went away: soon it is not among the brokers any more
    return True


async def faults_of(client: Any, config: "Settings", hidden: Collection[str] | None = None) -> list[Fault]:
    """Compare the topics on the broker with the settings, those aside that are hidden from a login with other work."""
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    wanted = {config.topic_prefix + topic.name: topic for topic in topics()}
    wanted = {name: topic for name, topic in wanted.items() if name not in (hidden or ())}
    found = {topic["topic"]: topic["partitions"] for topic in await client.describe_topics()}
    there = {name: len(partitions) for name, partitions in found.items()}
    faults = [Fault(f"{name} is missing: run `newsflow topics create`") for name in wanted if name not in there]
    present = {name: topic for name, topic in wanted.items() if name in there}
    if not present:
        return faults
    faults += [
        Fault(
            f"{name} has {there[name]} partitions, not {config.partitions}: set NEWSFLOW_PARTITIONS={there[name]}, "
            "or delete all topics and run `newsflow topics create`"
        )
        for name in present
        if there[name] != config.partitions
    ]
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present]
    unread = 0
    for answer in await client.describe_configs(resources):
        for code, message, _kind, name, entries in answer.resources:
            if code == NOT_ALLOWED:
                unread += 1
            elif code:
                faults.append(Fault(f"{name}: its settings cannot be read ({message or f'error {code}'})"))
            else:
                actual = {entry[0]: entry[1] for entry in entries}
                faults += _compare(name, actual, configuration(present[name], config))
                faults += _copies(name, found[name], int(actual["min.insync.replicas"]))
    if unread:
        text = (
            f"this login may not read the settings of {unread} topics: run `newsflow topics check` as an operator, too"
        )
        faults.append(Fault(text, grave=hidden is None))
    return faults


def _copies(name: str, partitions: list[dict[str, Any]], least: int) -> Iterator[Fault]:
    """Tell where a transaction cannot be committed, for too few copies are in sync."""
    short = [part for part in partitions if len(part["isr"]) < least or part["leader"] < 0]
    copies = min((len(part["replicas"]) for part in partitions), default=0)
    if copies < least:
        yield Fault(
            f"{name} has {copies} {'copy' if copies == 1 else 'copies'}, fewer than min.insync.replicas={least}: "
            "nothing can be written; lower it, or move the topic to more brokers (kafka-reassign-partitions.sh)"
        )
    elif short:
        numbers = ", ".join(str(part["partition"]) for part in short)
        yield Fault(
            f"{name} has fewer copies in sync than min.insync.replicas={least} (partition {numbers}): nothing can be "
            "written there; start the brokers that are away"
        )


def _compare(name: str, actual: Mapping[str, str], wanted: Mapping[str, str]) -> list[Fault]:
    from streams.topics import DEDUPE_STATE

    alter = f"kafka-configs.sh --bootstrap-server {reach().bootstrap} --alter --topic {name} --add-config"
    faults = []
    size = "max.message.bytes"
    if int(actual[size]) < int(wanted[size]):
        faults.append(
            Fault(
                f"{name} takes records of {actual[size]} bytes, fewer than the {wanted[size]} that may come: "
                f"{alter} {size}={wanted[size]}, or lower NEWSFLOW_MAX_RECORD_BYTES"
            )
        )
    policy = "cleanup.policy"
    if set(actual[policy].split(",")) != set(wanted[policy].split(",")):
        faults.append(
            Fault(
                f"{name} has {policy}={actual[policy]}, not {wanted[policy]}: {alter} {policy}=[{wanted[policy]}]",
                # Compaction of a topic that is no table loses records that share a key; state without it is read for
                # hours when a partition moves.
                grave=("compact" in wanted[policy]) != ("compact" in actual[policy]),
            )
        )
    stamp = "message.timestamp.type"
    if actual[stamp] != wanted[stamp]:
        faults.append(
            Fault(
                f"{name} has {stamp}={actual[stamp]}, not {wanted[stamp]}: the dedupe window would go by crawlers' "
                f"clocks: {alter} {stamp}={wanted[stamp]}",
                grave=wanted[stamp] == "LogAppendTime",
            )
        )
    keep = "retention.ms"
    if actual[keep] != wanted[keep]:
        faults.append(
            Fault(
                f"{name} has {keep}={actual[keep]}, not {wanted[keep]}; if that is not meant: "
                f"{alter} {keep}={wanted[keep]}",
                # State that is deleted before its window ends is judged without.
                grave=name.endswith(DEDUPE_STATE.name) and 0 <= int(actual[keep]) < int(wanted[keep]),
            )
        )
    return faults


async def _create(config: "Settings") -> tuple[set[str], list[Fault]]:
    async with admin() as client:
        return await create_topics(client, config), await faults_of(client, config)


async def _check(config: "Settings") -> list[Fault]:
    async with admin() as client:
        return await faults_of(client, config)
