"""`newsflow doctor`: what runs here, with which settings, and what is wrong with it."""

import asyncio
import os
import platform
from collections.abc import Iterable
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams import __version__
from streams.cli.connection import admin, reach, settings
from streams.cli.terminal import Failure, err, table
from streams.cli.topics import Fault, faults_of

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

PACKAGES = ("faust-streaming", "aiokafka", "msgspec", "orjson", "lxml", "pydantic-settings")


class Role(StrEnum):
    """Who the login is meant to be: see deploy/acls.txt."""

    WORKER = "worker"
    CRAWLER = "crawler"
    CONSUMER = "consumer"
    OPERATOR = "operator"


def doctor(
    role: Annotated[Role, typer.Option(help="Whose work this login and this machine are to do.")] = Role.WORKER,
) -> None:
    """Look for what is wrong: brokers, topics, rights, clocks, versions, disk and memory.

    Run it where a worker runs, with the worker's environment. Prints versions, and every setting with where it comes
    from; secrets are masked. Exit 1 when something is wrong; each fault is one line with its fix. Nothing is written:
    a transaction is begun and given up.

    $ newsflow doctor
    $ KAFKA_BOOTSTRAP=kafka:9092 newsflow doctor
    $ newsflow doctor --role crawler
    """
    from streams.cli.checks.machine import checksum_faults, memory_faults, state_faults
    from streams.settings import SettingsError, broker

    config, named = settings(), broker()
    table(["version", ""], _versions())
    table(["setting", "value", "from"], [*_settings(named), *_settings(config)])
    faults = [*state_faults(config), *memory_faults(config), *checksum_faults()] if role is Role.WORKER else []
    try:
        facts, topics, found = asyncio.run(_broker(role))
    except (Failure, SettingsError) as failure:
        facts, topics, found = [], [], [Fault(str(failure))]
    if facts:
        table(["broker", ""], facts)
        table(["topic", "partitions"], topics)
    faults = [*found, *faults]
    for fault in faults:
        err().print(f"{'fault' if fault.grave else 'note'}: {fault.text}", markup=False)
    grave = sum(fault.grave for fault in faults)
    if grave:
        raise Failure(f"{grave} {'fault' if grave == 1 else 'faults'}, see above")
    print("all is well")


def _pipeline() -> str:
    from streams.work import load_flow

    return load_flow(settings().flow).pipeline_version(settings())


def _versions() -> Iterable[tuple[str, str]]:
    yield "newsflow", __version__
    yield "pipeline", _pipeline()
    yield "python", platform.python_version()
    for package in PACKAGES:
        yield package, version(package)


def _settings(of: "BaseSettings") -> Iterable[tuple[str, str, str]]:
    given = {name.upper() for name, value in os.environ.items() if value}
    for name in type(of).model_fields:
        variable = f"{of.model_config.get('env_prefix', '')}{name}".upper()
        value: Any = getattr(of, name)
        shown = "" if value is None else str(value)  # a SecretStr as asterisks
        yield variable, shown, "environment" if variable in given else "default"


async def _broker(role: Role) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[Fault]]:
    from streams.cli.checks.broker import connected, unreachable
    from streams.settings import broker
    from streams.topics import ALL

    config = settings()
    async with connected() as client:
        if faults := await unreachable(client):
            return [], [], faults  # whatever else is asked would fail for that
        async with admin() as administrator:
            cluster = await administrator.describe_cluster()
            there = {topic["topic"]: len(topic["partitions"]) for topic in await administrator.describe_topics()}
            faults = await _faults(client, administrator, role, set(there))
    by = "KAFKA_BOOTSTRAP" if broker().bootstrap else "embedded"
    facts = [
        ("address", f"{reach().bootstrap} ({by})"),
        ("cluster", str(cluster.get("cluster_id"))),
        ("nodes", ", ".join(f"{node['host']}:{node['port']}" for node in cluster["brokers"])),
    ]
    names = [config.topic_prefix + topic.name for topic in ALL]
    return facts, [(name, str(there.get(name, "missing"))) for name in names], faults


async def _faults(client: Any, administrator: Any, role: Role, there: set[str]) -> list[Fault]:
    from streams.cli.checks.broker import needs, not_allowed, too_old
    from streams.cli.checks.clock import skewed
    from streams.cli.checks.pipeline import others
    from streams.topics import CLEAN, TAGGED, UNIQUE
    from streams.work import load_flow

    config = settings()
    needed = needs(role, load_flow(config.flow), config)
    lacking, hidden = await not_allowed(client, role, needed)
    faults = [*await too_old(client), *lacking, *await faults_of(administrator, config, hidden)]
    events = [config.topic_prefix + topic.name for topic in (CLEAN, UNIQUE, TAGGED)]
    if lacking or not there.issuperset(events):
        return faults  # what follows leans on it
    if needed.transactional_ids:
        faults += await skewed(client, needed.transactional_ids[0], events[0])
    if role is Role.WORKER:
        faults += await others(administrator, _pipeline(), events)
    return faults
