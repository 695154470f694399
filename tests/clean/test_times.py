"""Times that cannot be true: whatever clocks and pages say, no nonsense comes out and nothing stops."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.clean import times
from streams.clean.ages import OLDEST, UNIT_SECONDS, parse_age
from streams.clean.stage import clean
from streams.clean.times import parse_timestamp
from streams.events import Article, RawPage

TEXT = "The harbour council voted on Tuesday to rebuild the northern pier before the winter storms. " * 3
BASE = datetime(2025, 6, 12, 9, tzinfo=UTC)


def web_page(published: object, fetched_at: str | None = "2025-06-12T09:00:00Z", modified: object = None) -> Article:
    said = {"@type": "NewsArticle", "headline": "A pier", "datePublished": published, "dateModified": modified}
    body = f'<html><head><script type="application/ld+json">{json.dumps(said)}</script></head>'
    body += f"<body><article><h1>A pier</h1><p>{TEXT}</article></body></html>"
    return only(RawPage(url="https://harbour.example/1", body=body, fetched_at=fetched_at))


def only(page: RawPage) -> Article:
    made = clean(page)
    assert isinstance(made, list)
    assert isinstance(made[0], Article)
    return made[0]


def related(age: str, fetched_at: str | None) -> str | None:
    items = "".join(
        f"\n\n\n{name}\n{age}\n- {name}\nBow door passed the test\n{TEXT}" for name in ("Norvik Post", "Herald")
    )
    page = RawPage(
        url="https://reader.example/1", body=f"Ferry\n{TEXT}\nRelated Articles{items}", fetched_at=fetched_at
    )
    moment = only(page).related[0].published_at
    return moment.value if moment else None


@pytest.mark.parametrize("value", ["1970-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", None])
def test_a_fetch_at_no_possible_time_is_no_base(value: str | None) -> None:
    assert times.fetched(value) is None
    assert related("38 minutes ago", value) is None
    article = web_page("2025-06-12T08:00:00Z", value)
    assert article.published_at
    assert "later than the fetch" not in article.provenance["published_at"].method


def test_a_leap_second_is_a_time() -> None:
    assert related("1 minute ago", "2016-12-31T23:59:60Z") == "2016-12-31T23:58:59Z"


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1604-01-01", "0000-00-00", 10**30])
def test_a_time_that_means_not_known_is_none(value: object) -> None:
    article = web_page(value, modified=value)
    assert (article.published_at, article.modified_at) == (None, None)
    assert not {"published_at", "modified_at"} & set(article.provenance)


@pytest.mark.parametrize(("published", "sure"), [("2025-06-13T09:00:00Z", True), ("2025-06-13T09:00:01Z", False)])
def test_a_story_published_after_its_fetch_is_doubtful(published: str, sure: bool) -> None:
    article = web_page(published)
    assert article.published_at
    assert article.published_at.value == published
    told = article.provenance["published_at"]
    assert (told.confidence > times.DOUBTFUL) == sure
    assert ("later than the fetch" in told.method) != sure


def test_an_age_beyond_all_news_is_no_time() -> None:
    assert related("99999999999 hours ago", "2025-06-12T09:00:00Z") is None
    assert related("99999999 minutes ago", "2025-06-12T09:00:00Z") is None
    assert related("3 hours ago", "2025-06-12T09:00:00Z") == related("-3 hours ago", "2025-06-12T09:00:00Z")


@given(st.integers(0, 10**40), st.sampled_from(sorted(UNIT_SECONDS)))
def test_an_age_is_that_much_before_the_fetch_or_nothing(count: int, unit: str) -> None:
    age = parse_age(f"{count} {unit}{'' if count == 1 else 's'} ago")
    moment = age.moment(BASE) if age else None
    seconds = count * UNIT_SECONDS[unit]
    if seconds > OLDEST:
        assert moment is None
    else:
        assert moment
        assert parse_timestamp(moment.value) == BASE - timedelta(seconds=seconds)


DAYS = st.from_regex(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", fullmatch=True)
CLOCK = st.from_regex(r"T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)", fullmatch=True)
STAMPS = st.builds(str.__add__, DAYS, CLOCK)
AGES = st.from_regex(r"-?[0-9]{1,14} (hours|days) ago", fullmatch=True)
OFFSETS = st.one_of(st.just("Z"), st.from_regex(r"[+-]([01][0-9]|2[0-3]):[0-5][0-9]", fullmatch=True))


@settings(max_examples=150, deadline=None)
@given(st.builds(str.__add__, STAMPS, OFFSETS), STAMPS | AGES | st.text(max_size=20) | st.integers() | st.floats())
def test_no_clock_and_no_page_makes_nonsense(fetched_at: str, published: object) -> None:
    article = web_page(published, fetched_at, published)
    for moment in (article.published_at, article.modified_at):
        if moment:
            assert 1605 <= int(moment.value[:4]) < 2100
            stamp = parse_timestamp(moment.value)
            assert stamp, moment
    base, moment = times.fetched(fetched_at), article.published_at
    stamp = parse_timestamp(moment.value) if moment else None
    if base and stamp and stamp > base + timedelta(days=1):
        assert article.provenance["published_at"].confidence < 0.5
