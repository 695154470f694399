"""/metrics, /healthz and /readyz, in a thread of their own: they answer however busy the event loop is."""

import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from streams.transport.source import Source

STUCK_SECONDS = 60.0  # no progress of a batch or of the loop for this long, while the broker answers


class Health:
    """What the probes answer from."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.waiting_for = "the worker is starting"
        self._beat = time.monotonic()

    def beat(self) -> None:
        """Note that the event loop is alive."""
        self._beat = time.monotonic()

    def stuck(self) -> str:
        """Say what makes no progress; empty when all is well. A broker that is away is no fault of the worker."""
        now = time.monotonic()
        if now - self._beat > STUCK_SECONDS:
            return f"the event loop stands still for {now - self._beat:.0f} s"
        for source in self.sources:
            for partition, lane in list(source.lanes.items()):
                idle = now - lane.progress if lane.progress else 0.0
                if idle > STUCK_SECONDS and now - source.answered < STUCK_SECONDS:
                    return f"{source.stage.name}: a batch of partition {partition.partition} stands for {idle:.0f} s"
        return ""

    def not_ready(self) -> str:
        """Say what the worker waits for; empty when it reads."""
        if self.waiting_for:
            return self.waiting_for
        for source in self.sources:
            if not source.ready:
                return f"{source.stage.name}: taking partitions over"
            if time.monotonic() - source.answered > STUCK_SECONDS / 6:
                return "the broker does not answer"
        return ""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10  # a client that sends nothing holds a thread no longer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: probes come every few seconds."""


def serve(health: Health, host: str, port: int) -> int:
    """Serve metrics and probes from a daemon thread.

    Args:
        health: what the probes answer from.
        host: address to listen on.
        port: 0 takes any free one.

    Returns:
        The port.

    Raises:
        OSError: the port is taken.
    """
    metrics = make_wsgi_app()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return metrics(environ, start_response)  # type: ignore[no-any-return]
        checks = {"/healthz": health.stuck, "/readyz": health.not_ready}
        if path not in checks:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics /healthz /readyz\n"]
        reason = checks[path]()
        start_response("503 Service Unavailable" if reason else "200 OK", [("Content-Type", "text/plain")])
        return [f"{reason or 'ok'}\n".encode()]

    server = make_server(host, port, application, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
    return server.server_port
