"""A real endpoint over real sockets, that fails in every way: every article gets its summary, within the deadline."""

import asyncio
import hashlib
import json
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from streams.app import flow
from streams.dedupe.state import Arrival
from streams.events import EnrichedArticle, TaggedArticle
from streams.settings import Settings, SettingsError
from streams.summarise.backend import LanguageModel
from streams.summarise.guard import FAILURES, OPEN_SECONDS, Breaker, Budget
from streams.summarise.prompt import request
from streams.work import Work
from tests.summarise import endpoint as behaviour
from tests.summarise.endpoint import Call, Endpoint, Reply

Make = Callable[[str | None, list[str], str], TaggedArticle]
SENTENCES = [
    "The harbour council of Norvik voted on Tuesday to rebuild the northern pier before the winter storms.",
    "Engineers had warned for years that the piles were rotten below the waterline.",
    "The work will cost 4.2 million crowns and take until March, mayor Ingrid Dahle said.",
    "Fishermen fear that the quay will be closed during the herring season.",
]
GOOD: dict[str, Any] = {
    "headline": "Norvik to rebuild its northern pier",
    "summary": "Norvik will rebuild its northern pier before winter. The work will cost 4.2 million crowns.",
    "bullets": ["The council voted on Tuesday.", "Fishermen fear that the quay will be closed."],
}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that is well until it is told otherwise."""
    endpoint = Endpoint(behaviour.well)
    yield endpoint
    endpoint.close()


def configured(endpoint: Endpoint, **changed: Any) -> Settings:
    known = {"llm_url": endpoint.url, "llm_model": "test", "llm_calls_per_minute": 1000, "llm_concurrency": 4}
    return Settings(**{**known, **changed})


def values(make: Make, count: int, language: str = "en") -> list[bytes]:
    made = []
    for number in range(count):
        article = make("Pier to be rebuilt", [*SENTENCES, f"It was item {number} of the day."], language)
        article.text_sha256 = hashlib.sha256(str(number).encode()).hexdigest()
        made.append(msgspec.json.encode(article))
    return made


def ask(settings: Settings, *batches: list[bytes]) -> tuple[list[list[EnrichedArticle]], float]:
    """Run batches through the back end and the stage, as the stream does; the last batch's seconds."""
    seconds = 0.0

    async def run() -> list[list[Any]]:
        nonlocal seconds
        model = LanguageModel(settings)
        found = []
        for batch in batches:
            begin = time.monotonic()
            found.append(await model.ask(batch))
            seconds = time.monotonic() - begin
        await model.close()
        return found

    work = Work(flow["summarise"], settings, "1")
    answers = asyncio.run(run())
    enriched = []
    for batch, answered in zip(batches, answers, strict=True):
        made = [work(value, Arrival("0/0", 0, "1"), answer=a)[0][0] for value, a in zip(batch, answered, strict=True)]
        assert {output.outcome for output in made} == {"passed"}
        enriched.append([msgspec.json.decode(output.value or b"", type=EnrichedArticle) for output in made])
    return enriched, seconds


def reasons(articles: list[EnrichedArticle]) -> list[str | None]:
    assert all(article.summary and article.summary.text for article in articles)
    return [article.summary.fallback_reason if article.summary else "none" for article in articles]


def test_a_good_answer_is_the_summary(endpoint: Endpoint, article: Make) -> None:
    endpoint.reply = behaviour.say(GOOD)
    [[enriched]], _ = ask(configured(endpoint, llm_key="s3cret"), values(article, 1))
    summary = enriched.summary
    assert summary is not None
    assert (summary.kind, summary.method, summary.fallback_reason) == ("abstractive", "test", None)
    assert (summary.text, summary.headline, summary.bullets) == (GOOD["summary"], GOOD["headline"], GOOD["bullets"])
    assert [passage.text for passage in summary.sentences] == [SENTENCES[0], SENTENCES[2]]
    [call] = endpoint.calls
    assert call.headers["authorization"] == "Bearer s3cret"
    assert call.body["temperature"] == 0
    assert "tools" not in call.body
    assert call.body["response_format"]["json_schema"]["strict"]
    assert call.article.startswith("Pier to be rebuilt\n\nThe harbour council")


SWAPPED = {
    **GOOD,
    "summary": "Norvik wird seine alte Mole vor dem Winter für viel Geld neu bauen lassen, sagte der Rat.",
}
MISBEHAVIOUR: dict[str, tuple[Reply, str]] = {
    "hangs": (behaviour.hang, "timeout"),
    "slow drip": (behaviour.drip, "timeout"),
    "reset mid-body": (behaviour.reset, "unavailable"),
    "429": (behaviour.status(429), "rate_limited"),
    "429, Retry-After 0": (behaviour.status(429, Retry_After="0"), "rate_limited"),
    "429, Retry-After an hour": (behaviour.status(429, Retry_After="3600"), "rate_limited"),
    "429, Retry-After a past date": (
        behaviour.status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        "rate_limited",
    ),
    "429, Retry-After nonsense": (behaviour.status(429, Retry_After="soon"), "rate_limited"),
    "408": (behaviour.status(408), "unavailable"),
    "500": (behaviour.status(500), "unavailable"),
    "503": (behaviour.status(503), "unavailable"),
    "401": (behaviour.status(401), "refused"),
    "302": (behaviour.status(302, Location="http://127.0.0.1:1/"), "refused"),
    "no HTTP": (lambda call: _write(call, b"SSH-2.0-x\r\n"), "unavailable"),
    "empty": (behaviour.raw(b""), "malformed"),
    "broken JSON": (behaviour.raw(b'{"choices": [{"mess'), "malformed"),
    "no choices": (behaviour.raw(b'{"choices": []}'), "malformed"),
    "nested deep": (behaviour.raw(b"[" * 60_000), "malformed"),
    "oversize": (behaviour.raw(b" " * 2**20), "malformed"),
    "prose": (behaviour.say("Here is your summary!"), "malformed"),
    "another form": (behaviour.say({**GOOD, "tool": "x"}), "malformed"),
    "a field less": (behaviour.say({"summary": "x"}), "malformed"),
    "another type": (behaviour.say({**GOOD, "bullets": "x"}), "malformed"),
    "empty summary": (behaviour.say({**GOOD, "summary": " "}), "length"),
    "no bullets": (behaviour.say({**GOOD, "bullets": []}), "length"),
    "too long": (behaviour.say({**GOOD, "summary": " ".join(SENTENCES * 3)}), "length"),
    "long headline": (behaviour.say({**GOOD, "headline": SENTENCES[0]}), "length"),
    "another language": (behaviour.say(SWAPPED), "language"),
    "another number": (behaviour.say({**GOOD, "summary": str(GOOD["summary"]).replace("4.2", "4.3")}), "unfaithful"),
    "another name": (behaviour.say({**GOOD, "bullets": ["The council of Oslo voted."]}), "unfaithful"),
    "an address": (behaviour.say({**GOOD, "headline": "Norvik: see www.norvik.example"}), "unfaithful"),
    "markup": (behaviour.say({**GOOD, "headline": "Norvik <b>pier</b>"}), "unfaithful"),
    "another story": (
        behaviour.say({**GOOD, "summary": "A royal wedding drew crowds to the palace gardens at noon."}),
        "unfaithful",
    ),
}


async def _write(call: Call, data: bytes) -> None:
    call.writer.write(data)
    await call.writer.drain()
    call.writer.close()


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_whatever_the_endpoint_does_every_article_gets_a_summary(
    name: str, endpoint: Endpoint, article: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.summarise.backend.WAIT_FIRST", 0.01)
    monkeypatch.setattr("streams.summarise.backend.WAIT_JITTER", 0.01)
    endpoint.reply, reason = MISBEHAVIOUR[name]
    [enriched], seconds = ask(configured(endpoint, llm_deadline_seconds=0.8), values(article, 1))
    assert set(reasons(enriched)) == {reason}
    assert all(e.summary and e.summary.kind == "extractive" for e in enriched)
    assert seconds < 1.2  # the deadline, and time to give up in
    assert len(endpoint.calls) <= 3


def test_what_fails_once_is_tried_again_when_the_endpoint_says(endpoint: Endpoint, article: Make) -> None:
    times: list[float] = []

    async def second_time_well(call: Call) -> None:
        times.append(time.monotonic())
        await (behaviour.status(429, Retry_After="1") if len(times) == 1 else behaviour.say(GOOD))(call)

    endpoint.reply = second_time_well
    [enriched], _ = ask(configured(endpoint), values(article, 1))
    assert reasons(enriched) == [None]
    assert 1.0 <= times[1] - times[0] < 1.5


def test_what_is_there_by_the_deadline_is_kept(endpoint: Endpoint, article: Make) -> None:
    async def every_other(call: Call) -> None:
        await (behaviour.hang if "item 1 " in call.article or "item 3 " in call.article else behaviour.say(GOOD))(call)

    endpoint.reply = every_other
    [enriched], _ = ask(configured(endpoint, llm_deadline_seconds=0.5), values(article, 4))
    assert reasons(enriched) == [None, "timeout", None, "timeout"]


def test_calls_in_flight_never_pass_the_limit(endpoint: Endpoint, article: Make) -> None:
    async def slow(call: Call) -> None:
        await asyncio.sleep(0.02)
        await behaviour.say(GOOD)(call)

    endpoint.reply = slow
    batch = values(article, 30)
    settings = configured(endpoint, llm_concurrency=3)

    async def lanes() -> list[list[Any]]:
        model = LanguageModel(settings)
        try:
            return await asyncio.gather(*(model.ask(batch[at::3]) for at in range(3)))
        finally:
            await model.close()

    answers = asyncio.run(lanes())
    assert all(answer.told for lane in answers for answer in lane)
    assert endpoint.most_in_flight == 3
    assert flow["summarise"].batch_records(settings) == 3
    assert flow["summarise"].batch_records(Settings()) == 500


def test_a_text_is_asked_about_once(endpoint: Endpoint, article: Make) -> None:
    endpoint.reply = behaviour.say(GOOD)
    one = values(article, 1)
    enriched, _ = ask(configured(endpoint), one * 3, one)
    assert len(endpoint.calls) == 1
    assert [reasons(batch) for batch in enriched] == [[None] * 3, [None]]


def test_a_spent_budget_costs_no_call(endpoint: Endpoint, article: Make) -> None:
    endpoint.reply = behaviour.say(GOOD)
    [enriched], _ = ask(configured(endpoint, llm_calls_per_minute=2), values(article, 5))
    assert sorted(map(str, reasons(enriched))) == ["None", "None", "budget", "budget", "budget"]
    assert len(endpoint.calls) == 2


def test_an_open_breaker_adds_no_time(endpoint: Endpoint, article: Make) -> None:
    endpoint.reply = behaviour.status(401)
    batch = values(article, 8)
    added: list[float] = []

    async def run() -> list[Any]:
        model = LanguageModel(configured(endpoint))
        await model.ask(batch)
        for _ in range(200):
            begin = time.process_time()  # the machine may be busy with others
            answers = await model.ask(batch[:1])
            added.append(time.process_time() - begin)
        await model.close()
        return answers

    assert [answer.reason for answer in asyncio.run(run())] == ["breaker"]
    assert len(endpoint.calls) < FAILURES + 4  # those in flight when it opened
    assert statistics.quantiles(added, n=100)[98] <= 0.005


def test_a_breaker_lets_one_call_try() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.may_call()
    breaker.failed()
    assert not breaker.may_call()
    now = OPEN_SECONDS
    assert [breaker.may_call(), breaker.may_call()] == [True, False]
    breaker.failed()
    assert not breaker.may_call()
    now *= 2
    assert breaker.may_call()
    breaker.succeeded()
    assert breaker.may_call()


def test_a_budget_is_one_a_minute_and_one_a_day() -> None:
    now = 0.0
    budget = Budget(2, 3, lambda: now)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    now = 60.0
    assert [budget.take() for _ in range(2)] == [True, False]
    now = 86_400.0
    assert budget.take()


def test_a_cancelled_batch_gives_up_its_calls(endpoint: Endpoint, article: Make) -> None:
    endpoint.reply = behaviour.hang

    async def run() -> float:
        model = LanguageModel(configured(endpoint))
        asking = asyncio.ensure_future(model.ask(values(article, 4)))
        while endpoint.in_flight < 4:  # noqa: ASYNC110 - the endpoint is another thread's
            await asyncio.sleep(0.01)
        begin = time.monotonic()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        seconds = time.monotonic() - begin
        await model.close()
        return seconds

    assert asyncio.run(run()) < 1


def test_what_is_no_article_is_not_asked_about(endpoint: Endpoint, article: Make) -> None:
    async def run() -> list[Any]:
        model = LanguageModel(configured(endpoint))
        answers = await model.ask([None, b"", b"\xff", b"{}", msgspec.json.encode(article(None, [], "en"))])
        await model.close()
        return answers

    assert asyncio.run(run()) == [None] * 5
    assert endpoint.calls == []


def test_the_key_is_never_shown(endpoint: Endpoint, article: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.reply = behaviour.status(500)
    settings = configured(endpoint, llm_key="s3cret", llm_deadline_seconds=0.5)
    ask(settings, values(article, 1))
    assert "s3cret" not in caplog.text + repr(settings)
    with pytest.raises(SettingsError) as wrong:
        LanguageModel(Settings(llm_url="https://me:s3cret@host/v1", llm_model="m"))
    assert "s3cret" not in str(wrong.value)


def test_without_a_model_nothing_is_loaded_and_nothing_changes() -> None:
    code = (
        "import sys; from streams.app import flow; from streams.settings import Settings; s = Settings();"
        "assert flow['summarise'].backend(s) is None; print('httpx' in sys.modules, flow.pipeline_version(s) =="
        "flow.pipeline_version(Settings(llm_model='m', llm_key='k')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]


def test_the_model_is_part_of_the_pipeline_version() -> None:
    named = [Settings(llm_url=url, llm_model=model) for url in ("http://a", "http://b") for model in ("m", "n")]
    versions = {flow.pipeline_version(settings) for settings in [Settings(), *named]}
    assert len(versions) == 5


def test_requests_are_alike_in_every_process(article: Make) -> None:
    first, second = (json.dumps(request("m", article("T", SENTENCES, "en"))) for _ in range(2))
    assert first == second
