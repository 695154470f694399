"""Each role does its work on a secured broker, and nothing else: deploy/acls.txt is what these tests apply."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import BrokerResponseError, for_code
from aiokafka.protocol.fetch import FetchRequest

from streams.topics import ALL, CLEAN, DEAD_LETTER, DEDUPE_STATE, DUPLICATE, ENRICHED, RAW, TAGGED, UNIQUE
from streams.transport.overheard import NOT_ALLOWED
from streams.transport.tolerant import READ_COMMITTED
from tests.cli.conftest import Newsflow
from tests.security.secured import FOREIGN, ROLES, Secured, send, start_worker, until
from tests.stream.pages import page

MAY_READ = {
    "crawler": set(),
    "worker": {RAW, CLEAN, UNIQUE, TAGGED, DEDUPE_STATE},
    "consumer": {ENRICHED},
    "operator": {RAW, DEAD_LETTER},
}
MAY_WRITE = {
    "crawler": {RAW},
    "worker": {CLEAN, UNIQUE, TAGGED, ENRICHED, DUPLICATE, DEAD_LETTER, DEDUPE_STATE},
    "consumer": set(),
    "operator": {RAW, CLEAN, UNIQUE, TAGGED},
}
GROUPS = {"worker": "newsflow.clean", "consumer": "newsflow-consumer.search", "operator": "newsflow.produce.x"}
TRANSACTIONS = {"worker": "newsflow.tag-x", "operator": "newsflow.takedown.x"}


@pytest.mark.usefixtures("topics")
def test_the_chain_runs_with_each_role_in_its_place(broker: Secured, newsflow: Newsflow, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with start_worker(broker, log) as worker:
        send(broker, "crawler", RAW.name, page(1))

        async def consume() -> bytes:
            group = {"group_id": GROUPS["consumer"], "auto_offset_reset": "earliest"}
            async with AIOKafkaConsumer(ENRICHED.name, **group, **broker.client("consumer")) as consumer:
                return bytes((await asyncio.wait_for(consumer.getone(), 150)).key)

        article_id = asyncio.run(consume()).decode()
        operator = broker.environment("operator")
        until(lambda: "decode_json" in newsflow("dead-letters", "ls", **operator).out, log)
        assert newsflow("dead-letters", "replay", "--all").out == "replayed 1 of 1 dead letters\n"
        until(lambda: newsflow("dead-letters", "ls").out.count("decode_json") == 2, log)
        assert newsflow("takedown", article_id).code == 0
        (tmp_path / "pages.jsonl").write_bytes(page(2))
        assert newsflow("produce", tmp_path / "pages.jsonl").code == 0
        assert newsflow("topics", "check").code == 0
        assert newsflow("doctor", "--role", "operator").code == 0
        tail = ("tail", "--from-beginning", "--json", "--limit")
        found = newsflow(*tail, "3", **broker.environment("consumer")).records
        assert [record["key"] for record in found if record["value"] is None] == [article_id]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0, log.read_text()
    assert "Traceback" not in log.read_text()


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


def refused(attempt: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Whether the broker says that this login may not; any other trouble is a failure of the test."""
    try:
        asyncio.run(attempt())
    except BrokerResponseError as error:
        if error.errno in NOT_ALLOWED:
            return True
        raise
    return False


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_and_writes_its_topics_and_no_other(broker: Secured, role: str) -> None:
    client = broker.client(role)
    read, written = set(), set()
    for topic in (*(topic.name for topic in ALL), FOREIGN):

        async def write(topic: str = topic) -> None:
            async with started(AIOKafkaProducer(**client)) as producer:
                await producer.send_and_wait(topic, b"tried", b"key", partition=0)

        async def fetch(topic: str = topic) -> None:
            kafka = AIOKafkaClient(**client)
            await kafka.bootstrap()
            try:
                request = FetchRequest(100, 1, 1000, READ_COMMITTED, [(topic, [(0, 0, 1000)])])
                [(_, [(_, code, *_)])] = (await kafka.send(kafka.get_random_node(), request)).topics
            finally:
                await kafka.close()
            if code:
                raise for_code(code)

        if not refused(write):
            written.add(topic)
        if not refused(fetch):
            read.add(topic)
    assert read == {topic.name for topic in MAY_READ[role]}
    assert written == {topic.name for topic in MAY_WRITE[role]}


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_joins_its_groups_and_begins_its_transactions_and_no_other(broker: Secured, role: str) -> None:
    client = broker.client(role)
    for owner, group in GROUPS.items():

        async def look(group: str = group) -> None:
            admin = AIOKafkaAdminClient(**client)
            await admin.start()
            try:
                await admin.list_consumer_group_offsets(group)
            finally:
                await admin.close()

        assert refused(look) == (owner != role), group
    for owner, transaction in TRANSACTIONS.items():

        async def begin(transaction: str = transaction) -> None:
            async with started(AIOKafkaProducer(**client, transactional_id=transaction)):
                pass

        assert refused(begin) == (owner != role), transaction


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize(
    ("role", "arguments", "said"),
    [
        ("crawler", "tail --topic raw --from-beginning", "this login is not allowed that ([Error 29]"),
        ("crawler", "tail", "or let this login see it"),
        ("crawler", "topics check", "8 faults in the topics"),
        ("consumer", "topics create", "Authorization failed"),
        ("consumer", "takedown aaaaaaaaaaaaaaaaaaaaaaaaaa", "or let this login see it"),
        ("worker", "produce pyproject.toml", "this login is not allowed that ([Error 53]"),
    ],
)
def test_what_a_role_may_not_do_is_told_in_one_line(
    broker: Secured, newsflow: Newsflow, role: str, arguments: str, said: str
) -> None:
    answer = newsflow(*arguments.split(), **broker.environment(role))
    assert answer.code == 1
    assert said in answer.err.splitlines()[-1]
    assert "Traceback" not in answer.err
    assert broker.passwords[role] not in answer.out + answer.err


@pytest.mark.usefixtures("topics")
def test_a_worker_that_may_not_says_so_last(broker: Secured, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with start_worker(broker, log, "operator", NEWSFLOW_COMPUTE_PROCESSES="1") as worker:
        assert worker.wait(60) == 1
    *_, last = log.read_text().splitlines()
    assert "stopped: GroupAuthorizationFailedError" in last
    assert "Traceback" not in log.read_text()


WRONG = {
    "password": ({"KAFKA_SASL_PASSWORD": "wr0ng"}, "refuses the login: mend KAFKA_SASL_USERNAME"),
    "user": ({"KAFKA_SASL_USERNAME": "nobody"}, "refuses the login: mend KAFKA_SASL_USERNAME"),
    "authority": ({"KAFKA_SSL_CAFILE": ""}, "shows a certificate that KAFKA_SSL_CAFILE does not vouch for"),
    "protocol": ({"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "no Kafka broker answers at"),
    "no TLS": ({"KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "no Kafka broker answers at"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_login_or_authority_is_one_line_without_a_secret(
    broker: Secured, newsflow: Newsflow, wrong: str
) -> None:
    environment, said = WRONG[wrong]
    answer = newsflow("tail", **{**broker.environment("consumer"), **environment})
    assert answer.code == 1
    assert answer.out == ""
    [line] = answer.err.splitlines()
    assert line.startswith("newsflow: ")
    assert said in line
    assert "wr0ng" not in line
    assert broker.passwords["consumer"] not in line


def test_a_worker_with_a_wrong_password_waits_and_says_so_once(broker: Secured, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with start_worker(broker, log, KAFKA_SASL_PASSWORD="wr0ng") as worker:
        until(lambda: "refuses the login" in log.read_text(), log)
        time.sleep(2.5)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0
    said = log.read_text()
    assert said.count("refuses the login") == 1
    assert '"level": "error"' not in said
    assert "wr0ng" not in said
