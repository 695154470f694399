"""Counts what a stage's committed batches were."""

import time
from collections import Counter
from collections.abc import Sequence

from aiokafka import ConsumerRecord

from streams import telemetry
from streams.errors import ErrorCode
from streams.flow import Stage
from streams.logs import logger
from streams.topics import DEAD_LETTER, DUPLICATE, ENRICHED
from streams.transport.headers import Origin
from streams.transport.transaction import Outbox
from streams.work import MEASURED, Output

log = logger(__name__)

LANGUAGES = 100  # told apart, more than py3langid knows: pages declare what they like
FINAL = {ENRICHED.name, DUPLICATE.name, DEAD_LETTER.name}


class Tally:
    """What a batch was, gathered record by record: counted for good only once it is committed."""

    def __init__(self) -> None:
        self.records = 0
        self.bytes = 0
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.refused: dict[str, dict[str, object]] = {}  # the first of each error code, as it is logged
        self.summaries: Counter[str] = Counter()
        self.fields: Counter[tuple[str, str]] = Counter()
        self.languages: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.parts = 0
        self.bugs: dict[str, list[int]] = {}  # message → which records of the batch, from 1
        self.ended: list[int] = []  # when the pages came (ms) whose way ends in this batch

    def add(self, record: ConsumerRecord, origin: Origin, outputs: Sequence[Output]) -> None:
        """Take note of one record and its outcomes."""
        self.records += 1
        self.bytes += len(record.value or b"")
        if outputs[0].topic in FINAL:
            self.ended.append(origin.ingested_at)
        for output in outputs:
            self.outcomes[output.outcome] += 1
            if output.part:
                self.parts += 1
            if output.language:
                self.languages[output.language.partition("-")[0]] += 1
            if output.kind:
                self.kinds[output.kind] += 1
            if output.code:
                self._add_error(record, origin, output)
            if output.summary:
                self.summaries[output.summary] += 1
            for field in output.missing:
                self.fields[field, "missing"] += 1
            for field in output.low:
                self.fields[field, "low"] += 1

    def _add_error(self, record: ConsumerRecord, origin: Origin, output: Output) -> None:
        self.codes[output.code] += 1
        if output.code not in self.refused:
            article = output.part_of or (dict(record.headers).get("ce_subject") or b"").decode("utf-8", "replace")
            self.refused[output.code] = {
                "partition": record.partition,
                "offset": record.offset,
                "trace": origin.trace_id,
                "error": output.message,
            } | ({"article_id": article} if article else {})
        if output.code == ErrorCode.BUG:
            self.bugs.setdefault(output.message, []).append(self.records)


class StageMeter:
    """A stage's metrics, their labels resolved once: counted per batch, so that a record costs next to nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage.name
        self._fields = [name for name in MEASURED if name in stage.assigns]
        self.seconds = telemetry.STAGE_SECONDS.labels(stage.name)
        self.transaction_seconds = telemetry.TRANSACTION_SECONDS.labels(stage.name)
        self._batch_records = telemetry.BATCH_RECORDS.labels(stage.name)
        self._last_commit = telemetry.LAST_COMMIT.labels(stage.name)
        self._end_to_end = telemetry.END_TO_END_SECONDS.labels(stage.name)
        self._consumed = telemetry.CONSUMED.labels(stage.name)
        self._consumed_bytes = telemetry.CONSUMED_BYTES.labels(stage.name)
        self._parts = telemetry.PARTS.labels(stage.name)
        self._languages: set[str] = set()
        # What never happened is 0, not absent: else Prometheus sees no increase when it happens for the first time.
        telemetry.DELETED_UNREAD.labels(stage.name)
        for code in ErrorCode:
            telemetry.DEAD_LETTERS.labels(stage.name, code)
        for field in self._fields:
            for status in ("present", "missing"):
                telemetry.FIELDS.labels(field, status)

    def committed(self, tally: Tally, outbox: Outbox) -> None:
        """Count a batch that is committed."""
        now = time.time()
        self._last_commit.set(now)
        self._batch_records.observe(tally.records)
        self._consumed.inc(tally.records)
        self._consumed_bytes.inc(tally.bytes)
        self._parts.inc(tally.parts)
        for topic, count in outbox.counts.items():
            telemetry.PRODUCED.labels(self._stage, topic).inc(count)
            telemetry.PRODUCED_BYTES.labels(self._stage, topic).inc(outbox.sizes[topic])
        for ingested_at in tally.ended:
            self._end_to_end.observe(max(0.0, now - ingested_at / 1000))
        for outcome, count in tally.outcomes.items():
            telemetry.EVENTS.labels(self._stage, outcome).inc(count)
        for code, count in tally.codes.items():
            telemetry.DEAD_LETTERS.labels(self._stage, code).inc(count)
            log.warning("dead letters", stage=self._stage, error_code=str(code), count=count, **tally.refused[code])
        for method, count in tally.summaries.items():
            telemetry.SUMMARIES.labels(method).inc(count)
        for (field, status), count in tally.fields.items():
            telemetry.FIELDS.labels(field, status).inc(count)
        for language, count in tally.languages.items():
            telemetry.ARTICLES.labels(self._known(language)).inc(count)
        for kind, count in tally.kinds.items():
            telemetry.DUPLICATES.labels(kind).inc(count)
        made = tally.outcomes["passed"] + tally.outcomes["part"]
        for field in self._fields:
            telemetry.FIELDS.labels(field, "present").inc(made - tally.fields[field, "missing"])

    def _known(self, language: str) -> str:
        if len(self._languages) < LANGUAGES:
            self._languages.add(language)
        return language if language in self._languages else "other"
