"""`newsflow doctor`: what runs here, with which settings, and what is wrong with it."""

import asyncio
import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from streams import __version__
from streams.cli.connection import admin, reach, settings
from streams.cli.terminal import Failure, err, table
from streams.cli.topics import Fault, faults_of

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

PACKAGES = ("faust-streaming", "aiokafka", "msgspec", "orjson", "lxml", "pydantic-settings")


def doctor() -> None:
    """Check broker, topics and settings.

    Prints versions, and every setting with where it comes from; secrets are masked. Exit 1 when something is wrong;
    each fault is one line with its fix.

    $ newsflow doctor
    $ KAFKA_BOOTSTRAP=kafka:9092 newsflow doctor
    """
    from streams.settings import SettingsError, broker

    config, named = settings(), broker()
    table(["version", ""], _versions())
    rows = [*_settings(named), *_settings(config)]
    table(["setting", "value", "from"], rows)
    try:
        facts, topics, faults = asyncio.run(_broker())
    except (Failure, SettingsError) as failure:
        facts, topics, faults = [], [], [Fault(str(failure))]
    if facts:
        table(["broker", ""], facts)
        table(["topic", "partitions"], topics)
    for fault in faults:
        err().print(f"{'fault' if fault.grave else 'note'}: {fault.text}", markup=False)
    grave = sum(fault.grave for fault in faults)
    if grave:
        raise Failure(f"{grave} {'fault' if grave == 1 else 'faults'}, see above")
    print("all is well")


def _versions() -> Iterable[tuple[str, str]]:
    from streams.work import load_flow

    config = settings()
    yield "newsflow", __version__
    yield "pipeline", load_flow(config.flow).pipeline_version(config)
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


async def _broker() -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[Fault]]:
    from streams.settings import broker
    from streams.topics import ALL

    config = settings()
    async with admin() as client:
        cluster = await client.describe_cluster()
        there = {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}
        faults = await faults_of(client, config)
    by = "KAFKA_BOOTSTRAP" if broker().bootstrap else "embedded"
    facts = [
        ("address", f"{reach().bootstrap} ({by})"),
        ("cluster", str(cluster.get("cluster_id"))),
        ("nodes", ", ".join(f"{node['host']}:{node['port']}" for node in cluster["brokers"])),
    ]
    names = [config.topic_prefix + topic.name for topic in ALL]
    return facts, [(name, str(there.get(name, "missing"))) for name in names], faults
