"""Traces by OpenTelemetry: a span for each committed record of a sampled trace, from its batch's begin to the commit.

Imported only where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; else the runner is the plain one and a `traceparent` goes on
as it came. A crawler's sampled trace goes on under the same trace id, each stage's span being the parent of the next
one's; of the pages that come without a trace one in a hundred begins one (`OTEL_TRACES_SAMPLER` says otherwise). What
is aborted or dropped leaves no span: it is done again, by whoever owns the partition then.
"""

import os
import threading
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from aiokafka import ConsumerRecord
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation import set_span_in_context

from streams import __version__
from streams.transport.batch import BatchRunner, Done, Draft
from streams.transport.headers import TRACE, TRACEPARENT, Origin
from streams.transport.lane import Batch, group_of
from streams.work import Output

SHARE = 0.01  # of the pages without a trace: at 12 pages a second, a trace every 8 s
FLUSH_SECONDS = 5.0  # for a collector that is away: inside what a worker has left once it has drained


class _Ids(RandomIdGenerator):
    """Gives a trace that begins here the id that its page has at every repeat."""

    begun = 0

    def generate_trace_id(self) -> int:
        return self.begun


class Traces:
    """Where spans go: the endpoint that `OTEL_EXPORTER_OTLP_…` names, by OTLP over HTTP, in a thread of its own.

    At most 2,048 spans wait (`OTEL_BSP_MAX_QUEUE_SIZE`): a collector that is away costs spans, never articles.
    """

    def __init__(self) -> None:
        self._ids = _Ids()
        self._provider = TracerProvider(
            sampler=None if os.environ.get("OTEL_TRACES_SAMPLER") else ParentBased(TraceIdRatioBased(SHARE)),
            resource=Resource({"service.name": "newsflow", "service.version": __version__}).merge(
                OTELResourceDetector().detect()
            ),
            shutdown_on_exit=False,  # `close` is bounded, that is not
            id_generator=self._ids,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("newsflow", __version__)

    def begin(self, name: str, trace: bytes, *, ours: bool, start: int, attributes: dict[str, Any]) -> Span | None:
        """Begin a record's span.

        Args:
            name: of the span.
            trace: the `traceparent` that the record has, or that it was given here.
            ours: the trace begins here.
            start: ns since 1970.
            attributes: of the span.

        Returns:
            None when the trace is not sampled.
        """
        _, trace_id, parent_id, flags = trace.split(b"-")
        parent = None
        if ours:
            self._ids.begun = int(trace_id, 16)
        else:
            parent = SpanContext(int(trace_id, 16), int(parent_id, 16), is_remote=True, trace_flags=_flags(flags))
            if not parent.trace_flags.sampled:
                return None
        context = set_span_in_context(NonRecordingSpan(parent)) if parent else None
        span = self._tracer.start_span(
            name, context, kind=SpanKind.CONSUMER, start_time=start, attributes=attributes, record_exception=False
        )
        return span if span.is_recording() else None

    def runner(self, *arguments: Any) -> "TracedRunner":
        """Make a stage's runner that tells of it here."""
        return TracedRunner(self, *arguments)

    def close(self) -> None:
        """Send what waits, within bounds."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(FLUSH_SECONDS)


def _flags(told: bytes) -> TraceFlags:
    return TraceFlags(int(told, 16) & TraceFlags.SAMPLED)


class _Batch:
    """The spans of the batch that a task is at."""

    def __init__(self) -> None:
        self.begin = time.time_ns()
        self.open: dict[Origin, Span] = {}
        self.told: list[Span] = []  # what was not come to in this part of the batch is begun again in the next


_batch: ContextVar[_Batch] = ContextVar("batch")


class TracedRunner(BatchRunner):
    """Runs a stage as its base does, and tells of it.

    Args:
        traces: where spans go.
        arguments: the base's.
    """

    def __init__(self, traces: Traces, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._traces = traces
        self._told = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": group_of(self._stage, self._settings),
            "newsflow.pipeline_version": self._version,
        }

    async def _step(self, batch: Batch) -> int:
        spans = _Batch()
        _batch.set(spans)
        finished = await super()._step(batch)
        if finished:
            now = time.time_ns()
            for span in spans.told:
                span.end(now)
        return finished

    def _origin(self, record: ConsumerRecord) -> Origin:
        origin = super()._origin(record)
        batch = _batch.get()
        span = self._traces.begin(
            self._stage.name,
            origin.trace,
            ours=not TRACEPARENT.fullmatch(dict(record.headers).get(TRACE) or b""),
            start=batch.begin,
            attributes=self._told,
        )
        if span is not None:
            context = span.get_span_context()
            origin.trace = f"00-{context.trace_id:032x}-{context.span_id:016x}-01".encode()
            batch.open[origin] = span
        return origin

    def _deliver(self, done: Sequence[Done], draft: Draft) -> None:
        super()._deliver(done, draft)
        for record, origin, outputs in done:
            self._tell(record, origin, outputs)

    def _tell(self, record: ConsumerRecord, origin: Origin, outputs: Sequence[Output]) -> None:
        batch = _batch.get()
        span = batch.open.get(origin)
        if span is None:
            return
        batch.told.append(span)
        first = outputs[0]
        span.set_attributes(
            {
                "messaging.destination.name": record.topic,
                "messaging.destination.partition.id": str(record.partition),
                "messaging.kafka.offset": record.offset,
                "newsflow.outcome": first.outcome,
                **({"newsflow.article_id": first.subject} if first.subject else {}),
                **({"newsflow.outputs": len(outputs)} if len(outputs) > 1 else {}),
            }
        )
        if first.code:
            span.set_attribute("error.type", first.code)
            span.set_status(StatusCode.ERROR, first.message)
