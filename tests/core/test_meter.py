"""What a batch was is counted, and no stranger's words make endless series of it."""

from streams.app import flow
from streams.transport.meter import LANGUAGES, StageMeter


def test_languages_that_pages_make_up_are_counted_together() -> None:
    meter = StageMeter(flow["clean"])
    told = {meter._known(f"x{number:03d}") for number in range(LANGUAGES + 7)}
    assert len(told) == LANGUAGES + 1
    assert (meter._known("x000"), meter._known("zz")) == ("x000", "other")
