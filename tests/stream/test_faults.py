"""Workers that are killed, stopped, started and moved: nothing is lost, nothing is doubled."""

import asyncio
import os
import random
import signal
import time
from collections import Counter

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.topics import CLEAN, DEAD_LETTER, DEDUPE_STATE, DUPLICATE, ENRICHED, TAGGED, UNIQUE
from tests.stream.pages import aggregated, page
from tests.stream.stream import Stream

# `FAULT_STORIES=10000 FAULT_KILLS=10 pytest -k kills` runs it longer.
STORIES = int(os.environ.get("FAULT_STORIES", "600"))
KILLS = int(os.environ.get("FAULT_KILLS", "8"))
BATCH = "20" if STORIES < 1000 else "200"  # small batches: many moments to be killed in


def test_kills_and_rebalances_lose_and_double_nothing(stream: Stream) -> None:
    choose = random.Random(20250612)
    # A fifth of the pages are exact copies of earlier ones under another URL; every tenth is an aggregator's page.
    pages = [
        aggregated(number) if number % 10 == 0 else page(number - number % 5, url=f"https://harbour.example/{number}")
        for number in range(STORIES)
    ]
    workers = [stream.worker(NEWSFLOW_BATCH_RECORDS=BATCH) for _ in range(2)]
    for kill in range(KILLS):
        stream.produce(pages[kill * STORIES // KILLS : (kill + 1) * STORIES // KILLS])
        time.sleep(choose.uniform(0.5, 4.0))
        victim = choose.randrange(2)
        stream.stop(workers[victim], signal.SIGKILL)
        workers[victim] = stream.worker(NEWSFLOW_BATCH_RECORDS=BATCH)
    expected = STORIES + 2 * (STORIES // 10)
    stream.wait_final(expected, 120 + STORIES / 20)
    for worker in workers:
        assert stream.stop(worker) == 0, stream.log(worker)

    books = stream.books()
    assert books["raw"] == STORIES
    assert books["dead letters"] == 0
    assert books["raw"] + books["parts"] == books["enriched"] + books["duplicates"] == expected
    for topic in (CLEAN, UNIQUE, TAGGED, ENRICHED, DUPLICATE):
        positions = Counter(dict(record.headers)["news_raw_position"] for record in stream.read(topic))
        assert max(positions.values()) == 1, topic.name
    # The verdicts are as without faults: of each story one copy passed, the others name it.
    stories = Counter(article["story_id"] for article in stream.values(ENRICHED))
    assert set(stories.values()) == {1}
    assert {duplicate["duplicate_of"] for duplicate in stream.values(DUPLICATE)} <= set(stories)
    assert len(stream.read(DEDUPE_STATE)) == expected


def test_sigterm_to_the_process_group_drains_without_a_dead_letter(stream: Stream) -> None:
    stream.produce([page(number) for number in range(400)])
    worker = stream.worker(NEWSFLOW_BATCH_RECORDS="50")
    stream.wait(lambda: len(stream.read(CLEAN)) > 0)
    begin = time.monotonic()
    assert stream.stop(worker) == 0, stream.log(worker)
    assert time.monotonic() - begin < 15
    assert stream.read(DEAD_LETTER) == []
    # It left its groups: the next worker need not wait for a session to run out.
    assert stream.members("clean") == stream.members("summarise") == 0
    worker = stream.worker()
    stream.wait_final(400)
    stream.stop(worker)
    assert stream.books() == {"raw": 400, "parts": 0, "enriched": 400, "duplicates": 0, "dead letters": 0}


def _has_joined(log: str) -> bool:
    return any('"event": "assigned' in line and '"stage": "clean"' in line for line in log.splitlines())


def test_workers_told_to_stop_at_once_all_drain(stream: Stream) -> None:
    workers = [stream.worker(NEWSFLOW_BATCH_RECORDS="20") for _ in range(2)]
    stream.wait(lambda: all(_has_joined(stream.log(worker)) for worker in workers))
    stream.produce([page(number) for number in range(400)])
    stream.wait(lambda: len(stream.read(CLEAN)) > 0)
    for worker in workers:
        os.killpg(worker.pid, signal.SIGTERM)
    assert [worker.wait(40) for worker in workers] == [0, 0], [stream.log(worker) for worker in workers]
    worker = stream.worker()
    stream.wait_final(400)
    stream.stop(worker)
    assert stream.books() == {"raw": 400, "parts": 0, "enriched": 400, "duplicates": 0, "dead letters": 0}


def test_a_zombie_that_wakes_up_writes_nothing(stream: Stream) -> None:
    stream.produce([page(number) for number in range(300)])
    zombie = stream.worker(NEWSFLOW_BATCH_RECORDS="10")
    stream.wait(lambda: len(stream.read(CLEAN)) > 0)
    zombie.send_signal(signal.SIGSTOP)
    heir = stream.worker()
    stream.wait_final(300)
    zombie.send_signal(signal.SIGCONT)
    stream.produce([page(number) for number in range(300, 400)])
    stream.wait_final(400)
    time.sleep(3)
    assert stream.stop(zombie) == 0, stream.log(zombie)  # it dropped its batch and went on as a member of the group
    assert stream.stop(heir) == 0, stream.log(heir)
    assert stream.books() == {"raw": 400, "parts": 0, "enriched": 400, "duplicates": 0, "dead letters": 0}


def test_a_worker_waits_for_its_topics_and_says_so_once(stream: Stream) -> None:
    worker = stream.worker(NEWSFLOW_TOPIC_PREFIX=f"{stream.prefix}none.")
    stream.wait(lambda: "newsflow topics create" in stream.log(worker))
    time.sleep(3)
    assert stream.log(worker).count("waiting:") == 1
    assert stream.stop(worker) == 0

    worker = stream.worker(NEWSFLOW_PARTITIONS="5")
    stream.wait(lambda: "has 4 partitions, NEWSFLOW_PARTITIONS says 5" in stream.log(worker))
    assert stream.stop(worker) == 0


def test_a_topic_that_takes_too_little_stops_the_worker_with_the_remedy_and_loses_nothing(stream: Stream) -> None:
    def let_it_take(count: int) -> None:
        async def alter() -> None:
            admin = AIOKafkaAdminClient(bootstrap_servers=stream.bootstrap)
            await admin.start()
            limit = {"max.message.bytes": str(count)}
            name = stream.prefix + UNIQUE.name
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=limit)])
            await admin.close()

        asyncio.run(alter())

    let_it_take(1500)
    stream.produce([page(number) for number in range(20)])
    worker = stream.worker()
    assert worker.wait(60) == 1
    assert "run `newsflow topics check`" in stream.log(worker).splitlines()[-1]
    assert "takes records of 1500 bytes" in stream.newsflow("topics", "check").stderr
    let_it_take(26_214_400)
    worker = stream.worker()
    stream.wait_final(20)
    stream.stop(worker)
    assert stream.books() == {"raw": 20, "parts": 0, "enriched": 20, "duplicates": 0, "dead letters": 0}
