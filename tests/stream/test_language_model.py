"""Workers that wait for a language model: killed, stopped and moved in mid-call, they lose and double nothing."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from streams.topics import DEAD_LETTER, ENRICHED
from tests.stream.pages import page
from tests.stream.stream import Stream
from tests.summarise.endpoint import Call, Endpoint, hang, well

PAGES = 60


async def slow(call: Call) -> None:
    """Answer after as long as a model takes."""
    await asyncio.sleep(0.3)
    await well(call)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A model on this machine."""
    endpoint = Endpoint(slow)
    yield endpoint
    endpoint.close()


def settings(endpoint: Endpoint, deadline: float = 20) -> dict[str, str]:
    return {
        "NEWSFLOW_LLM_URL": endpoint.url,
        "NEWSFLOW_LLM_MODEL": "test",
        "NEWSFLOW_LLM_CONCURRENCY": "4",
        "NEWSFLOW_LLM_CALLS_PER_MINUTE": "10000",
        "NEWSFLOW_LLM_DEADLINE_SECONDS": str(deadline),
    }


def summaries(stream: Stream) -> Counter[tuple[str, str | None]]:
    articles = stream.values(ENRICHED)
    assert len({article["article_id"] for article in articles}) == len(articles)
    return Counter((article["summary"]["kind"], article["summary"]["fallback_reason"]) for article in articles)


def test_kills_in_mid_call_lose_and_double_nothing(stream: Stream, endpoint: Endpoint) -> None:
    stream.produce([page(number) for number in range(PAGES)])
    for _ in range(3):
        worker = stream.worker(**settings(endpoint))
        seen = len(endpoint.calls)
        stream.wait(lambda seen=seen: len(endpoint.calls) > seen + 4 and endpoint.in_flight > 0, 40)  # type: ignore[misc]
        stream.stop(worker, signal.SIGKILL)
    worker = stream.worker(**settings(endpoint))
    stream.wait_final(PAGES, 90)
    assert stream.stop(worker) == 0, stream.log(worker)
    assert stream.books() == {"raw": PAGES, "parts": 0, "enriched": PAGES, "duplicates": 0, "dead letters": 0}
    assert summaries(stream) == {("abstractive", None): PAGES}
    assert endpoint.most_in_flight <= 4
    positions = Counter(dict(record.headers)["news_raw_position"] for record in stream.read(ENRICHED))
    assert max(positions.values()) == 1


def test_sigterm_aborts_what_is_asked_and_falls_back_on_nothing(stream: Stream, endpoint: Endpoint) -> None:
    endpoint.reply = hang
    stream.produce([page(number) for number in range(12)])
    worker = stream.worker(**settings(endpoint))
    stream.wait(lambda: endpoint.in_flight > 0)
    begin = time.monotonic()
    assert stream.stop(worker) == 0, stream.log(worker)
    assert time.monotonic() - begin < 10
    assert stream.read(ENRICHED) == stream.read(DEAD_LETTER) == []
    endpoint.reply = well
    worker = stream.worker(**settings(endpoint))
    stream.wait_final(12)
    stream.stop(worker)
    assert summaries(stream) == {("abstractive", None): 12}


def test_a_model_that_hangs_holds_nothing_up_for_longer_than_a_deadline(stream: Stream, endpoint: Endpoint) -> None:
    endpoint.reply = hang
    story = [page(number) for number in range(12)]
    copies = [page(number, url=f"https://copy.example/{number}") for number in range(12)]
    worker = stream.worker(**settings(endpoint, deadline=2))
    stream.produce([*story, *copies])
    stream.wait_final(24, 60)
    assert stream.stop(worker) == 0, stream.log(worker)
    found = summaries(stream)
    assert {kind for kind, _ in found} == {"extractive"}
    assert {reason for _, reason in found} <= {"timeout", "breaker"}
    assert sum(found.values()) == 12
    assert len(endpoint.calls) <= 12  # duplicates cost no call
    assert all("cost 4.2 million crowns" in call.article for call in endpoint.calls)
