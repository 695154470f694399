"""A broker as one is run in earnest: TLS, SCRAM, and nothing allowed that deploy/acls.txt does not allow."""

import argparse
import asyncio
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from streams.kafka import launch
from streams.kafka.installation import CLUSTER_ID, command, install
from streams.settings import Broker

ACLS = Path(__file__).parents[2] / "deploy/acls.txt"
ROLES = ("crawler", "worker", "consumer", "operator")
ADMIN = "admin"
FOREIGN = "payroll"  # somebody else's topic
NEWSFLOW = [sys.executable, "-m", "streams.cli.main"]
# Kafka's own numbers: org.apache.kafka.common.resource.ResourceType, PatternType, common.acl.AclOperation.
RESOURCES = {"topic": 2, "group": 3, "transactional_id": 5}
PATTERNS = {"literal": 3, "prefixed": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
ALLOW = 3

SETTINGS = """
process.roles=broker,controller
node.id=1
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.quorum.voters=1@{host}:{controller_port}
log.dirs={directory}/data
listener.security.protocol.map=BROKER:SASL_SSL,CONTROLLER:SSL
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
listener.name.controller.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={directory}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={directory}/ca.pem
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.broker.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:CN=broker
"""


class Secured:
    """The broker: how each role reaches it."""

    def __init__(self, directory: Path, port: int, passwords: Mapping[str, str]) -> None:
        self.bootstrap = f"{launch.HOST}:{port}"
        self.directory = directory
        self.passwords = passwords

    def environment(self, role: str) -> dict[str, str]:
        """The environment in which newsflow reaches the broker as this role."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("NEWSFLOW_", "KAFKA_"))},
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_USERNAME": role,
            "KAFKA_SASL_PASSWORD": self.passwords[role],
            "KAFKA_SSL_CAFILE": str(self.directory / "ca.pem"),
        }

    def client(self, role: str) -> dict[str, object]:
        """The same for aiokafka."""
        environment = self.environment(role).items()
        told = {name[len("KAFKA_") :].lower(): value for name, value in environment if name.startswith("KAFKA_")}
        return Broker.model_validate(told).client()

    def words(self) -> str:
        """What the broker said."""
        return (self.directory / "broker.log").read_text(errors="replace")


def certificates(directory: Path) -> None:
    """Make an authority and a broker's certificate for loopback, as PEM files, by openssl."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2")
    openssl("req", "-x509", *new_key, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", f"subjectAltName=IP:{launch.HOST}")
    leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
    openssl("req", "-x509", *new_key, *signed, *leaf, "-subj", "/CN=broker", "-keyout", "key.pem", "-out", "cert.pem")
    (directory / "broker.pem").write_text((directory / "key.pem").read_text() + (directory / "cert.pem").read_text())


@contextmanager
def secured(directory: Path) -> Iterator[Secured]:
    """A secured broker with the roles as users, for the length of a `with` block."""
    certificates(directory)
    port, controller_port = launch.free_ports(2)
    passwords = {user: os.urandom(9).hex() for user in (ADMIN, *ROLES)}
    given = {"host": launch.HOST, "port": port, "controller_port": controller_port, "directory": directory}
    settings, log = directory / "server.properties", directory / "broker.log"
    own = [line for line in (launch.HERE / "server.properties").read_text().splitlines() if line]
    own = [line for line in own if line.startswith(("offsets", "transaction", "share", "group", "message", "default"))]
    settings.write_text("\n".join(own) + SETTINGS.format(**given, password=passwords[ADMIN]))
    java = command(install())
    users = [f"SCRAM-SHA-512=[name={user},password={passwords[user]}]" for user in (ADMIN, *ROLES)]
    tool = [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)]
    subprocess.run([*tool, *(word for user in users for word in ("-S", user))], check=True, capture_output=True)
    process = launch.start(java, settings, log, tethered=True)
    try:
        broker = Secured(directory, port, passwords)
        deadline = time.monotonic() + launch.START_SECONDS
        while not asyncio.run(_answers(broker)):
            assert process.poll() is None, launch.last_lines(log)
            assert time.monotonic() < deadline, launch.last_lines(log)
            time.sleep(0.2)
        yield broker
    finally:
        launch.stop(process)


async def _answers(broker: Secured) -> bool:
    admin = AIOKafkaAdminClient(**broker.client(ADMIN))
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except KafkaError:
        return False
    finally:
        await admin.close()


def allow(broker: Secured) -> None:
    """Do what deploy/acls.txt tells to do."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--allow-principal")
    parser.add_argument("--resource-pattern-type", default="literal", choices=PATTERNS)
    parser.add_argument("--operation", action="append", choices=OPERATIONS)
    for resource in RESOURCES:
        parser.add_argument(f"--{resource.replace('_', '-')}", action="append", default=[])
    requests = []
    for line in ACLS.read_text().splitlines():
        told = parser.parse_args(shlex.split(line, comments=True))
        requests += [
            CreateAclsRequest(
                number, name, PATTERNS[told.resource_pattern_type], told.allow_principal, "*",
                OPERATIONS[operation], ALLOW,
            )
            for resource, number in RESOURCES.items()
            for name in getattr(told, resource)
            for operation in told.operation
        ]  # fmt: skip

    async def create() -> None:
        client = AIOKafkaClient(**broker.client(ADMIN))
        await client.bootstrap()
        try:
            for request in requests:
                answer = await client.send(client.get_random_node(), request)
                assert [code for code, _ in answer.creation_responses] == [0], answer
        finally:
            await client.close()

    asyncio.run(create())


@contextmanager
def start_worker(
    broker: Secured, log: Path, role: str = "worker", **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker, its words in a file, for the length of a `with` block."""
    told = {**broker.environment(role), **environment}
    with log.open("wb") as out, subprocess.Popen([*NEWSFLOW, "worker"], env=told, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.kill()  # unless the test has seen it end


def until(holds: Callable[[], bool], log: Path) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 150  # with a busy machine around it
    while not holds():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def send(broker: Secured, role: str, topic: str, value: bytes) -> None:
    """Write one record."""

    async def go() -> None:
        async with AIOKafkaProducer(**broker.client(role)) as producer:
            await producer.send_and_wait(topic, value)

    asyncio.run(go())
