"""What a flow does just now, stage by stage: from workers' /metrics, else from Kafka's own counts.

Counters become rates by their difference to an earlier look; a p99 is that of the bucket counts since then, by linear
interpolation in its bucket, as Prometheus's histogram_quantile has it.
"""

import asyncio
import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from http.client import HTTPException
from time import monotonic
from typing import Any, NamedTuple
from urllib.request import urlopen

from streams.flow import Flow

WINDOW_SECONDS = 30.0  # rates and p99 are of this time: long enough for a slow stage's batches, short enough to be now
ASK_SECONDS = 2.0  # a worker on this machine answers in milliseconds
MOST_BYTES = 16 * 2**20  # a worker's metrics take 60 KiB
P99 = 0.99
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


class StageNow(NamedTuple):
    """One stage; null where it is not known."""

    name: str
    rate: float | None  # records a second
    lag: float | None  # records
    lag_seconds: float | None  # age of the oldest unread
    p99: float | None  # seconds of work on a batch
    duplicates: int | None
    dead: int | None


class FlowNow(NamedTuple):
    """All stages at one moment."""

    stages: list[StageNow]
    end_to_end: float | None  # p99, seconds
    dead_by_code: Counter[str]
    said: str  # where this is from


class _Look(NamedTuple):
    at: float
    samples: Samples


class Gauges:
    """Looks at workers' metrics again and again.

    Args:
        flow: whose stages.
        workers: addresses of their web servers.
    """

    def __init__(self, flow: Flow, workers: Sequence[str]) -> None:
        self._flow = flow
        self._workers = workers
        self._looks: deque[_Look] = deque()

    async def look(self) -> FlowNow | None:
        """Ask every worker; null when none answers."""
        asked = await asyncio.gather(*(asyncio.to_thread(_scrape, worker) for worker in self._workers))
        answered = [samples for samples in asked if samples is not None]
        if not answered:
            self._looks.clear()
            return None
        now = _Look(monotonic(), _sum(answered))
        self._looks.append(now)
        while len(self._looks) > 2 and now.at - self._looks[1].at >= WINDOW_SECONDS:  # noqa: PLR2004 - a difference needs two
            self._looks.popleft()
        silent = len(asked) - len(answered)
        said = f"{len(answered)} worker{'' if len(answered) == 1 else 's'}" + (
            f", {silent} not reachable" if silent else ""
        )
        return self._flow_now(self._looks[0], now, said)

    def _flow_now(self, before: _Look, now: _Look, said: str) -> FlowNow:
        stages = []
        for stage in (each.name for each in self._flow):
            seconds = now.at - before.at
            read = _total(now.samples, "newsflow_consumed_events_total", stage=stage)
            was = _total(before.samples, "newsflow_consumed_events_total", stage=stage)
            ages = _values(now.samples, "newsflow_consumer_lag_seconds", stage=stage)
            stages.append(
                StageNow(
                    stage,
                    max(0.0, read - was) / seconds if seconds else None,
                    _total(now.samples, "newsflow_consumer_lag_records", stage=stage),
                    max(ages, default=0.0),
                    _p99(before.samples, now.samples, "newsflow_stage_duration_seconds", stage=stage),
                    int(_total(now.samples, "newsflow_events_total", stage=stage, outcome="duplicate")),
                    int(_total(now.samples, "newsflow_dead_letters_total", stage=stage)),
                )
            )
        codes: Counter[str] = Counter()
        for (name, labels), value in now.samples.items():
            if name == "newsflow_dead_letters_total" and value:
                codes[dict(labels)["error_code"]] += int(value)
        return FlowNow(stages, _p99(before.samples, now.samples, "newsflow_end_to_end_seconds"), codes, said)


class GroupLag:
    """What Kafka itself knows: how far each stage's group has come. Where no worker can be asked."""

    def __init__(self, flow: Flow, prefix: str) -> None:
        self._flow = flow
        self._prefix = prefix
        self._looks: deque[tuple[float, dict[str, int]]] = deque()

    async def look(self, client: Any, reader: Any) -> FlowNow:
        """Compare committed offsets with ends. Offsets count transaction markers, so both are a little too large."""
        from aiokafka import TopicPartition

        from streams.cli.connection import partitions_of

        names = {stage.name: self._prefix + stage.source.name for stage in self._flow}
        numbers = await partitions_of(client, *names.values())
        done, lags = {}, {}
        for stage, topic in names.items():
            partitions = [TopicPartition(topic, number) for number in numbers[topic]]
            ends = await reader.end_offsets(partitions)
            begins = await reader.beginning_offsets(partitions)
            found = await client.list_consumer_group_offsets(f"{self._prefix}newsflow.{stage}", partitions=partitions)
            at = {each: max(begins[each], found[each].offset if each in found else 0) for each in partitions}
            done[stage] = sum(at.values())
            lags[stage] = sum(max(0, ends[each] - at[each]) for each in partitions)
        now = monotonic()
        self._looks.append((now, done))
        while len(self._looks) > 2 and now - self._looks[1][0] >= WINDOW_SECONDS:  # noqa: PLR2004 - a difference needs two
            self._looks.popleft()
        then, was = self._looks[0]
        rates = {stage: (done[stage] - was[stage]) / (now - then) if now > then else None for stage in names}
        stages = [StageNow(stage, rates[stage], lags[stage], None, None, None, None) for stage in names]
        return FlowNow(
            stages, None, Counter(), "no worker's /metrics reached: from Kafka's offsets, which count a little more"
        )


def _scrape(worker: str) -> Samples | None:
    from prometheus_client.parser import text_string_to_metric_families

    try:
        with urlopen(f"{worker}/metrics", timeout=ASK_SECONDS) as answer:  # noqa: S310 - http(s) alone, as watch checks
            text = answer.read(MOST_BYTES).decode("utf-8", "replace")
        families = [family for family in text_string_to_metric_families(text) if family.name.startswith("newsflow_")]
    except (OSError, ValueError, HTTPException):
        return None  # nobody there, or somebody else
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    } or None


def _sum(answered: Iterable[Samples]) -> Samples:
    """Add up workers. A partition has one worker, so no partition's lag is added to itself."""
    found: defaultdict[tuple[str, frozenset[tuple[str, str]]], float] = defaultdict(float)
    for samples in answered:
        for key, value in samples.items():
            found[key] += value
    return found


def _values(samples: Samples, name: str, **labels: str) -> list[float]:
    wanted = set(labels.items())
    return [value for (each, of), value in samples.items() if each == name and wanted <= of]


def _total(samples: Samples, name: str, **labels: str) -> float:
    return sum(_values(samples, name, **labels))


def _buckets(samples: Samples, name: str, **labels: str) -> dict[float, float]:
    found: defaultdict[float, float] = defaultdict(float)
    wanted = set(labels.items())
    for (each, of), value in samples.items():
        if each == f"{name}_bucket" and wanted <= of:
            found[float(dict(of)["le"])] += value
    return found


def _p99(before: Samples, now: Samples, name: str, **labels: str) -> float | None:
    """Give the p99 since `before`, or over all time when nothing was counted since."""
    counts, was = _buckets(now, name, **labels), _buckets(before, name, **labels)
    since = {le: count - was.get(le, 0.0) for le, count in counts.items()}
    return quantile(since) if since.get(math.inf) else quantile(counts)


def quantile(buckets: Mapping[float, float], share: float = P99) -> float | None:
    """Interpolate a quantile of cumulative bucket counts; null when they are empty."""
    bounds = sorted(buckets)
    if not bounds or not buckets[bounds[-1]]:
        return None
    rank = share * buckets[bounds[-1]]
    low, below = 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= rank:
            if math.isinf(bound):
                return low
            return low + (bound - low) * (rank - below) / (buckets[bound] - below)
        low, below = bound, buckets[bound]
    return low
