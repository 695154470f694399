"""The worker: a Faust app with an agent a stage, fed by our own consumers, and its end.

Faust's consumer, tables, acknowledgements and web server are off: they lose data or tell strangers too much
(docs/decisions.md has the measurements). Its app, agents, channels, worker and supervision are what runs here.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import faust
import mode
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faust.app import BootStrategy

from streams import telemetry
from streams.flow import Flow, Stage
from streams.logs import logger
from streams.memory import return_large_blocks, spare_garbage_collector
from streams.settings import Broker, Settings, SettingsError
from streams.topics import DEAD_LETTER
from streams.transport.batch import BatchRunner
from streams.transport.checksum import check_fetched
from streams.transport.compute import Compute
from streams.transport.compute_process import Template
from streams.transport.frames import read_frames
from streams.transport.health import Health
from streams.transport.lane import Batch
from streams.transport.meter import StageMeter
from streams.transport.overheard import overheard
from streams.transport.source import Source
from streams.transport.unfold import UNFOLDED, bound

if TYPE_CHECKING:
    from streams.transport.traces import Traces

log = logger(__name__)

ASK_SECONDS = 1.0  # how often a broker that is away is asked for
LAST_RESORT_SECONDS = 10.0  # on top of `stop_seconds`: a worker that cannot even stop in this time is ended


class Boot(BootStrategy):  # type: ignore[misc] # Faust has no types
    """Faust without its Kafka: our sources feed the agents."""

    enable_kafka = False
    enable_web = False


class App(faust.App):  # type: ignore[misc] # Faust has no types
    """The Faust app."""

    BootStrategy = Boot
    mundane_level = "debug"

    def _create_directories(self) -> None:
        """Faust's tables want directories; we have no tables, and often a read-only disk."""


class Gate(mode.Service):  # type: ignore[misc] # mode's types are not complete
    """Starts first: has all sources warm up, waits until the broker has the topics, and opens the agents' flow.

    It stops last: when no source has a batch in flight any more, the compute processes are ended.
    """

    mundane_level = "debug"  # mode's own "Starting…", "Stopping…"

    def __init__(
        self, app: App, *, flow: Flow, settings: Settings, client: dict[str, Any], health: Health, compute: Compute
    ) -> None:
        super().__init__()
        self._compute = compute
        self._app = app
        self._client = client
        self._topics = {settings.topic_prefix + topic.name for topic in (*flow.topics, DEAD_LETTER)}
        self._partitions = settings.partitions
        self._health = health

    async def on_start(self) -> None:
        """Wait for the broker and its topics; each reason is said once."""
        return_large_blocks()
        spare_garbage_collector()
        for source in self._health.sources:  # side by side, and while the broker is asked
            source.warm()
        said = ""
        while not self.should_stop:
            reason = await self._missing()
            if not reason:
                break
            self._health.waiting_for = reason
            self._health.beat()
            if reason != said:
                log.warning("waiting: %s", reason)
                said = reason
            await asyncio.sleep(ASK_SECONDS)
        self._health.waiting_for = ""
        self._app.flow_control.resume()

    async def on_stop(self) -> None:
        """End the compute processes."""
        await self._compute.stop()

    async def _missing(self) -> str:
        admin = AIOKafkaAdminClient(**self._client)
        with overheard() as words:
            try:
                await admin.start()
                lacking = self._topics - set(await admin.list_topics())
                found = [] if lacking else await admin.describe_topics(sorted(self._topics))
            except (KafkaError, OSError) as error:
                return words.reason(self._client["bootstrap_servers"], error)
            finally:
                await admin.close()
        if lacking:
            hidden = ", or let this login see it" if "SASL" in self._client["security_protocol"] else ""
            return f"no topic {', '.join(sorted(lacking))}: run `newsflow topics create`{hidden}"
        for topic in found:
            count = len(topic["partitions"])
            if count != self._partitions:
                return f"{topic['topic']} has {count} partitions, NEWSFLOW_PARTITIONS says {self._partitions}"
        return ""

    @mode.Service.task  # type: ignore[untyped-decorator]
    async def _beat(self) -> None:
        while not self.should_stop:
            self._health.beat()
            await self.sleep(1.0)


class Worker(faust.Worker):  # type: ignore[misc] # Faust has no types
    """Runs stages until it is told to stop, or can't go on.

    Args:
        flow: the flow.
        stages: which of its stages to run.
        settings: names, sizes and limits.
        broker: how to reach Kafka.
        health: what /healthz and /readyz answer from.
        template: of the compute processes, where it is being started already.
    """

    def __init__(
        self,
        flow: Flow,
        stages: Sequence[Stage],
        settings: Settings,
        broker: Broker,
        health: Health,
        *,
        template: Template | None = None,
    ) -> None:
        self.reason: BaseException | None = None
        client = broker.client()
        version = flow.pipeline_version(settings)
        telemetry.build_info(version)
        telemetry.INDEX_LIMIT.set(settings.dedupe_max_entries)
        bound(UNFOLDED * settings.max_record_bytes)  # these three change what aiokafka does, in all of this process
        check_fetched()
        read_frames()
        app = App("newsflow", loop=asyncio.new_event_loop(), web_enabled=False)
        asyncio.set_event_loop(app.loop)
        self._compute = Compute(stages, settings, template)
        app.service(Gate(app, flow=flow, settings=settings, client=client, health=health, compute=self._compute))
        self._stop_seconds = settings.stop_seconds + LAST_RESORT_SECONDS
        self._traces = open_traces()
        self._sources = [self._add(app, stage, settings, client, version) for stage in stages]
        health.sources.extend(self._sources)
        super().__init__(app, loop=app.loop, override_logging=False, redirect_stdouts=False, quiet=True)
        self.services = (app,)
        self.spinner = None  # Faust's writes escape codes into the log

    def _add(self, app: App, stage: Stage, settings: Settings, client: dict[str, Any], version: str) -> Source:
        meter = StageMeter(stage)
        arguments = (stage, settings, version, self._compute, meter)
        runner = self._traces.runner(*arguments) if self._traces else BatchRunner(*arguments)
        channel = app.channel(maxsize=settings.partitions)

        # An actor a partition: a lane has one batch in flight, so partitions go on side by side, each in order.
        @app.agent(channel, name=f"newsflow.{stage.name}", concurrency=settings.partitions)  # type: ignore[untyped-decorator]
        async def agent(batches: faust.Stream[Batch]) -> None:
            async for batch in batches:
                await runner.run(batch)

        source = Source(
            stage=stage, settings=settings, client=client, channel=channel, compute=self._compute, broken=self.broken
        )
        app.service(source)
        return source

    def broken(self, error: BaseException) -> None:
        """Stop, because the infrastructure failed; the supervisor starts a fresh worker."""
        if self.reason is None:
            self.reason = error
            log.error("stopping: %s", say(error))
            self._schedule_shutdown(signal.SIGTERM)

    def _schedule_shutdown(self, number: signal.Signals) -> None:
        """Stop once, whoever asks first: all stages finish what is in flight, then each leaves its group."""
        if self._signal_stop_future is None:
            for source in self._sources:
                source.finish()
            self.loop.call_later(self._stop_seconds, self._exit_now)
        super()._schedule_shutdown(number)

    def stop_and_shutdown(self) -> None:
        """Stop everything; what goes wrong on the way out is told, for mode ends with a code and no word."""
        try:
            super().stop_and_shutdown()
        except Exception as error:
            log.exception("could not stop cleanly")
            self.reason = self.reason or error
            raise

    def _exit_now(self) -> None:
        log.error("could not stop in %.0f s: leaving; the next owner ends open transactions", self._stop_seconds)
        sys.stderr.flush()
        os._exit(1)

    def run(self) -> int:
        """Run to the end.

        Returns:
            The exit code: 0 after SIGTERM or SIGINT, 1 when the worker could not go on.
        """
        code = 0
        try:
            self.execute_from_commandline()
        except SystemExit as left:
            code = int(left.code or 0)
        finally:
            if self._traces:
                self._traces.close()
        failed = self.reason or self.crash_reason
        if failed is not None:
            log.error("stopped: %s", say(failed))
            return 1
        return code


def open_traces() -> "Traces | None":
    """Open OpenTelemetry's export where its own variables name an endpoint; else nothing of it is even imported."""
    if not any(os.environ.get(f"OTEL_EXPORTER_OTLP_{kind}ENDPOINT") for kind in ("", "TRACES_")):
        return None
    if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") != "http/protobuf":
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_PROTOCOL: newsflow speaks http/protobuf, on port 4318 of most collectors"
        )
    try:
        from streams.transport.traces import Traces  # noqa: PLC0415 - an extra that few install
    except ModuleNotFoundError as error:
        raise SettingsError(f"OTEL_EXPORTER_OTLP_ENDPOINT needs {error.name}: pip install 'newsflow[otel]'") from None
    return Traces()


def say(error: BaseException) -> str:
    """Put an error into one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
