"""What dedupe remembers: a window in time and in entries, and a batch's overlay."""

from streams.dedupe.state import SLACK_MS, State, View
from streams.events import Duplicate, UniqueArticle
from tests.dedupe.articles import PIER, TEXTS, Judge, article

X, Y, Z = TEXTS[:3]


def _passed(outcome: UniqueArticle | Duplicate) -> bool:
    return isinstance(outcome, UniqueArticle)


def test_what_was_not_seen_for_a_window_is_known_no_more() -> None:
    judge = Judge(window_ms=100)
    judge.visit(article("a", X), at=0)
    judge.visit(article("b", Y), at=50)
    judge.commit()
    assert _passed(judge.visit(article("copy of a", X), at=101))
    assert _passed(judge.visit(article("a", Z), at=101))
    assert not _passed(judge.visit(article("copy of b", Y), at=101))


def test_what_left_its_window_for_long_is_dropped_with_its_texts() -> None:
    judge = Judge(window_ms=100)
    for name, text, at in (("a", X, 0), ("b", Y, 50), ("c", Z, SLACK_MS + 101)):
        judge.visit(article(name, text), at=at)
        judge.commit()
    assert len(judge.state) == 2
    assert judge.state.row(article("a", X).article_id) is None


def test_a_visit_keeps_an_article_in_the_window() -> None:
    judge = Judge(window_ms=100)
    for at in (0, 90, 180):
        judge.visit(article("a", X), at=at)
        judge.visit(article(f"b{at}", [f"{PIER} {at}"]), at=at)
        judge.commit()
    assert not _passed(judge.visit(article("copy", X), at=180))


def test_above_the_bound_the_rows_visited_longest_ago_go_first() -> None:
    judge = Judge(max_entries=2)
    for name, text in (("a", X), ("b", Y), ("a", X), ("c", Z)):
        judge.visit(article(name, text))
        judge.commit()
    known = [judge.state.row(article(name, X).article_id) is not None for name in "abc"]
    assert known == [True, False, True]
    assert _passed(judge.visit(article("copy of b", Y)))


def test_nothing_is_left_of_rows_that_are_gone() -> None:
    judge = Judge(max_entries=3)
    for number in range(200):
        judge.visit(article(f"{number % 7}", [f"{PIER} {number % 11}"]), at=number)
        judge.commit()
        if number % 5 == 0:
            judge.take_down(article(f"{number % 7}", X))
            judge.commit()
        assert len(list(judge.state._store.rows())) == len(judge.state)
    assert len(judge.state) == 3
    for number in range(7):
        judge.state.load(article(f"{number}", X).article_id, None)
    assert (len(judge.state), list(judge.state._store.rows()), judge.state.index.oldest) == (0, [], 0)
    assert not any(judge.state.index._next)


def test_a_dropped_batch_leaves_no_trace() -> None:
    judge = Judge()
    judge.visit(article("a", X))
    judge.commit()
    before = judge.rows(), len(judge.state)
    judge.visit(article("a", Y))
    judge.visit(article("b", Z))
    judge.take_down(article("a", X))
    judge.abort()
    assert (judge.rows(), len(judge.state)) == before
    assert not _passed(judge.visit(article("copy of a", X)))
    assert _passed(judge.visit(article("copy of b", Z)))


def test_what_is_put_is_what_is_loaded() -> None:
    judge = Judge()
    told = {}
    for name, text in (("a", X), ("b", X), ("a", Y), ("b", Z)):
        judge.visit(article(name, text))
        [told[name]] = [judge.view.row(article(name, X).article_id, 0)]
    judge.commit()
    for name, row in told.items():
        assert row is not None
        assert judge.state.row(row.article_id) == row
        assert View(judge.state).row(article(name, X).article_id, 0) == row


def test_a_tombstone_of_an_unknown_article_is_nothing() -> None:
    state = State(window_ms=1, max_entries=1)
    state.load("a" * 26, None)
    assert len(state) == 0
