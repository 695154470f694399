"""The dedupe state comes back after a kill: from disk and the topic's tail, or from the topic; never a wrong one."""

import asyncio
import re
import signal
import time
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from streams.dedupe.state import State
from streams.topics import DUPLICATE, ENRICHED
from streams.transport.restore import STALE_MS, _fits
from tests.stream.pages import page
from tests.stream.stream import Stream


def test_a_killed_worker_comes_back_with_its_state_from_disk(stream: Stream, tmp_path: Path) -> None:
    kept = {"NEWSFLOW_STATE_DIR": str(tmp_path / "state")}
    stream.produce([page(number) for number in range(6)])
    worker = stream.worker(**kept)
    stream.wait_final(6)
    stream.stop(worker, signal.SIGKILL)
    stream.produce([page(number, url=f"https://copy.example/{number}") for number in range(6)])
    worker = stream.worker(**kept)
    stream.wait_final(12)
    assert stream.stop(worker) == 0
    found = re.findall(r"state of .*: (\d+) rows, (\d+) of them from disk", stream.log(worker))
    assert (max(int(rows) for rows, _ in found), max(int(rows) for _, rows in found)) == (6, 6)
    assert {duplicate["kind"] for duplicate in stream.values(DUPLICATE)} == {"exact"}
    assert len(stream.values(ENRICHED)) == 6


class _Topic:
    """A state topic: its first offset, and the first one after a moment."""

    def __init__(self, beginning: int, later: int | None) -> None:
        self._beginning = beginning
        self._later = later

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self._beginning)

    async def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, object]:
        found = None if self._later is None else type("", (), {"offset": self._later})
        return dict.fromkeys(times, found)


CASES = {
    "the same topic, nothing new": (0, 100, None, 0, True),
    "the same topic, and more": (0, 180, 120, 0, True),
    "records that went with retention": (20, 180, 120, 0, True),
    "older than all that is left": (150, 180, 150, 0, False),
    "made anew, still short": (0, 50, 0, 0, False),
    "made anew, longer by now": (0, 180, 0, 0, False),
    "older than tombstones live": (0, 180, 120, STALE_MS + 1000, False),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_on_disk_is_used_for_the_topic_that_it_was_made_of(tmp_path: Path, case: str) -> None:
    beginning, end, later, age, fits = CASES[case]
    state = State(window_ms=1, max_entries=1, path=tmp_path / "state.sqlite")
    state.keep(100, time.time_ns() // 1_000_000 - age)
    partition = TopicPartition("state", 0)
    assert asyncio.run(_fits(state, _Topic(beginning, later), partition, end)) == fits
