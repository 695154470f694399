"""Passwords are told to nobody, and nothing listens where strangers are."""

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from benchmarks.worker import processes
from streams.settings import SECRETS
from streams.topics import RAW
from tests.security.secured import NEWSFLOW, Secured, send, start_worker, until
from tests.stream.pages import page

LISTENS = "0A"  # in /proc/net/tcp: proc_pid_net(5)


class Running:
    """A worker that has worked: on a page, and on a record that is none."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.pids = [process.pid]
        self.log = log
        found = re.search(r"http://[^/\s]+", log.read_text())
        assert found
        self.web = found[0]

    def ask(self, path: str) -> str:
        """What the worker's web server answers."""
        with urllib.request.urlopen(f"{self.web}{path}", timeout=5) as answer:
            return str(answer.read(), "utf-8")


@pytest.fixture(scope="module")
def secrets(broker: Secured) -> dict[str, str]:
    """All secrets, by their variable: the login is a real one."""
    assert {"KAFKA_SASL_PASSWORD", "KAFKA_SSL_PASSWORD"} <= SECRETS
    marked = {name: f"s3cret-{name[::-1]}" for name in SECRETS}  # those of settings to come included
    return {**marked, "KAFKA_SASL_PASSWORD": broker.passwords["worker"]}


@pytest.fixture(scope="module")
def running(
    broker: Secured, topics: object, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A worker on the secured broker, as talkative as it can be."""
    assert topics is None
    log = tmp_path_factory.mktemp("worker") / "log"
    with start_worker(broker, log, **secrets, NEWSFLOW_LOG_LEVEL="debug", NEWSFLOW_WEB_PORT="0") as process:
        until(lambda: "/readyz" in log.read_text(), log)
        send(broker, "crawler", RAW.name, page(7))
        send(broker, "crawler", RAW.name, b"no page")
        worker = Running(process, log)
        dead, done = 'dead_letters_total{error_code="decode_json",stage="clean"}', 'outcome="passed",stage="summarise"'
        until(lambda: all(series in worker.ask("/metrics") for series in (dead, done)), log)
        worker.pids = [*processes(process.pid)]
        yield worker
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0, log.read_text()


def _told(told: str, secrets: dict[str, str]) -> set[str]:
    return {name for name, secret in secrets.items() if secret in told}


def test_secrets_are_in_no_log_metric_event_or_process_of_pages(
    broker: Secured, running: Running, secrets: dict[str, str]
) -> None:
    said = running.log.read_text()
    assert "took over" in said
    assert '"level": "info"' in said
    places = {"log": said, "broker's log": broker.words()}
    places |= {path: running.ask(path) for path in ("/metrics", "/healthz", "/readyz")}
    for role, command in (("operator", "dead-letters ls"), ("consumer", "tail --from-beginning -n 1 --json")):
        run = subprocess.run(
            [*NEWSFLOW, *command.split()], env=broker.environment(role), capture_output=True, text=True, check=True
        )
        places[command] = run.stdout + run.stderr
        assert run.stdout
    worker, *others = running.pids
    assert others, "no compute process"
    assert _told(_environment(worker), secrets) == set(secrets), "this is how they would be found"
    for pid in running.pids:
        places[f"command line of {pid}"] = Path(f"/proc/{pid}/cmdline").read_text()
    for pid in others:
        places[f"environment of {pid}"] = _environment(pid)
    assert {place: _told(told, secrets) for place, told in places.items() if _told(told, secrets)} == {}


def _environment(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text(errors="replace")


# A fault of ours in the middle of a login: the traceback's frames hold the password.
CRASH = """
import aiokafka.admin
def broken(**arguments):
    raise RuntimeError("a fault of ours")
aiokafka.admin.AIOKafkaAdminClient = broken
from streams.cli.main import main
main()
"""


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize("command", [[*NEWSFLOW, "doctor"], [sys.executable, "-c", CRASH, "topics", "check"]])
def test_secrets_are_in_no_doctors_report_and_no_traceback(
    broker: Secured, secrets: dict[str, str], command: list[str]
) -> None:
    environment = {**broker.environment("worker"), **secrets}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    assert ("RuntimeError: a fault of ours" if CRASH in command else "KAFKA_SASL_PASSWORD") in said
    assert _told(said, secrets) == set()


def test_nothing_listens_beyond_loopback(running: Running, broker: Secured, bootstrap: str) -> None:
    listening = dict(_listening())
    web = int(running.web.rpartition(":")[2])
    ports = {web, *(int(address.rpartition(":")[2]) for address in (broker.bootstrap, bootstrap))}
    owners = {pid for pid, places in listening.items() if ports & {port for _, port in places}}
    assert len(owners) == 3, "the worker and two brokers, a secured and an embedded one"
    assert running.pids[0] in owners
    for pid in {*owners, *running.pids}:
        beyond = [place for place in listening.get(pid, []) if not ip_address(place[0]).is_loopback]
        assert beyond == [], Path(f"/proc/{pid}/cmdline").read_text()[:200]


def _listening() -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """Give for each process the addresses and ports on which it listens."""
    places = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, _, _, _, _, _, inode, *_ = row.split()
            if state == LISTENS:
                address, port = local.split(":")
                places[f"socket:[{inode}]"] = _address(address), int(port, 16)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            sockets = {str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()}
        except OSError:
            continue  # it has ended
        if found := [places[each] for each in sockets & places.keys()]:
            yield int(process.name), found


def _address(written: str) -> str:
    """Read an address as the kernel writes it: words of 32 bits in the machine's order of bytes."""
    words = (written[at : at + 8] for at in range(0, len(written), 8))
    packed = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    address = ip_address(packed)
    return str(getattr(address, "ipv4_mapped", None) or address)


def test_compose_publishes_ports_on_loopback_only() -> None:
    text = (Path(__file__).parents[2] / "docker-compose.yml").read_text()
    published = re.findall(r'^\s+ports: \["?([^\]]+)\]|^\s+- "?([\d.$].*:\d+)"?$', text, re.MULTILINE)
    assert published
    assert all("".join(each).startswith("127.0.0.1:") for each in published)
