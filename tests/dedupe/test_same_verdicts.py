"""The same input gives the same verdicts, however it is cut in batches, whatever is aborted, restored, compacted."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.dedupe.rows import HISTORY
from streams.events import Article, UniqueArticle
from tests.dedupe.articles import PIER, TEXTS, VARIANTS, Judge, article

X, Y, Z = TEXTS[:3]
KINDS = {"own": "publisher", "reader": "aggregator", "wire": "wire", "other": "aggregator"}


class Step(NamedTuple):
    """A record: an article's visit, or its take-down; and what happens to the worker around it."""

    page: Article
    position: str
    version: str
    gone: bool
    ends: str  # "" | commit | abort | restore


@st.composite
def _steps(draw: st.DrawFn, *, gone: bool) -> list[Step]:
    steps: list[Step] = []
    for number in range(draw(st.integers(1, HISTORY))):  # no article has more visits than are remembered
        ends = draw(st.sampled_from(["", "", "commit", "abort", "restore"]))
        if steps and draw(st.integers(0, 3)) == 0:  # a redelivery, maybe to a newer version
            step = draw(st.sampled_from(steps))
            steps.append(step._replace(ends=ends, version=draw(st.sampled_from("12"))))
            continue
        name = draw(st.sampled_from(sorted(KINDS)))
        page = article(name, draw(st.sampled_from(TEXTS[:2] + VARIANTS)), kind=KINDS[name])
        steps.append(Step(page, f"p{number}", "1", gone and draw(st.integers(0, 5)) == 0, ends))
    return steps


def _take(judge: Judge, step: Step) -> bytes:
    if step.gone:
        judge.take_down(step.page)
        return b""
    return msgspec.json.encode(judge.visit(step.page, position=step.position, version=step.version))


def _one_by_one(steps: Sequence[Step]) -> tuple[list[bytes], Judge]:
    judge = Judge()
    told = []
    for step in steps:
        told.append(_take(judge, step))
        judge.commit()
    return told, judge


def _in_batches(steps: Sequence[Step], *, compaction: bool) -> tuple[list[bytes], Judge]:
    judge = Judge()
    told: list[bytes] = []
    batch: list[Step] = []
    for number, step in enumerate(steps):
        batch.append(step)
        # A take-down ends its batch here: see FORGOTTEN below.
        if step.ends == "" and not step.gone and number + 1 < len(steps):
            continue
        verdicts = [_take(judge, one) for one in batch]
        if step.ends == "abort":
            judge.abort()
            again = [_take(judge, one) for one in batch]
            assert again == verdicts
        judge.commit()
        told += verdicts
        if step.ends == "restore":
            judge.restore(judge.compacted() if compaction else None)
        batch = []
    return told, judge


@settings(max_examples=80, deadline=None)
@given(_steps(gone=True))
def test_verdicts_are_the_same_in_batches_after_aborts_and_after_restores(steps: list[Step]) -> None:
    told, once = _one_by_one(steps)
    again, other = _in_batches(steps, compaction=False)
    assert again == told
    assert other.rows() == once.rows()
    assert other.log == once.log


@settings(max_examples=60, deadline=None)
@given(_steps(gone=False))
def test_verdicts_are_the_same_after_the_state_topic_was_compacted(steps: list[Step]) -> None:
    told, once = _one_by_one(steps)
    again, other = _in_batches(steps, compaction=True)
    assert again == told
    assert other.rows() == once.rows()


def _last(judge: Judge, pages: Sequence[tuple[Article | None, Article | None, int]], *, batches: bool) -> bool:
    """Take things down and judge; in one batch or each committed. Whether the last one passed."""
    outcome = None
    for gone, page, at in pages:
        if gone:
            judge.take_down(gone)
        if page:
            outcome = judge.visit(page, at=at)
        if not batches:
            judge.commit()
    assert outcome is not None
    return isinstance(outcome, UniqueArticle)


a, b = article("a", X), article("b", Y)
FORGOTTEN: dict[str, tuple[int, list[tuple[Article | None, Article | None, int]]]] = {
    "a text taken down": (9, [(a, None, 0), (None, article("a", Y), 0), (None, article("b", X), 0)]),
    "more visits than remembered": (
        9,
        [(None, page, 0) for page in (*(article("a", [f"{PIER} {n}"]) for n in range(HISTORY)), article("b", X))],
    ),
}


@pytest.mark.parametrize("case", FORGOTTEN)
def test_a_batch_forgets_what_one_by_one_forgets(case: str) -> None:
    entries, pages = FORGOTTEN[case]
    verdicts = []
    for batches in (False, True):
        judge = Judge(max_entries=entries)
        judge.visit(a)
        judge.commit()
        verdicts.append(_last(judge, pages, batches=batches))
    assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize("batches", [False, True])
def test_the_window_ends_in_the_middle_of_a_batch_as_well(batches: bool) -> None:
    for late, passed in ((100, False), (101, True)):
        judge = Judge(window_ms=100)
        judge.visit(a)
        judge.commit()
        assert _last(judge, [(None, b, late), (None, article("c", X), late)], batches=batches) == passed


def test_a_take_down_of_one_copy_leaves_the_other_copys_text_known() -> None:
    judge = Judge()
    for name in ("reader", "own", "reader"):
        judge.visit(article(name, X, kind=KINDS[name]))
    judge.take_down(article("reader", X))
    judge.commit()
    judge.restore(judge.compacted())
    from_compacted = isinstance(judge.visit(article("b", X)), UniqueArticle)
    judge.restore()
    assert (isinstance(judge.visit(article("b", X)), UniqueArticle), from_compacted) == (False, False)
