"""A record's way through one stage: bytes in, outputs out. The same for the stream, `explain` and `enrich`.

Nothing a stage does gets past `Work`: what it raises becomes a dead letter's reason, what it returns becomes outputs.
"""

import importlib
import re
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from streams import lenient
from streams.dedupe.state import Arrival, Change, View
from streams.dedupe.store import StoreError
from streams.errors import ErrorCode, Refused
from streams.events import Article, RawPage
from streams.flow import Flow, Stage, WiringError
from streams.identity import event_id
from streams.outcomes import PartRefused, TakeDown
from streams.settings import Settings
from streams.topics import DEAD_LETTER, Topic

_encode = msgspec.json.Encoder().encode
MESSAGE_CHARS = 500  # of an error's message; the page's text is never part of it
# The fields that a reader sees: counted as present, missing or low.
MEASURED: tuple[str, ...] = ("title", "paragraphs", "authors", "published_at", "language", "images")
MEASURED += ("keywords", "entities", "topics", "hashtags", "summary")
LOW_CONFIDENCE = 0.5  # below it, a field is as likely wrong as right


Changes = Sequence[Change]  # of the state, to be written to its topic


class Output(Struct, array_like=True, gc=False, kw_only=True):
    """One record to be written, or counted, for one record read. Travels from compute processes as MessagePack.

    `value` null: a tombstone, or a dead letter, whose value is the bytes read. `topic` null: nothing is written.
    """

    outcome: str  # passed | part | duplicate | takedown | dead_letter | forgotten
    topic: str | None = None
    key: bytes | None = None
    value: bytes | None = None
    id: str = ""
    subject: str = ""
    part: int = 0
    reason: str = ""
    code: str = ""
    error: str = ""
    message: str = ""
    part_of: str = ""
    language: str = ""  # of an article, where the stage tells it
    kind: str = ""  # of a duplicate
    everywhere: bool = False
    missing: list[str] = []
    low: list[str] = []
    summary: str = ""  # how the summary was made: its kind, or why it is not the kind asked for


class Work:
    """A stage with its codecs, ready to take record values.

    Args:
        stage: the stage.
        settings: read for what the stage depends on, and for the sizes of records.
        version: the pipeline version.
    """

    def __init__(self, stage: Stage, settings: Settings, version: str) -> None:
        self.stage = stage
        self.version = version
        self._function: Callable[..., Any] = partial(stage.function, **settings.values_of(stage.settings))
        raw = stage.source.event is RawPage
        self._decode = lenient.raw_page if raw else msgspec.json.Decoder(stage.source.event).decode
        self._record_bytes = settings.max_record_bytes
        # What is asked of every record is looked up once.
        self._name = stage.name
        self._next = stage.next
        self._events: dict[type[Struct], tuple[Topic, bool]] = {}  # its topic, and whether it is an article
        self._measured = [name for name in MEASURED if name in stage.assigns]
        self._tells = frozenset(stage.assigns)

    def __call__(
        self,
        value: bytes | None,
        arrival: Arrival,
        reason: str = "",
        key: bytes | None = None,
        view: View | None = None,
        *,
        answer: Any = None,
    ) -> tuple[list[Output], Changes]:
        """Run the stage on one record.

        Args:
            value: the record's value; null with a `reason` is a take-down on its way.
            arrival: where the record's page stands in the input.
            reason: of a take-down.
            key: the record's key: a take-down's article_id.
            view: of the state, for a stage that has one.
            answer: of the stage's back end, where it has one.

        Returns:
            The outputs, and what changes in the state.
        """
        try:
            if value is None:
                return self._pass_takedown(reason, key, arrival, view)
            event = self._read(value)
            changed: Sequence[Any] = ()
            if view is not None:
                made, changed = self._function(event, view, arrival)
            elif answer is not None:
                made = self._function(event, answer=answer)
            else:
                made = self._function(event)
            if isinstance(made, list):
                outputs = [self._output(outcome, part) for part, outcome in enumerate(made)]
            else:
                outputs = [self._output(made, 0)]
            if not outputs:
                raise ValueError("a record must have an outcome")  # noqa: TRY301 - the stage's bug, told as one
            # What does not go on is not remembered either: its replay is not its own copy.
            remembered = view is not None and outputs[0].outcome != "dead_letter"
            return outputs, view.put(changed) if view and remembered else []
        except Refused as refused:
            return [dead_letter(refused.code, "Refused", refused.message)], []
        except StoreError:
            raise  # the disk's fault, not the record's: the worker stops
        except MemoryError:
            return [dead_letter(ErrorCode.CRASH, "MemoryError", "the page needs more memory than it may take")], []
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stage raises is the record's outcome
            return [dead_letter(ErrorCode.BUG, type(error).__name__, _where(error))], []

    def _read(self, value: bytes) -> Any:
        try:
            return self._decode(value)
        except msgspec.ValidationError as error:
            # msgspec quotes a word that is none of the few it may be: that is the page's text.
            raise Refused(ErrorCode.SCHEMA, re.sub(r"'.*'|\".*\"", "…", str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(ErrorCode.DECODE_JSON, str(error)) from None

    def _pass_takedown(
        self, reason: str, key: bytes | None, arrival: Arrival, view: View | None
    ) -> tuple[list[Output], Changes]:
        if not reason or key is None:
            raise Refused(ErrorCode.DECODE_JSON, "the record has no value")
        article_id = key.decode()
        if view is None:
            return [self._takedown(TakeDown(article_id=article_id, reason=reason))], []
        if view.row(article_id, arrival.ingested_at) is None:
            return [Output(outcome="forgotten", subject=article_id)], []
        return [self._takedown(TakeDown(article_id=article_id, reason=reason))], [view.forget(article_id)]

    def _output(self, outcome: Any, part: int) -> Output:
        found = self._events.get(type(outcome))
        if found is None:
            if isinstance(outcome, TakeDown):
                # The lane of a page that is gone is not known: every lane is told, the one that knows it passes it on.
                return self._takedown(outcome, everywhere=True)
            if isinstance(outcome, PartRefused):
                return self._refused(outcome, part)
            found = self.stage.topic_of(outcome), isinstance(outcome, Article)
            self._events[type(outcome)] = found
        topic, is_article = found
        value = _encode(outcome)
        if len(value) > self._record_bytes:
            return self._too_large(topic, outcome, value, part)
        if is_article:
            told, text, kind = str(getattr(outcome, "revision", 0)), outcome.text_sha256, ""
        else:
            told, text, kind = outcome.kind, "", outcome.kind
        output = Output(
            outcome="duplicate",
            topic=topic.name,
            key=topic.key(outcome).encode("utf-8", "replace"),
            value=value,
            id=event_id(self._name, outcome.article_id, told, text, self.version),
            subject=outcome.article_id,
            part=part,
            language=outcome.language if "language" in self._tells else "",
            kind=kind,
        )
        if topic is self._next:
            output.outcome = "part" if part else "passed"
            self._judge(output, outcome)
        return output

    def _judge(self, output: Output, event: Any) -> None:
        for name in self._measured:
            if not getattr(event, name):
                output.missing.append(name)
        if "provenance" in self._tells:
            output.low = [name for name, found in event.provenance.items() if found.confidence < LOW_CONFIDENCE]
        if "topics" in self._tells and event.topics and event.topics[0].confidence < LOW_CONFIDENCE:
            output.low.append("topics")
        if "summary" in self._tells and event.summary:
            output.summary = event.summary.fallback_reason or event.summary.kind

    def _refused(self, outcome: PartRefused, part: int) -> Output:
        dead = dead_letter(outcome.code, "Refused", outcome.message)
        dead.value, dead.part_of, dead.part = _encode(outcome.part), outcome.part_of, part
        dead.subject = outcome.part.article_id
        return dead

    def _too_large(self, topic: Topic, outcome: Any, value: bytes, part: int) -> Output:
        message = f"{len(value)} bytes are more than {topic.name} takes"
        dead = dead_letter(ErrorCode.DOWNSTREAM, "Refused", message)
        if part:  # split off here; else the dead letter is the record that was read
            dead.part, dead.part_of, dead.value = part, getattr(outcome, "part_of", None) or "", value
        return dead

    def _takedown(self, takedown: TakeDown, *, everywhere: bool = False) -> Output:
        return Output(
            outcome="takedown",
            topic=self._next.name,
            key=takedown.article_id.encode(),
            id=event_id(self.stage.name, takedown.article_id, "takedown", takedown.reason, self.version),
            subject=takedown.article_id,
            reason=takedown.reason,
            everywhere=everywhere,
        )


def load_flow(path: str) -> Flow:
    """Import the flow that a setting names: `module:attribute`.

    Raises:
        WiringError: there is no such flow.
    """
    module, _, attribute = path.partition(":")
    try:
        flow = getattr(importlib.import_module(module), attribute or "flow")
    except (ImportError, AttributeError, ValueError) as error:
        raise WiringError(f"NEWSFLOW_FLOW={path}: {error}; is its folder on the PYTHONPATH?") from None
    if not isinstance(flow, Flow):
        raise WiringError(f"NEWSFLOW_FLOW={path} is a {type(flow).__name__}, not a Flow")
    return flow


def dead_letter(code: ErrorCode, error: str, message: str) -> Output:
    """Make the output for a record that no article could be made of."""
    message = " ".join(message.split())[:MESSAGE_CHARS]
    return Output(outcome="dead_letter", topic=DEAD_LETTER.name, code=code, error=error, message=message)


def _where(error: BaseException) -> str:
    """Say what went wrong and where in the code, never with the page's text: an exception's message may hold it."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} in {where}"
