"""Counts what a stage's committed batches were."""

import time
from collections import Counter
from collections.abc import Sequence

from aiokafka import ConsumerRecord

from streams import telemetry
from streams.flow import Stage
from streams.topics import DEAD_LETTER, DUPLICATE, ENRICHED
from streams.transport.headers import Origin
from streams.transport.transaction import Record
from streams.work import MEASURED, Output


class StageMeter:
    """A stage's metrics, their labels resolved once: counted per batch, so that a record costs next to nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage.name
        self._final = {ENRICHED.name, DUPLICATE.name, DEAD_LETTER.name}
        self._fields = [name for name in MEASURED if name in stage.assigns]
        self.seconds = telemetry.STAGE_SECONDS.labels(stage.name)
        self.transaction_seconds = telemetry.TRANSACTION_SECONDS.labels(stage.name)
        self._batch_records = telemetry.BATCH_RECORDS.labels(stage.name)
        self._last_commit = telemetry.LAST_COMMIT.labels(stage.name)
        self._end_to_end = telemetry.END_TO_END_SECONDS.labels(stage.name)

    def committed(
        self,
        records: Sequence[ConsumerRecord],
        origins: Sequence[Origin],
        results: Sequence[Sequence[Output]],
        written: Sequence[Record],
    ) -> None:
        """Count a batch that is committed."""
        now = time.time()
        self._last_commit.set(now)
        self._batch_records.observe(len(records))
        telemetry.CONSUMED.labels(self._stage).inc(len(records))
        telemetry.CONSUMED_BYTES.labels(self._stage).inc(sum(len(record.value or b"") for record in records))
        topics: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for record in written:
            topics[record.topic] += 1
            sizes[record.topic] += len(record.value or b"")
        for topic, count in topics.items():
            telemetry.PRODUCED.labels(self._stage, topic).inc(count)
            telemetry.PRODUCED_BYTES.labels(self._stage, topic).inc(sizes[topic])
        for origin, outputs in zip(origins, results, strict=False):
            if outputs[0].topic in self._final:
                self._end_to_end.observe(max(0.0, now - origin.ingested_at / 1000))
        self._count_outcomes([output for outputs in results for output in outputs])

    def _count_outcomes(self, outputs: Sequence[Output]) -> None:
        outcomes = Counter(output.outcome for output in outputs)
        codes = Counter(output.code for output in outputs if output.code)
        summaries = Counter(output.summary for output in outputs if output.summary)
        fields = Counter((name, "missing") for output in outputs for name in output.missing)
        fields.update((name, "low") for output in outputs for name in output.low)
        for outcome, count in outcomes.items():
            telemetry.EVENTS.labels(self._stage, outcome).inc(count)
        for code, count in codes.items():
            telemetry.DEAD_LETTERS.labels(self._stage, code).inc(count)
        for method, count in summaries.items():
            telemetry.SUMMARIES.labels(method).inc(count)
        for (field, status), count in fields.items():
            telemetry.FIELDS.labels(field, status).inc(count)
        made = outcomes["passed"] + outcomes["part"]
        for field in self._fields:
            telemetry.FIELDS.labels(field, "present").inc(made - fields[field, "missing"])
