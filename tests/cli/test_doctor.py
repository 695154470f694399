"""`newsflow doctor` finds each of the likeliest mistakes, tried against the real fault, and says the fix."""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams import topics
from streams.cli.checks import clock, machine
from streams.cli.checks.broker import is_too_old
from streams.kafka import launch
from streams.kafka.installation import command, install
from tests.cli.conftest import Answer, Newsflow
from tests.stream.stream import Stream

NEWSFLOW = [sys.executable, "-m", "streams.cli.main"]
GIB = 2**30


def faults(answer: Answer) -> list[str]:
    assert answer.code == 1, answer.out
    assert "Traceback" not in answer.err
    return [line for line in answer.err.splitlines() if line.startswith("fault: ")]


def alter(bootstrap: str, topic: str, **configs: str) -> None:
    async def go() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        named = {name.replace("_", "."): value for name, value in configs.items()}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])
        there: dict[str, str] = {}
        while not named.items() <= there.items():  # the broker hears of it a moment later
            await asyncio.sleep(0.1)
            [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
            there = {entry[0]: entry[1] for entry in answer.resources[0][4]}
        await admin.close()

    asyncio.run(go())


STATE, RAW, CLEAN = "newsflow.dedupe.state.v1", "news.article.raw.v1", "news.article.clean.v1"
# What is done to a topic, what the one fault begins with, and the fix that it names.
TOPICS = {
    "too small records": (
        CLEAN,
        {"max_message_bytes": "1000000"},
        "takes records of 1000000 bytes",
        "kafka-configs.sh",
    ),
    "compacted pages": (
        RAW,
        {"cleanup_policy": "compact"},
        "has cleanup.policy=compact, not delete",
        "kafka-configs.sh",
    ),
    "state that is not compacted": (
        STATE,
        {"cleanup_policy": "delete"},
        "has cleanup.policy=delete",
        "[compact,delete]",
    ),
    "state that is gone early": (STATE, {"retention_ms": "3600000"}, "has retention.ms=3600000", "--add-config"),
    "crawlers' clocks": (
        RAW,
        {"message_timestamp_type": "CreateTime"},
        "has message.timestamp.type=Cr",
        "LogAppendTime",
    ),
    "too few copies": (CLEAN, {"min_insync_replicas": "2"}, "has 1 copy, fewer than min.insync.replicas=2", "lower it"),
}


@pytest.mark.parametrize("mistake", TOPICS)
def test_a_topic_that_is_not_as_it_must_be(kafka: Newsflow, bootstrap: str, prefix: str, mistake: str) -> None:
    topic, configs, said, fix = TOPICS[mistake]
    as_made = {"cleanup_policy": "compact,delete" if topic == STATE else "delete", "max_message_bytes": "26214400"}
    as_made |= {"retention_ms": str(31 * 86_400_000)} if topic == STATE else {}
    as_made |= {"message_timestamp_type": "LogAppendTime"} if topic == RAW else {}
    alter(bootstrap, prefix + topic, **{**as_made, **configs})
    [fault] = faults(kafka("doctor"))
    assert fault.startswith(f"fault: {prefix}{topic} {said}")
    assert fix in fault


def test_a_missing_topic_and_a_wrong_number_of_partitions(kafka: Newsflow, bootstrap: str, prefix: str) -> None:
    async def go() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_topics([prefix + CLEAN, prefix + "news.article.duplicate.v1"])
        await asyncio.sleep(1)
        made = NewTopic(f"{prefix}news.article.duplicate.v1", 2, 1, topic_configs={"max.message.bytes": "26214400"})
        await admin.create_topics([made])
        await admin.close()

    asyncio.run(go())
    missing, partitions = faults(kafka("doctor"))
    assert missing == f"fault: {prefix}{CLEAN} is missing: run `newsflow topics create`"
    assert "has 2 partitions, not 4: set NEWSFLOW_PARTITIONS=2" in partitions


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker that answers here and says that it is elsewhere, as one behind a port mapping does."""
    directory = tmp_path_factory.mktemp("elsewhere")
    port, controller, closed = launch.free_ports(3)
    settings, log = directory / "server.properties", directory / "broker.log"
    launch.write_settings(settings, directory / "data", port, controller)
    with settings.open("a") as file:
        file.write(f"advertised.listeners=BROKER://{launch.HOST}:{closed},CONTROLLER://{launch.HOST}:{controller}\n")
    home = install()
    subprocess.run(["cp", "-r", str(home / "formatted"), str(directory / "data")], check=True)
    process = launch.start(command(home), settings, log, tethered=True)
    deadline = time.monotonic() + launch.START_SECONDS
    while launch.is_free(port):
        assert process.poll() is None, launch.last_lines(log)
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield f"{launch.HOST}:{port} {launch.HOST}:{closed}"
    launch.stop(process)


def test_a_broker_that_says_it_is_elsewhere(newsflow: Newsflow, elsewhere: str) -> None:
    here, there = elsewhere.split()
    deadline = time.monotonic() + 60
    while "says that it is" not in (answer := newsflow("doctor", KAFKA_BOOTSTRAP=here)).err:
        assert time.monotonic() < deadline, answer.err  # it registers a moment after it listens
        time.sleep(0.5)
    [fault] = faults(answer)
    assert f"says that it is at {there}, where nothing answers" in fault
    assert f"set its advertised.listeners to an address that this machine reaches, as {here} is" in fault


@pytest.mark.parametrize(("seconds", "said"), [(-90, "ahead of"), (90, "behind")])
def test_clocks_that_differ(kafka: Newsflow, monkeypatch: pytest.MonkeyPatch, seconds: int, said: str) -> None:
    now = clock.now_ms
    monkeypatch.setattr(clock, "now_ms", lambda: now() + seconds * 1000)
    [fault] = faults(kafka("doctor"))
    assert f"s {said} this machine's: set both by NTP" in fault
    [told] = [float(word) for word in fault.split() if word.replace(".", "").isdigit()]
    assert 85 < told < 95


def test_it_can_be_run_again_and_leaves_nothing_for_readers(
    kafka: Newsflow, bootstrap: str, prefix: str, tmp_path: Path
) -> None:
    for _ in range(3):
        assert kafka("doctor").code == 0
    assert Stream(bootstrap, prefix, tmp_path).read(topics.CLEAN) == []


def test_a_worker_of_another_pipeline(kafka: Newsflow, bootstrap: str, prefix: str) -> None:
    async def write(version: str, age: float) -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            stamp = int((time.time() - age) * 1000)
            await producer.send_and_wait(
                prefix + CLEAN,
                b"{}",
                partition=3,
                timestamp_ms=stamp,
                headers=[("news_pipeline_version", version.encode())],
            )

    own = next(line.split("\t")[1] for line in kafka("doctor").out.splitlines() if line.startswith("pipeline"))
    asyncio.run(write(own, 1))
    asyncio.run(write("0.1.0+01d", 3600))
    assert kafka("doctor").code == 0
    asyncio.run(write("0.1.0+d1ff", 1))
    [fault] = faults(kafka("doctor"))
    assert f"a worker of pipeline 0.1.0+d1ff wrote {prefix}{CLEAN}" in fault
    assert f"this is {own}: end the roll-out" in fault


# KIP-896: what Kafka 3.9 and 4.1 say that they understand of Fetch.
@pytest.mark.parametrize(("versions", "old"), [({1: (0, 17)}, True), ({1: (4, 18)}, False)])
def test_a_broker_before_4_is_told_by_what_it_understands(versions: dict[int, tuple[int, int]], old: bool) -> None:
    assert is_too_old(versions) == old


def test_a_cluster_that_was_upgraded_and_has_the_old_transactions(newsflow: Newsflow, upgraded: str) -> None:
    assert newsflow("topics", "create", KAFKA_BOOTSTRAP=upgraded).code == 0
    answer = newsflow("doctor", KAFKA_BOOTSTRAP=upgraded)
    [note] = answer.err.splitlines()
    assert answer.code == 0
    assert note.startswith("note: the cluster's transaction.version is 0")
    assert f"--bootstrap-server {upgraded} upgrade --feature transaction.version=2" in note


def test_checksums_that_are_slow(kafka: Newsflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("google_crc32c.implementation", "python")
    answer = kafka("doctor")
    assert (answer.code, answer.err.partition(",")[0]) == (0, "note: checksums are reckoned in Python")


def test_a_state_directory_that_cannot_be_written(kafka: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [fault] = faults(kafka("doctor", NEWSFLOW_STATE_DIR=str(tmp_path / "file" / "state")))
    assert "cannot be written (Not a directory): give its volume to this user" in fault


def test_a_state_directory_that_is_memory(kafka: Newsflow) -> None:
    if machine.file_system(Path("/dev/shm")) != "tmpfs":
        pytest.skip("no tmpfs here")
    found = faults(kafka("doctor", NEWSFLOW_STATE_DIR="/dev/shm/newsflow-doctor", NEWSFLOW_DEDUPE_MAX_ENTRIES="1000"))
    Path("/dev/shm/newsflow-doctor").rmdir()
    assert [fault.partition(" is a tmpfs: ")[2] for fault in found] == [
        "it takes memory and is gone after a restart; name a disk's directory"
    ]


def test_a_disk_that_is_too_small(kafka: Newsflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_faults", lambda _: [])
    answer = kafka("doctor", NEWSFLOW_STATE_DIR=str(tmp_path), NEWSFLOW_DEDUPE_MAX_ENTRIES="1000000000000")
    [fault] = faults(answer)
    assert "GiB for state, which can come to 4097819.3 GiB" in fault


def _doctor(limit: int, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSFLOW_", "KAFKA_"))}
    return subprocess.run(
        [*NEWSFLOW, "doctor"],
        env={**told, **environment},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )


def test_a_memory_limit_that_is_too_small(kafka: Newsflow, bootstrap: str, prefix: str) -> None:
    assert kafka("doctor").code == 0
    reach = {"KAFKA_BOOTSTRAP": bootstrap, "NEWSFLOW_TOPIC_PREFIX": prefix, "NEWSFLOW_COMPUTE_PROCESSES": "1"}
    run = _doctor(2 * GIB, **reach, NEWSFLOW_DEDUPE_MAX_ENTRIES="8000000")
    assert run.returncode == 1
    [fault] = [line for line in run.stderr.splitlines() if line.startswith("fault")]
    assert "can come to need 8.6 GiB, its limit (ulimit -v) is 2.0 GiB" in fault
    fit = fault.partition("NEWSFLOW_DEDUPE_MAX_ENTRIES=")[2].partition(" ")[0]
    run = _doctor(2 * GIB, **reach, NEWSFLOW_DEDUPE_MAX_ENTRIES=fit)
    assert (run.returncode, "note" in run.stderr) == (0, False)
    run = _doctor(2 * GIB, **reach, NEWSFLOW_DEDUPE_MAX_ENTRIES="4000000")  # all full is the worst case, not the rule
    assert (run.returncode, "note: a worker that holds all 4" in run.stderr) == (0, True)


def test_a_cgroups_limit_is_read_up_to_the_root(tmp_path: Path) -> None:
    assert machine._group_limits(tmp_path) == []
    (tmp_path / "memory.max").write_text("max\n")
    assert machine._group_limits(tmp_path) == []
    (tmp_path / "memory.max").write_text("1073741824\n")
    assert set(machine._group_limits(tmp_path)) == {GIB}
