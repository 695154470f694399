"""Three real brokers on loopback, each of which can be killed and started again. Replication 3, two in sync.

Each has a listener more, which is advertised with the port of a proxy: see `proxy.py`.
"""

import asyncio
import shutil
import signal
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from streams.kafka import launch
from streams.kafka.installation import command, install
from tests.faults.proxy import Network

NODES = (1, 2, 3)
# The embedded broker's own settings, but for the copies.
REPLICATED = """
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
# 9 s by default, and so long nobody leads what a dead broker led: the gap was 11.4 s with it.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
"""


class Cluster:
    """The brokers by their node ids."""

    def __init__(self, directory: Path) -> None:
        self._home = install()
        self._directory = directory
        ports = iter(launch.free_ports(4 * len(NODES)))
        self.ports, self._controllers, behind, before = ({node: next(ports) for node in NODES} for _ in range(4))
        self.network = Network({before[node]: behind[node] for node in NODES})
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        for node in NODES:
            data = directory / str(node) / "data"
            shutil.copytree(self._home / "formatted", data)
            identity = urlsafe_b64encode(bytes([node] * 16)).decode().rstrip("=")
            properties = {"node.id": str(node), "directory.id": identity}
            meta = data / "meta.properties"
            lines = [line for line in meta.read_text().splitlines() if line.partition("=")[0] not in properties]
            meta.write_text("\n".join([*lines, *(f"{name}={value}" for name, value in properties.items())]) + "\n")
            self._write_settings(node, behind[node], before[node])

    @property
    def bootstrap(self) -> str:
        """The addresses for `bootstrap_servers`."""
        return ",".join(f"{launch.HOST}:{port}" for port in self.ports.values())

    @property
    def proxied(self) -> str:
        """The same by way of the network that can be bad."""
        return ",".join(f"{launch.HOST}:{port}" for port in self.network.ports)

    def start(self, *nodes: int) -> None:
        """Start brokers and wait until each answers."""
        for node in nodes:
            home = self._directory / str(node)
            self._processes[node] = launch.start(
                command(self._home), home / "server.properties", home / "broker.log", tethered=True
            )
        for node in nodes:
            self._await(node)

    def await_whole(self) -> None:
        """Wait until every copy of every partition is in sync: before that, one more death is more than one."""

        async def lacking() -> int:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
            await admin.start()
            try:
                topics = await admin.describe_topics()
            finally:
                await admin.close()
            return sum(len(NODES) - len(part["isr"]) for topic in topics for part in topic["partitions"])

        deadline = time.monotonic() + launch.START_SECONDS
        while asyncio.run(lacking()):
            assert time.monotonic() < deadline, "the copies do not come into sync"
            time.sleep(0.5)

    def kill(self, *nodes: int) -> None:
        """End brokers by SIGKILL."""
        for node in nodes:
            process = self._processes.pop(node)
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _await(self, node: int) -> None:
        deadline = time.monotonic() + launch.START_SECONDS
        log = self._directory / str(node) / "broker.log"
        while launch.is_free(self.ports[node]):
            assert self._processes[node].poll() is None, launch.last_lines(log)
            assert time.monotonic() < deadline, launch.last_lines(log)
            time.sleep(0.1)

    def _write_settings(self, node: int, behind: int, before: int) -> None:
        home = self._directory / str(node)
        voters = ",".join(f"{each}@{launch.HOST}:{port}" for each, port in self._controllers.items())
        direct = f"BROKER://{launch.HOST}:{self.ports[node]},CONTROLLER://{launch.HOST}:{self._controllers[node]}"
        own = (
            f"node.id={node}\ncontroller.quorum.voters={voters}\nlog.dirs={home / 'data'}\n"
            f"listeners={direct},PROXIED://{launch.HOST}:{behind}\n"
            f"advertised.listeners={direct},PROXIED://{launch.HOST}:{before}\n"
        )
        base = (launch.HERE / "server.properties").read_text()
        (home / "server.properties").write_text(base + REPLICATED + own)

    def stop(self) -> None:
        """End all that still run."""
        self.kill(*list(self._processes))
        self.network.close()


@contextmanager
def running(directory: Path) -> Iterator[Cluster]:
    """Three brokers for the length of a `with` block."""
    cluster = Cluster(directory)
    try:
        cluster.start(*NODES)
        yield cluster
    finally:
        cluster.stop()
