"""Rows on disk: what a kill leaves, and what is not to be trusted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from streams.app import flow
from streams.dedupe import store as store_module
from streams.dedupe.state import Arrival, State, View
from streams.dedupe.store import Store, StoreError
from streams.settings import Settings
from streams.work import Work
from tests.dedupe.articles import FOREVER, TEXTS, Judge, article

KILLED = """
import os, signal, sys
from pathlib import Path
from streams.dedupe.store import Store
store = Store(Path(sys.argv[1]))
for number in range(1, 2000):
    store.put(number, b"row %d" % number)
    if number % 100 == 0:
        store.commit(number, 1)
    if number == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("at", [50, 1250])
def test_a_killed_process_leaves_what_it_committed_and_the_offset_of_that(tmp_path: Path, at: int) -> None:
    path = tmp_path / "state.sqlite"
    killed = subprocess.run([sys.executable, "-c", KILLED, path, str(at)], check=False)
    assert killed.returncode == -signal.SIGKILL
    store = Store(path)
    kept = at - at % 100
    assert store.offset == kept
    assert [number for number, _ in store.rows()] == list(range(1, kept + 1))


def test_what_is_no_database_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    store = Store(path)
    store.put(1, b"row")
    assert (store.offset, store.get(1)) == (0, b"row")


def test_rows_of_another_format_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.sqlite"
    store = Store(path)
    store.put(1, b"row")
    store.commit(7, 1)
    store.close()
    monkeypatch.setattr(store_module, "FORMAT", store_module.FORMAT + 1)
    store = Store(path)
    assert (store.offset, store.written_at, list(store.rows())) == (0, 0, [])


def test_a_store_that_another_worker_holds_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    first = Store(path)
    first.put(1, b"row")
    first.commit(7, 1)
    second = Store(path)
    second.put(1, b"other")
    second.commit(9, 1)
    first.close()
    third = Store(path)
    assert (third.offset, third.get(1)) == (7, b"row")


def test_a_directory_that_cannot_be_made_is_an_error_of_the_infrastructure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Store(tmp_path / "file" / "state.sqlite")


def test_a_full_disk_stops_the_work_and_makes_no_dead_letter(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    store._rows.execute("PRAGMA max_page_count=16")  # SQLite then answers as on a full disk
    with pytest.raises(StoreError, match="full"):
        store.put(1, b"x" * 100_000)


def test_a_disk_that_fails_under_a_stage_is_not_the_records_fault() -> None:
    stage = flow["dedupe"]
    work = Work(stage, Settings(), "1")
    state = State(window_ms=FOREVER, max_entries=10)
    [page, other] = [msgspec.json.encode(article(name, TEXTS[0])) for name in "ab"]
    _, changes = work(page, Arrival("p/0/0", 1, "1"), view=View(state))
    for change in changes:
        state.apply(change)
    state.close()
    with pytest.raises(StoreError):
        work(other, Arrival("p/1/0", 1, "1"), view=View(state))


def test_a_revived_state_is_the_state_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    judge = Judge()
    judge.state = State(window_ms=FOREVER, max_entries=1000, path=path)
    judge.abort()
    for name, text in (("a", TEXTS[0]), ("b", TEXTS[1]), ("c", TEXTS[0]), ("a", TEXTS[2])):
        judge.visit(article(name, text))
    judge.commit()
    rows = judge.rows()
    judge.state.keep(4, 1)
    judge.state.close()
    judge.state = State(window_ms=FOREVER, max_entries=1000, path=path)
    assert len(judge.state) == 0
    for _ in judge.state.revive():
        pass
    judge.abort()
    assert (judge.state.offset, judge.rows()) == (4, rows)
    assert judge.visit(article("d", TEXTS[1])).story_id == article("b", TEXTS[1]).article_id


def test_a_revived_state_keeps_to_bounds_that_were_lowered(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    judge = Judge()
    judge.state = State(window_ms=FOREVER, max_entries=1000, path=path)
    judge.abort()
    for name, text in zip("abc", TEXTS, strict=False):
        judge.visit(article(name, text))
    judge.commit()
    judge.state.keep(3, 1)
    judge.state.close()
    state = State(window_ms=FOREVER, max_entries=2, path=path)
    assert list(state.revive()) == [0]
    known = [state.row(article(name, []).article_id) is not None for name in "abc"]
    assert known == [False, True, True]
