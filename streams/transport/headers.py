"""Headers: CloudEvents 1.0 (Kafka binding, binary mode) on events, `dlq.*` on dead letters.

The value of an event is a function of the input alone; what is not (the clock, offsets) stands here.
"""

import re
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from streams.dedupe.state import Arrival
from streams.identity import event_id
from streams.transport.record_batch import Header, encode_headers, varint
from streams.work import Output

INGESTED_AT = "news_ingested_at"
RAW_POSITION = "news_raw_position"
REASON = "news_reason"
TRACE = "traceparent"
LAST = (TRACE, INGESTED_AT, RAW_POSITION)  # of an event's headers, in this order
# Of an event's headers, those that differ from event to event: the last of them, but for a take-down's reason.
CHANGING = ("ce_id", "ce_subject", "ce_time", *LAST)
_CODED = [varint(len(name)) + name.encode() for name in CHANGING]
REPLAYED = "dlq.replayed"
PART_OF = "dlq.part_of"
TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")  # W3C
INT64_DIGITS = 19
TRIED_TWICE = "Died"  # what took its compute process along got one more try: see compute.py


class Origin:
    """Where a record's page stands in the input and when it came: by its headers, or for a raw page by itself.

    Args:
        record: the record.
        trusted: whether its headers were written by newsflow: not so on the raw topic.

    Attributes:
        position: topic/partition/offset/part, as it goes into the headers of what is made of the record.
        ingested_at: ms since 1970.
        reason: of a take-down.
        trace: W3C traceparent.
    """

    __slots__ = ("ingested_at", "position", "reason", "trace")

    def __init__(self, record: ConsumerRecord, *, trusted: bool) -> None:
        reason, last = b"", record.headers[-3:]
        if (
            trusted
            and record.value is not None
            and len(last) == len(LAST)
            and (last[0][0], last[1][0], last[2][0]) == LAST
        ):
            # As `EventHeaders` wrote them; a dictionary of all twelve costs as much as the rest of this.
            trace, ingested_at, position = last[0][1], last[1][1] or b"", last[2][1]
        else:
            headers = dict(record.headers)
            trace, ingested_at, position = (
                headers.get(TRACE),
                headers.get(INGESTED_AT) or b"",
                headers.get(RAW_POSITION),
            )
            reason = headers.get(REASON) or b""
        if trusted and position and ingested_at.isdigit() and len(ingested_at) <= INT64_DIGITS:
            self.position = position
            self.ingested_at = int(ingested_at)
            self.reason = reason.decode("utf-8", "replace")
        else:
            self.position = f"{record.topic}/{record.partition}/{record.offset}/0".encode()
            self.ingested_at = record.timestamp
            self.reason = ""
        self.trace = trace if trace and TRACEPARENT.fullmatch(trace) else self._new_trace()

    @property
    def trace_id(self) -> str:
        """The trace that the page belongs to: 32 hexadecimal digits."""
        return self.trace[3:35].decode()

    @property
    def page(self) -> bytes:
        """The position of the whole page that the record is, or is a part of."""
        return bytes(self.position.rpartition(b"/")[0])

    def arrival(self, version: str) -> Arrival:
        """Tell a stage with a state where and when the page came."""
        return Arrival(self.position.decode("utf-8", "replace"), self.ingested_at, version)

    def _new_trace(self) -> bytes:
        """Begin a trace (W3C Trace Context, level 1) where the crawler has none, the same at every repeat."""
        identity = event_id(self.position.decode("utf-8", "replace"), str(self.ingested_at))
        return f"00-{identity}-{identity[:16]}-00".encode()


class EventHeaders:
    """The headers of a stage's events; what never changes is made once."""

    def __init__(self, stage: str, version: str) -> None:
        self._source = f"newsflow/{stage}".encode()
        self._version = version.encode()
        self._begun: dict[str, bytes] = {}  # what all encoded headers of a topic begin with

    def __call__(self, output: Output, origin: Origin, now: bytes) -> list[Header]:
        """Make the headers of one event.

        Args:
            output: the event.
            origin: of the record that it was made of.
            now: RFC 3339, for `ce_time`.
        """
        headers = [*self._constant(output.topic or ""), *zip(CHANGING, _changing(output, origin, now), strict=True)]
        if output.reason:
            headers.append((REASON, output.reason.encode()))
        return headers

    def encoded(self, output: Output, origin: Origin, now: bytes) -> bytes:
        """Make the same in the form in which they go into a record batch: four times an article."""
        if output.reason:
            return encode_headers(self(output, origin, now))
        topic = output.topic or ""
        begun = self._begun.get(topic)
        if begun is None:
            constant = self._constant(topic)
            number = varint(len(constant) + len(CHANGING))
            begun = self._begun[topic] = number + encode_headers(constant)[len(number) :]
        parts = [begun]
        for name, value in zip(_CODED, _changing(output, origin, now), strict=True):
            parts += (name, varint(len(value)), value)
        return b"".join(parts)

    def _constant(self, topic: str) -> list[Header]:
        kind = topic[topic.index("news") :]  # less the prefix of a flow beside others
        return [
            ("ce_specversion", b"1.0"),
            ("ce_type", kind.encode()),
            ("ce_source", self._source),
            ("ce_dataschema", f"urn:newsflow:schema:{kind}".encode()),
            ("content-type", b"application/json"),
            ("news_pipeline_version", self._version),
        ]


def _changing(output: Output, origin: Origin, now: bytes) -> tuple[bytes, ...]:
    """The values of CHANGING."""
    position = b"%s/%d" % (origin.page, output.part) if output.part else origin.position
    return output.id.encode(), output.subject.encode(), now, origin.trace, b"%d" % origin.ingested_at, position


def dead_letter_headers(output: Output, record: ConsumerRecord, stage: str, version: str) -> list[Header]:
    """Say why a record became a dead letter, after the headers that it had."""
    replayed = next((value for name, value in record.headers if name == REPLAYED and value), b"0")
    return [
        *((name, value) for name, value in record.headers if not name.startswith("dlq.")),
        ("dlq.topic", record.topic.encode()),
        ("dlq.partition", str(record.partition).encode()),
        ("dlq.offset", str(record.offset).encode()),
        ("dlq.timestamp", str(record.timestamp).encode()),
        ("dlq.stage", stage.encode()),
        ("dlq.error.code", output.code.encode()),
        ("dlq.error.class", output.error.encode()),
        ("dlq.error.message", output.message.encode("utf-8", "replace")),
        ("dlq.attempts", b"2" if output.error == TRIED_TWICE else b"1"),
        ("dlq.pipeline_version", version.encode()),
        (REPLAYED, replayed),
        *([(PART_OF, output.part_of.encode())] if output.part_of else []),
    ]


def rfc3339(moment: datetime | None = None) -> bytes:
    """Write a time, now unless told otherwise, for a header."""
    moment = moment or datetime.now(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
