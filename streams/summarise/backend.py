"""A language model's answers for a batch of articles, over HTTP, within one deadline.

The way of an article: cache → concurrency limit → breaker → budget → call, with at most two more tries → answer.
Nothing that the endpoint does is raised: an answer that is not there has its reason. What an answer is worth is judged
in the stage, which is pure. Imported only where a model is set: httpx and stamina are not loaded else.
"""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import httpx
import msgspec
import stamina
from msgspec import Struct

from streams.events import FallbackReason, TaggedArticle
from streams.settings import Settings, SettingsError
from streams.summarise.guard import Breaker, Budget
from streams.summarise.prompt import Answer, Told, request
from streams.telemetry import LLM_REQUESTS, LLM_SECONDS, LLM_TOKENS

CACHED = 10_000  # answers, some 1 KB each
RESPONSE_BYTES = 64 * 1024  # a summary with its JSON takes 4 KB
ATTEMPTS = 3
WAIT_FIRST, WAIT_MOST, WAIT_JITTER = 0.5, 5.0, 1.0  # seconds before another try
_AGAIN = frozenset({408, 409, 429})  # and 5xx: what OpenAI's own clients try again
_TOO_MANY = 429

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would name the URL at each call
stamina.instrumentation.set_on_retry_hooks([])  # tries are counted here, as calls

_decode_event = msgspec.json.Decoder(TaggedArticle).decode
_encode = msgspec.json.Encoder().encode


class _Message(Struct):
    content: str


class _Choice(Struct):
    message: _Message


class _Usage(Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Failed(Exception):  # noqa: N818 - what happened to a call
    def __init__(self, reason: FallbackReason, *, again: bool = False, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason: FallbackReason = reason
        self.again = again
        self.after = after


class LanguageModel:
    """An endpoint that speaks OpenAI's chat completions.

    Args:
        settings: `llm_…`.
    """

    def __init__(self, settings: Settings) -> None:
        url = httpx.URL(settings.llm_url or "")
        if url.scheme not in {"http", "https"} or url.userinfo or not settings.llm_model:
            raise SettingsError("NEWSFLOW_LLM_URL is https://host/v1, without a password, and needs NEWSFLOW_LLM_MODEL")
        self._url = f"{str(url).rstrip('/')}/chat/completions"
        self._model = settings.llm_model
        key = settings.llm_key.get_secret_value() if settings.llm_key else None
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        headers |= {"authorization": f"Bearer {key}"} if key else {}
        self._deadline = settings.llm_deadline_seconds
        self._limit = settings.llm_concurrency
        self._in_flight = asyncio.Semaphore(self._limit)
        self._budget = Budget(settings.llm_calls_per_minute, settings.llm_calls_per_day)
        self._breaker = Breaker()
        self._cache: OrderedDict[str, Told] = OrderedDict()
        try:
            limits = httpx.Limits(max_connections=self._limit)
            self._client = httpx.AsyncClient(timeout=self._deadline, limits=limits, headers=headers)
        except UnicodeEncodeError:
            raise SettingsError("NEWSFLOW_LLM_KEY holds characters that no HTTP header takes") from None

    async def ask(self, values: Sequence[bytes | None]) -> list[Answer | None]:
        """Ask about articles, each text once; None for what is no article.

        It takes no longer than the deadline, and raises CancelledError alone: then every call is given up.
        """
        articles = [_read(value) for value in values]
        keys = [article.text_sha256 if article else "" for article in articles]
        wanted = {key: article for key, article in zip(keys, articles, strict=True) if article and article.paragraphs}
        answers: dict[str, Answer] = {}
        for key in wanted:
            if (known := self._cache.get(key)) is not None:
                self._cache.move_to_end(key)
                answers[key] = Answer(self._model, known, None)
        end = time.monotonic() + self._deadline
        calls = {
            key: asyncio.create_task(self._answer(key, article, end))
            for key, article in wanted.items()
            if key not in answers
        }
        try:
            if calls:
                await asyncio.wait(calls.values(), timeout=self._deadline)
        finally:
            for call in calls.values():
                call.cancel()
            late = [call for call in calls.values() if not call.done()]
            if late:
                await asyncio.wait(late)
        for key, call in calls.items():
            if call.cancelled():
                self._breaker.failed()
                LLM_REQUESTS.labels("timeout").inc()
            answers[key] = Answer(self._model, None, "timeout") if call.cancelled() else call.result()
        return [answers.get(key) for key in keys]

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _answer(self, key: str, article: TaggedArticle, end: float) -> Answer:
        def again(error: Exception) -> bool | float:
            if not isinstance(error, _Failed) or not error.again:
                return False
            if error.after is not None:  # the endpoint says when; not waited for where it is too late then
                return error.after if time.monotonic() + error.after < end else False
            return True

        try:
            async for attempt in stamina.retry_context(
                on=again,
                attempts=ATTEMPTS,
                timeout=self._deadline,
                wait_initial=WAIT_FIRST,
                wait_max=WAIT_MOST,
                wait_jitter=WAIT_JITTER,
            ):
                with attempt:
                    told = await self._call(article)
        except _Failed as failed:
            return Answer(self._model, None, failed.reason)
        self._cache[key] = told
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return Answer(self._model, told, None)

    async def _call(self, article: TaggedArticle) -> Told:
        async with self._in_flight:
            if not self._breaker.may_call():
                raise _Failed("breaker")
            if not self._budget.take():
                raise _Failed("budget")
            begin = time.monotonic()
            try:
                told = await self._post(_encode(request(self._model, article)))
            except _Failed as failed:
                if failed.reason == "malformed":  # it is there, if of no use
                    self._breaker.succeeded()
                else:
                    self._breaker.failed()
                LLM_REQUESTS.labels(failed.reason).inc()
                raise
            self._breaker.succeeded()
            LLM_REQUESTS.labels("answered").inc()
            LLM_SECONDS.observe(time.monotonic() - begin)
            return told

    async def _post(self, body: bytes) -> Told:
        try:
            async with self._client.stream("POST", self._url, content=body) as response:
                status = response.status_code
                if status != httpx.codes.OK:
                    raise _failure(status, response.headers.get("retry-after"))
                data = bytearray()
                async for part in response.aiter_raw():
                    data += part
                    if len(data) > RESPONSE_BYTES:
                        raise _Failed("malformed")
        except httpx.TimeoutException:
            raise _Failed("timeout", again=True) from None
        except (httpx.HTTPError, httpx.StreamError):
            raise _Failed("unavailable", again=True) from None
        return _told(bytes(data))


def _read(value: bytes | None) -> TaggedArticle | None:
    # What is no article is the stage's to refuse.
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_event(value) if value is not None else None
    return None


def _failure(status: int, retry_after: str | None) -> _Failed:
    again = status in _AGAIN or status >= httpx.codes.INTERNAL_SERVER_ERROR
    reason: FallbackReason = "rate_limited" if status == _TOO_MANY else "unavailable" if again else "refused"
    return _Failed(reason, again=again, after=_seconds(retry_after) if again else None)


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After (RFC 9110 10.2.3): seconds, or a date."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    with contextlib.suppress(ValueError, OverflowError):
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    return None


def _told(data: bytes) -> Told:
    try:
        completion = msgspec.json.decode(data, type=_Completion)
        told = msgspec.json.decode(completion.choices[0].message.content, type=Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError):
        raise _Failed("malformed") from None
    if completion.usage:
        LLM_TOKENS.labels("prompt").inc(max(0, completion.usage.prompt_tokens))
        LLM_TOKENS.labels("completion").inc(max(0, completion.usage.completion_tokens))
    return told
