"""A crawler's trace goes on through all stages, into a collector where there is one: a real one over HTTP here."""

import gzip
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from streams.app import flow
from streams.settings import Broker, Settings, SettingsError
from streams.topics import CLEAN, DEAD_LETTER, ENRICHED, TAGGED, UNIQUE
from streams.transport.batch import BatchRunner
from streams.transport.health import Health
from streams.transport.traces import SHARE, Traces
from streams.transport.worker import Worker, open_traces
from tests.stream.pages import page
from tests.stream.stream import Stream

TRACE, CRAWL = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """What was sent to it."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[Any] = []
        collector = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.headers.append((self.path, self.headers))
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def _attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_crawlers_trace_goes_on_stage_by_stage(stream: Stream, collector: Collector) -> None:
    headers = [("traceparent", f"00-{TRACE}-{CRAWL}-01".encode())]
    begin = time.time_ns()
    stream.produce([page(1)], headers=headers)
    stream.produce([page(2)], headers=[("traceparent", f"00-{TRACE[::-1]}-{CRAWL}-00".encode())])  # not sampled
    stream.produce([b"no json"], headers=[("traceparent", f"00-{'c' * 32}-{CRAWL}-01".encode())])
    worker = stream.worker(OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, OTEL_EXPORTER_OTLP_HEADERS="token=h4rb0ur")
    stream.wait_final(3)
    assert stream.stop(worker) == 0
    path, told = collector.headers[0]
    assert (path, told["token"]) == ("/v1/traces", "h4rb0ur")
    [resource] = collector.requests[0].resource_spans
    assert {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"] == "newsflow"

    spans = {span.name: span for span in collector.spans if span.trace_id.hex() == TRACE}
    assert list(spans) == ["clean", "dedupe", "tag", "summarise"]
    parent, end = CRAWL, begin
    for topic, span in zip((CLEAN, UNIQUE, TAGGED, ENRICHED), spans.values(), strict=True):
        assert span.parent_span_id.hex() == parent
        parent = span.span_id.hex()
        [header] = [
            dict(record.headers)["traceparent"]
            for record in stream.read(topic)
            if TRACE.encode() in dict(record.headers)["traceparent"]
        ]
        assert header == f"00-{TRACE}-{parent}-01".encode()
        assert begin <= span.start_time_unix_nano < span.end_time_unix_nano
        assert span.end_time_unix_nano > end
        end = span.end_time_unix_nano
        attributes = _attributes(span)
        assert attributes["newsflow.outcome"] == "passed"
        assert len(attributes["newsflow.article_id"]) == 26
        assert attributes["messaging.destination.name"].startswith(stream.prefix)

    [dead] = [span for span in collector.spans if span.trace_id.hex() == "c" * 32]
    assert _attributes(dead)["error.type"] == "decode_json"
    assert dead.status.code == dead.status.STATUS_CODE_ERROR
    assert not [span for span in collector.spans if span.trace_id.hex() == TRACE[::-1]]
    assert f"00-{TRACE[::-1]}-{CRAWL}-00".encode() in {
        dict(record.headers)["traceparent"] for record in stream.read(ENRICHED)
    }
    assert dict(stream.read(DEAD_LETTER)[0].headers)["traceparent"] == f"00-{'c' * 32}-{CRAWL}-01".encode()


def test_of_pages_without_a_trace_as_many_begin_one_as_the_sampler_says(stream: Stream, collector: Collector) -> None:
    stream.produce([page(number) for number in range(40)])
    worker = stream.worker(
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.endpoint}/v1/traces",
        OTEL_TRACES_SAMPLER="parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0.5",
    )
    stream.wait_final(40)
    assert stream.stop(worker) == 0
    began = {span.trace_id.hex() for span in collector.spans if not span.parent_span_id}
    assert 5 < len(began) < 35
    enriched = [dict(record.headers)["traceparent"].decode().split("-") for record in stream.read(ENRICHED)]
    assert {trace_id for _, trace_id, _, flags in enriched if flags == "01"} == began
    assert len({trace_id for _, trace_id, _, _ in enriched}) == len(enriched)


def test_a_collector_that_is_away_holds_nothing_up(stream: Stream) -> None:
    stream.produce([page(number) for number in range(5)], headers=[("traceparent", f"00-{TRACE}-{CRAWL}-01".encode())])
    worker = stream.worker(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    stream.wait_final(5)
    begin = time.monotonic()
    assert stream.stop(worker) == 0
    assert time.monotonic() - begin < 20
    assert stream.log(worker).count("opentelemetry") < 10


def _worker() -> Worker:
    return Worker(flow, [flow["tag"]], Settings(), Broker(bootstrap="127.0.0.1:9"), Health())


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)
    return monkeypatch


def test_where_no_endpoint_is_set_nothing_of_it_is_there(off: pytest.MonkeyPatch) -> None:
    made: list[type] = []
    off.setattr(BatchRunner, "__init__", lambda self, *_: made.append(type(self)))
    worker = _worker()
    worker.loop.close()
    assert made == [BatchRunner]
    assert open_traces() is None


def test_one_in_a_hundred_begins_a_trace_unless_told_otherwise(off: pytest.MonkeyPatch) -> None:
    off.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    traces = open_traces()
    assert isinstance(traces, Traces)
    sampler = traces._provider.sampler
    assert isinstance(sampler, ParentBased)
    assert isinstance(sampler._root, TraceIdRatioBased)
    assert sampler._root.rate == SHARE
    traces.close()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "speaks http/protobuf"),
        ("missing", "opentelemetry", "pip install 'newsflow[otel]'"),
    ],
)
def test_what_cannot_be_is_one_line(off: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    off.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    if name == "missing":
        off.setitem(__import__("sys").modules, "streams.transport.traces", None)
    else:
        off.setenv(name, value)
    with pytest.raises(SettingsError, match=said.replace("[", r"\[")):
        open_traces()
