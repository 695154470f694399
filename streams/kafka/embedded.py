"""A real Apache Kafka on loopback: one KRaft node, found again through its directory.

    up(directory)       start it, and leave it running
    status(directory)   the running one, if any
    down(directory)     stop it
    running(directory)  for the length of a `with` block, and dead with us even after a kill -9

A directory holds one broker: `data/`, `broker.log`, `server.properties` and, while it runs, `broker.json`.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from streams.kafka import launch
from streams.kafka.installation import Progress, command, install, locked, silent
from streams.kafka.launch import KafkaSetupError

STATE = "broker.json"
PARTS = ("data", "broker.log", "server.properties", STATE, "lock")
TRIES = 3  # a port found free can be taken before Kafka binds it

# Brokers that this process started: only their starter can collect their exit codes.
_started: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Broker:
    """A running embedded broker."""

    directory: Path
    pid: int
    port: int
    controller_port: int

    @property
    def bootstrap(self) -> str:
        """The address for `bootstrap_servers`."""
        return f"{launch.HOST}:{self.port}"


def up(directory: Path, port: int = 0, progress: Progress = silent) -> Broker:
    """Start a broker on this port (0: any free one), or return the one that already runs in this directory."""
    return _up(directory, port, progress, tethered=False)


def status(directory: Path) -> Broker | None:
    """Return the broker that runs in this directory; a state file whose process is gone counts for nothing."""
    try:
        state = json.loads((directory / STATE).read_text())
        broker = Broker(directory.resolve(), **state)
    except (OSError, ValueError, TypeError):
        return None
    return broker if _is_ours(broker) else None


def down(directory: Path, *, wipe: bool = False) -> bool:
    """Stop the broker of this directory; with `wipe`, remove its data and log too. Returns whether one was running."""
    if not directory.is_dir():
        return False
    with locked(directory / "lock"):
        broker = status(directory)
        if broker is not None:
            _end(broker)
        (directory / STATE).unlink(missing_ok=True)
        if wipe:
            _wipe(directory)
    return broker is not None


@contextmanager
def running(directory: Path, port: int = 0, progress: Progress = silent, *, wipe: bool = True) -> Iterator[Broker]:
    """A broker for the length of a `with` block, stopped at its end; should we be killed, the kernel kills it.

    Enter it in a thread that lives until then (the main one): for the kernel, a starter is a thread.
    """
    if status(directory):
        raise KafkaSetupError(f"A broker runs in {directory} already. Use it, or stop it: newsflow kafka down")
    broker = _up(directory, port, progress, tethered=True)
    try:
        yield broker
    finally:
        down(directory, wipe=wipe)


def _up(directory: Path, port: int, progress: Progress, *, tethered: bool) -> Broker:
    home = install(progress)
    directory = directory.resolve()
    with locked(directory / "lock"):
        if found := status(directory):
            if port in (0, found.port):
                return found
            raise KafkaSetupError(f"This broker runs on port {found.port}. To move it, first: newsflow kafka down")
        if port and not launch.is_free(port):
            raise KafkaSetupError(f"Port {port} is taken by another program. Choose another, or 0 for any free one")
        if not (directory / "data").exists():
            shutil.copytree(home / "formatted", directory / "data")
        progress("Starting Kafka …")
        for left in reversed(range(TRIES)):
            own, controller_port = launch.free_ports(2)
            try:
                return _start(home, directory, port or own, controller_port, tethered=tethered)
            except KafkaSetupError as error:
                if not left or "BindException" not in str(error):
                    raise
        raise AssertionError


def _start(home: Path, directory: Path, port: int, controller_port: int, *, tethered: bool) -> Broker:
    settings, log = directory / "server.properties", directory / "broker.log"
    launch.write_settings(settings, directory / "data", port, controller_port)
    log.unlink(missing_ok=True)
    process = launch.start(command(home), settings, log, tethered=tethered)
    try:
        broker = Broker(directory, process.pid, port, controller_port)
        state = {name: value for name, value in asdict(broker).items() if name != "directory"}
        (directory / STATE).write_text(json.dumps(state))
        launch.await_answer(process, port, log)
    except BaseException:  # Ctrl-C included: what was not handed over must not stay behind
        launch.stop(process)
        (directory / STATE).unlink(missing_ok=True)
        raise
    _started[process.pid] = process
    return broker


def _end(broker: Broker) -> None:
    for number, seconds in ((signal.SIGTERM, launch.STOP_SECONDS), (signal.SIGKILL, launch.STOP_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(broker.pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _is_ours(broker):
                return
            time.sleep(0.02)
    raise KafkaSetupError(f"Kafka (process {broker.pid}) does not end, not even by SIGKILL")


def _is_ours(broker: Broker) -> bool:
    """Whether the process is alive and the broker of this directory: its number may be another's by now."""
    if process := _started.get(broker.pid):
        process.poll()
    try:
        words = Path(f"/proc/{broker.pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(broker.directory / "server.properties") in words


def _wipe(directory: Path) -> None:
    for name in PARTS:
        part = directory / name
        shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)
    with suppress(OSError):  # something else lies there, too
        directory.rmdir()
