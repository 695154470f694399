"""Two pipeline versions side by side, an upgrade and its roll-back under load, and raw pages made anew by the next."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from streams.topics import DEAD_LETTER, DUPLICATE, ENRICHED, UNIQUE
from tests.faults.scene import new_stream, scene
from tests.stream.pages import page
from tests.stream.stream import Stream

# Its titles are in capitals, and a setting that is part of the pipeline version is another.
NEXT = {"NEWSFLOW_FLOW": "tests.stream.flows:next_version", "NEWSFLOW_DEDUPE_NEAR_HOURS": "71"}
RATE = 40.0


def _versions(stream: Stream) -> set[bytes | None]:
    return {dict(record.headers)["news_pipeline_version"] for record in stream.read(ENRICHED)}


def test_an_upgrade_and_its_roll_back_lose_and_double_nothing(bootstrap: str, prefix: str, tmp_path: Path) -> None:
    stream = new_stream(bootstrap, prefix, tmp_path)
    with scene(stream, RATE, 1, [(), ()]) as now:
        for version in (NEXT, {}, NEXT):  # roll out, back, and out again, a worker at a time
            for worker in now.workers:
                stream.environment = {name: value for name, value in stream.environment.items() if name not in NEXT}
                stream.environment |= version
                new = now.join()
                stream.wait(lambda new=new: "took over" in stream.log(new))  # type: ignore[misc]
                now.leave(worker)
    assert now.books.closed, now.books
    assert now.restarts == 0
    assert len(_versions(stream)) == 2
    assert now.books.sent > 100


def _final(stream: Stream) -> dict[str, Any]:
    """The enriched topic as compaction leaves it: the last value of each article."""
    return {article["article_id"]: article for article in stream.values(ENRICHED)}


def _pages(stream: Stream) -> int:
    """Six stories, two copies of each of four, and what is no page."""
    pages = [page(number) for number in range(6)]
    pages += [page(number, url=f"https://copy{n}.example/{number}") for number in range(4) for n in range(2)]
    stream.produce([*pages, b"no json"])
    return len(pages) + 1


def test_raw_pages_are_made_anew_by_another_version_into_the_same_topics(stream: Stream) -> None:
    begin = datetime.now(UTC).isoformat()
    count = _pages(stream)
    worker = stream.worker()
    stream.wait_final(count)

    running = stream.newsflow("reprocess", "--from", begin)
    assert running.returncode == 1
    assert "1 workers still run clean: stop them first" in running.stderr
    stream.stop(worker)
    before, copies = _final(stream), stream.values(DUPLICATE)
    assert (len(before), len(copies)) == (6, 8)

    dry = stream.newsflow("reprocess", "--from", begin, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "nothing is changed" in dry.stdout
    moves = [[int(cell) for cell in line.split("\t")] for line in dry.stdout.splitlines() if "\t" in line]
    assert all(new == 0 and committed == offsets > 0 for _, committed, new, offsets in moves)
    assert stream.newsflow("reprocess", "--from", begin).stdout == dry.stdout.replace(
        "nothing is changed: run it without --dry-run", "start the workers: they begin there"
    )

    worker = stream.worker(**NEXT)
    stream.wait_final(2 * count)
    stream.stop(worker)
    after = _final(stream)
    assert after.keys() == before.keys()
    assert {article["title"] for article in after.values()} == {str(a["title"]).upper() for a in before.values()}
    for name in ("revision", "story_id"):
        assert {key: article[name] for key, article in after.items()} == {key: a[name] for key, a in before.items()}
    assert len(stream.read(ENRICHED)) == 12
    again = stream.values(DUPLICATE)
    assert len(again) == 16
    pairs = [{(copy["article_id"], copy["duplicate_of"]) for copy in found} for found in (copies, again)]
    assert pairs[0] == pairs[1]
    assert len(stream.read(DEAD_LETTER)) == 2
    assert len(_versions(stream)) == 2


def test_the_same_version_makes_the_same_again(stream: Stream) -> None:
    stream.produce([page(number) for number in range(6)])
    for count in (6, 12):
        worker = stream.worker()
        stream.wait_final(count)
        stream.stop(worker)
        if count == 6:
            assert stream.newsflow("reprocess", "--from", "2000-01-01T00:00:00Z").returncode == 0
    values = [record.value for record in stream.read(ENRICHED)]
    assert len(values) == 12
    assert len(set(values)) == 6


def test_a_later_stage_is_done_again_alone(stream: Stream) -> None:
    stream.produce([page(number) for number in range(6)])
    worker = stream.worker()
    stream.wait_final(6)
    stream.stop(worker)
    answer = stream.newsflow("reprocess", "--from", "2000-01-01T00:00:00Z", "--stage", "tag")
    assert answer.returncode == 0, answer.stderr
    worker = stream.worker()
    stream.wait_final(12)
    stream.stop(worker)
    assert len(stream.read(UNIQUE)) == 6


def test_what_was_not_read_yet_is_never_stepped_over(stream: Stream) -> None:
    stream.produce([page(number) for number in range(6)])
    worker = stream.worker()
    stream.wait_final(6)
    stream.stop(worker)
    later = datetime.now(UTC).isoformat()
    stream.produce([page(number) for number in range(6, 12)])
    answer = stream.newsflow("reprocess", "--from", later)
    assert answer.returncode == 1
    assert "clean has read nothing since" in answer.stderr
    worker = stream.worker()
    stream.wait_final(12)
    stream.stop(worker)
    assert len(stream.read(ENRICHED)) == 12


@pytest.mark.parametrize("stage", ["clean", "dedupe", "tag", "summarise"])
def test_nothing_to_do_again_is_one_line(stream: Stream, stage: str) -> None:
    answer = stream.newsflow("reprocess", "--from", "2000-01-01T00:00:00Z", "--stage", stage)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "nothing to do again" in answer.stderr
