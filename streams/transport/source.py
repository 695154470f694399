"""A stage's consumer and the partitions it was given: the service that feeds the stage's agent.

The guarantee leans on this: nothing may be raised into aiokafka's rebalance listener (it only logs it) or into a Faust
agent (it acknowledges it), and errors of the infrastructure end the worker with a non-zero code. Never log and go on.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import faust
import mode
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError

from streams import telemetry
from streams.flow import Stage
from streams.logs import logger
from streams.settings import Settings
from streams.transport.compute import Compute
from streams.transport.lane import SESSION_SECONDS, Batch, Lane, group_of

log = logger(__name__)

HEARTBEAT_MS = 1000
REBALANCE_MS = 60_000
# A fetch that waits for data keeps a partition that is resumed a moment later out, for aiokafka's 500 ms; so lanes that
# are taken over at about the same time, which takes them 20 ms, are resumed at once.
TOGETHER_SECONDS = 0.05
LAG_SECONDS = 2.0  # how often lag is sampled: under any sensible scrape interval


class Source(mode.Service, ConsumerRebalanceListener):  # type: ignore[misc] # both come without types
    """A stage's consumer.

    Args:
        stage: the stage it feeds.
        settings: sizes, names and limits.
        client: arguments for aiokafka clients.
        channel: the channel of the stage's agent.
        compute: the worker's compute processes.
        broken: called with what ends the worker.
    """

    mundane_level = "debug"  # mode's own "Starting…", "Stopping…"

    def __init__(
        self,
        *,
        stage: Stage,
        settings: Settings,
        client: Mapping[str, Any],
        channel: faust.Channel,
        compute: Compute,
        broken: Callable[[BaseException], None],
    ) -> None:
        super().__init__()
        self.stage = stage
        self.settings = settings
        self.client = client
        self.group = group_of(stage, settings)
        self.broken = broken
        self.lanes: dict[TopicPartition, Lane] = {}
        self.joined = False
        self.finished = False
        self.answered = time.monotonic()
        self._channel = channel
        self._compute = compute
        self._consumer: AIOKafkaConsumer | None = None
        self._warming: asyncio.Task[None] | None = None
        self._beginnings: asyncio.Future[dict[TopicPartition, int]] | None = None
        self._giving_back = asyncio.Lock()
        self._resuming: set[TopicPartition] = set()
        self._behind: dict[TopicPartition, tuple[int, float]] = {}  # at which position it waits, since when

    @property
    def ready(self) -> bool:
        """Whether the stage reads: in the group, and every partition taken over."""
        return self.joined and all(lane.ready for lane in self.lanes.values())

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The stage's consumer, once started."""
        assert self._consumer is not None  # noqa: S101 - lanes exist only after on_start
        return self._consumer

    async def put(self, batch: Batch) -> None:
        """Hand a batch to the stage's agent."""
        await self._channel.put(batch)

    def warm(self) -> None:
        """Begin to make ready for the first record; `on_start` waits for it."""
        self._warming = asyncio.ensure_future(self._warm())

    async def _warm(self) -> None:
        if self.stage in self._compute:
            await self._compute.start()
        elif self.stage.warm:
            await asyncio.to_thread(self.stage.warm)

    def resume(self, partition: TopicPartition) -> None:
        """Fetch from a partition that a lane has taken over, together with those that are ready in a moment."""
        if not self._resuming:
            asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._resume)
        self._resuming.add(partition)

    def _resume(self) -> None:
        self.consumer.resume(*self._resuming)
        self._resuming.clear()

    async def on_start(self) -> None:
        """Be ready for the first record, and join the group."""
        if self._warming and not self.finished:
            await self._warming
        if not self.finished:  # SIGTERM came while Faust was still starting: it starts what is left all the same
            await self._join()

    async def _join(self) -> None:
        settings = self.settings
        consumer = AIOKafkaConsumer(
            **self.client,
            group_id=self.group,
            group_instance_id=settings.instance_id and f"{settings.instance_id}-{self.stage.name}",
            isolation_level="read_committed",
            enable_auto_commit=False,
            check_crcs=False,  # it is done by `checksum.py`
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_SECONDS * 1000,
            heartbeat_interval_ms=HEARTBEAT_MS,
            rebalance_timeout_ms=REBALANCE_MS,
            max_poll_interval_ms=2**31 - 1,  # lanes poll by themselves; a stuck batch is the health check's to find
            max_partition_fetch_bytes=settings.batch_bytes,
            fetch_max_bytes=2 * settings.max_record_bytes,
        )
        try:
            await consumer.start()
        except asyncio.CancelledError:
            await consumer.stop()
            raise
        if self.finished:  # SIGTERM came meanwhile, and what there was to stop is stopped
            await consumer.stop()
            return
        self._consumer = consumer
        consumer.subscribe([settings.topic_prefix + self.stage.source.name], listener=self)

    async def on_stop(self) -> None:
        """Drain: finish the batches in flight, commit, leave the group."""
        self.finish()
        await self._give_back()
        if self._consumer is not None:
            await self._consumer.stop()
        if self._warming:
            await asyncio.gather(self._warming, return_exceptions=True)

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:  # noqa: ARG002 - always all of them
        """Finish what is in flight before another worker may begin."""
        self.joined = False
        try:
            await self._give_back()
        except BaseException as error:  # noqa: BLE001 - aiokafka would only log it
            self.broken(error)

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Begin to take partitions over; the work of it runs outside this callback, the partitions paused."""
        try:
            self.consumer.pause(*assigned)
            if self.finished:
                return  # on its way out: nobody would give these back
            telemetry.REBALANCES.labels(self.stage.name).inc()
            # Asked once, before any of them is fetched from: a question waits behind a fetch that waits for data.
            self._beginnings = asyncio.ensure_future(self.consumer.beginning_offsets(assigned))
            self.lanes = {partition: Lane(self, partition, self._beginnings) for partition in assigned}
            self.joined = True
            log.info("assigned %s", sorted(number for _, number in assigned), stage=self.stage.name)
        except BaseException as error:  # noqa: BLE001 - aiokafka would only log it
            self.broken(error)

    def finish(self) -> None:
        """Read no more; what is in flight goes on to its commit."""
        self.finished = True
        for lane in self.lanes.values():
            lane.wanted = False

    async def _give_back(self) -> None:
        async with self._giving_back:  # SIGTERM may come during a rebalance, and a rebalance after SIGTERM
            await asyncio.gather(*(lane.give_back(self.settings.stop_seconds) for lane in self.lanes.values()))
            for partition, lane in self.lanes.items():
                labels = (self.stage.name, str(partition.partition))
                for gauge in (telemetry.LAG_RECORDS, telemetry.LAG_SECONDS):
                    gauge.remove(*labels)
                if lane.state is not None:
                    telemetry.INDEX_ENTRIES.remove(labels[1])
                    telemetry.INDEX_BYTES.remove(labels[1])
            self.lanes = {}
            self._behind = {}
            self._resuming.clear()
            if self._beginnings:
                self._beginnings.cancel()
                await asyncio.gather(self._beginnings, return_exceptions=True)

    @mode.Service.task  # type: ignore[untyped-decorator]
    async def _sample_lag(self) -> None:
        while not self.should_stop:
            await self.sleep(LAG_SECONDS)
            try:
                await self._sample()
                self.answered = time.monotonic()
            except ConsumerStoppedError:
                return  # SIGTERM
            except (KafkaError, IllegalStateError):
                continue  # the broker is away, or a rebalance is on: `answered` grows old, and health tells
            except Exception as error:  # noqa: BLE001 - a service's task that raises would crash Faust without a word
                self.broken(error)

    async def _sample(self) -> None:
        if self._consumer is None:
            return
        if not self.lanes:
            await self._ask()
            return
        lanes = {partition: lane for partition, lane in self.lanes.items() if lane.position >= 0}
        ends = await self.consumer.end_offsets(list(lanes)) if lanes else {}
        now = time.time()
        for partition, lane in lanes.items():
            if self.lanes.get(partition) is not lane:
                continue
            # Between batches aiokafka's position is past the markers that transactions leave in the topic.
            between = lane.ready and lane.oldest is None
            position = await self.consumer.position(partition) if between else lane.position
            lag = max(0, ends[partition] - position)
            seen = self._waiting_since(partition, position, lag, now)
            since = lane.oldest / 1000 if lane.oldest else seen
            labels = (self.stage.name, str(partition.partition))
            telemetry.LAG_RECORDS.labels(*labels).set(lag)
            telemetry.LAG_SECONDS.labels(*labels).set(max(0.0, now - since) if lag else 0.0)
            if lane.state is not None:
                telemetry.INDEX_ENTRIES.labels(labels[1]).set(len(lane.state))
                telemetry.INDEX_BYTES.labels(labels[1]).set(lane.state.memory)

    def _waiting_since(self, partition: TopicPartition, position: int, lag: int, now: float) -> float:
        """When the record at a position was first seen to wait: one read meanwhile is not what waits now."""
        if not lag:
            self._behind.pop(partition, None)
            return now
        if partition not in self._behind or self._behind[partition][0] != position:
            self._behind[partition] = position, now
        return self._behind[partition][1]

    async def _ask(self) -> None:
        """Ask the broker something while no partition is ours: else nobody would hear what the group has to say."""
        await self.consumer.topics()
        try:
            await self.consumer.getmany(timeout_ms=0)  # raises what the coordinator has kept for us
        except KafkaError as error:
            self.broken(error)
