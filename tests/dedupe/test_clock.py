"""dedupe's window goes by the broker's time of the raw record: what a clock that steps does to verdicts."""

from streams.events import UniqueArticle
from tests.dedupe.articles import TEXTS, Judge, article

DAY = 86_400_000
WINDOW = 30 * DAY


def visits(*days: int) -> list[bool]:
    """Whether copies of one text pass, each from another site, the clock of their arrival at these days."""
    judge = Judge(window_ms=WINDOW)
    passed = []
    for number, day in enumerate(days):
        outcome = judge.visit(article(str(number), TEXTS[0]), at=day * DAY)
        passed.append(isinstance(outcome, UniqueArticle))
        judge.commit()
    return passed


def test_a_clock_that_steps_back_forgets_nothing() -> None:
    assert visits(100, 90, 0) == [True, False, False]


def test_a_clock_that_jumps_ahead_of_the_window_forgets_as_time_does() -> None:
    assert visits(100, 129, 160) == [True, False, True]


def test_articles_from_the_future_do_not_let_the_state_grow_without_end() -> None:
    judge = Judge(window_ms=WINDOW, max_entries=50)
    judge.visit(article("future", TEXTS[1]), at=10**6 * DAY)
    for number in range(200):
        judge.visit(article(str(number), [f"{TEXTS[0][0]} {number}"]), at=number * DAY)
        judge.commit()
    assert len(judge.state) <= 50
