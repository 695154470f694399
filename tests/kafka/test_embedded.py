"""The embedded broker: found again, kept or wiped, never left behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams import kafka
from streams.kafka import KafkaSetupError

STARTER = """
import sys, time
from pathlib import Path
from streams import kafka
with kafka.running(Path(sys.argv[1])) as broker:
    print(broker.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "broker"
    kafka.down(tmp_path / "broker")


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, *values: bytes, commit: bool = True) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{topic}.tx", max_request_size=1 << 25)
    await producer.start()
    try:
        await producer.begin_transaction()
        for value in values:
            await producer.send_and_wait(topic, value)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()


async def fetch(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"{topic}.group",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        return [(await asyncio.wait_for(consumer.getone(), 30)).value for _ in range(count)]
    finally:
        await consumer.stop()


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_a_committed_transaction_is_read_by_a_group_and_an_aborted_one_is_not(bootstrap: str, prefix: str) -> None:
    async def go() -> list[bytes]:
        await create(bootstrap, prefix + "t")
        await produce(bootstrap, prefix + "t", b"aborted", commit=False)
        await produce(bootstrap, prefix + "t", b"one", b"two")
        return await fetch(bootstrap, prefix + "t", 2)

    assert asyncio.run(go()) == [b"one", b"two"]


def test_a_record_of_24_mib_goes_through(bootstrap: str, prefix: str) -> None:
    value = os.urandom(24 << 20)

    async def go() -> list[bytes]:
        await create(bootstrap, prefix + "t")
        await produce(bootstrap, prefix + "t", value)
        return await fetch(bootstrap, prefix + "t", 1)

    assert asyncio.run(go()) == [value]


def test_up_is_found_again_and_a_restart_keeps_its_records(directory: Path) -> None:
    broker = kafka.up(directory)
    assert kafka.status(directory) == broker == kafka.up(directory)
    assert os.getsid(broker.pid) == broker.pid, "a Ctrl-C in our terminal would reach it"
    with pytest.raises(KafkaSetupError, match=f"runs on port {broker.port}"):
        kafka.up(directory, broker.port + 1)
    with pytest.raises(KafkaSetupError, match="already"), kafka.running(directory):
        pass
    asyncio.run(create(broker.bootstrap, "t"))
    asyncio.run(produce(broker.bootstrap, "t", b"kept"))

    assert kafka.down(directory)
    assert kafka.status(directory) is None
    assert not is_alive(broker.pid)
    assert not kafka.down(directory), "a second time there is nothing to stop"

    again = kafka.up(directory)
    assert asyncio.run(fetch(again.bootstrap, "t", 1)) == [b"kept"]
    kafka.down(directory, wipe=True)
    assert not directory.exists()


def test_a_process_that_has_our_number_is_not_our_broker(directory: Path) -> None:
    directory.mkdir()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        state = {"pid": stranger.pid, "port": 9092, "controller_port": 9093}
        (directory / "broker.json").write_text(json.dumps(state))
        assert kafka.status(directory) is None
        assert not kafka.down(directory)
        assert stranger.poll() is None, "it was not ours to end"
        stranger.kill()


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"pid": 1}'])
def test_a_broken_state_file_counts_for_nothing(directory: Path, state: str) -> None:
    directory.mkdir()
    (directory / "broker.json").write_text(state)
    assert kafka.status(directory) is None


def test_a_taken_port_is_refused_before_anything_starts(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(KafkaSetupError, match="is taken") as refusal:
            kafka.up(directory, taken.getsockname()[1])
    assert "\n" not in str(refusal.value)
    assert not (directory / "data").exists()


def test_a_broker_that_cannot_start_says_why_and_leaves_nothing_running(directory: Path) -> None:
    (directory / "data").mkdir(parents=True)
    (directory / "data/meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")
    with pytest.raises(KafkaSetupError, match=r"ended while it started .*\n(.*\n)*.*node.id"):
        kafka.up(directory)
    assert kafka.status(directory) is None


def test_an_interrupted_block_stops_its_broker(directory: Path) -> None:
    def interrupted() -> None:
        with kafka.running(directory) as broker:
            pids.append(broker.pid)
            raise KeyboardInterrupt

    pids: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not is_alive(pids[0])
    assert not directory.exists()


def test_a_starter_killed_by_9_leaves_no_broker(directory: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, str(directory)], stdout=subprocess.PIPE) as starter:
        assert starter.stdout
        pid = int(starter.stdout.readline())
        try:
            assert is_alive(pid)
            starter.kill()
            assert within(5, lambda: not is_alive(pid))
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert kafka.status(directory) is None
