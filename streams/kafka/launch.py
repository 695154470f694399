"""One broker process: its settings, its command line, its first answer, its end."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
HOST = "127.0.0.1"
# Measured: 1.3 s on an idle desk; 14 s at a load of 8 on two cores after a kill -9 (its old session lasts 9 s).
START_SECONDS = 90.0
STOP_SECONDS = 20.0  # 0.4 s on an idle desk; a kill after that costs a log recovery, no record

HEAP = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
# The first compiler only: less CPU for a process that lives minutes. No files in /tmp for jps.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
LOGGING = tuple(
    f"-Dorg.slf4j.simpleLogger.{name}={value}"
    for name, value in {
        "defaultLogLevel": "warn",
        "showDateTime": "true",
        "dateTimeFormat": "yyyy-MM-dd HH:mm:ss.SSS",
    }.items()
)
METADATA_REQUEST = struct.pack(">hhih", 3, 4, 1, -1) + struct.pack(">ib", 0, 0)  # api, version, id, client; no topics


class KafkaSetupError(Exception):
    """The embedded broker cannot be set up or started; the first line says what to do."""


def write_settings(file: Path, data: Path, port: int, controller_port: int) -> None:
    """Write the broker's whole server.properties to `file`."""
    listeners = f"BROKER://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}"
    own = (
        f"listeners={listeners}\nadvertised.listeners={listeners}\n"
        f"controller.quorum.voters=1@{HOST}:{controller_port}\nlog.dirs={data}\n"
    )
    file.write_text((HERE / "server.properties").read_text() + own)


def start(java_command: list[str], settings: Path, log: Path, *, tethered: bool) -> subprocess.Popen[bytes]:
    """Start a broker in a session of its own: a Ctrl-C or SIGTERM for our process group does not reach it.

    A tethered one is killed by the kernel when the thread that called this ends, however it ends.
    """
    command = [*java_command, "kafka.Kafka", str(settings)]
    if tethered:
        command = [sys.executable, "-I", "-S", str(HERE / "tether.py"), str(os.getpid()), *command]
    with log.open("ab") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)


def await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the broker names itself in its own metadata: it is registered, unfenced and takes requests."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None:
            raise KafkaSetupError(f"Kafka ended while it started (exit code {process.returncode}): {last_lines(log)}")
        if time.monotonic() > deadline:
            raise KafkaSetupError(f"Kafka does not answer after {START_SECONDS:.0f} s: {last_lines(log)}")
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Whether a broker that lists itself at this port answers there."""
    with suppress(OSError, struct.error), socket.create_connection((HOST, port), timeout=2) as connection:
        connection.sendall(struct.pack(">i", len(METADATA_REQUEST)) + METADATA_REQUEST)
        stream = connection.makefile("rb")
        (size,) = struct.unpack(">i", stream.read(4))
        answer = stream.read(min(size, 1024))
        _id, _throttle, brokers, _node, host_length = struct.unpack_from(">iiiih", answer)
        (listed,) = struct.unpack_from(">i", answer, 18 + host_length)
        return (brokers, listed) == (1, port)
    return False


def last_lines(log: Path) -> str:
    """Where the log is, and how it ends."""
    lines = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
    return "\n  ".join([f"see {log}, which ends", *lines])


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a broker that this process started, gently if it lets us."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nothing listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_free(port: int) -> bool:
    """Whether a broker could listen on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Kafka itself does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
