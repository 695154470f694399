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
    """What a batch was, noted record by record in plain lists: counted, for good, only once it is committed."""

    def __init__(self) -> None:
        self.records = 0
        self.last = -1  # offset of the last one
        self.bytes = 0
        self.parts = 0
        self.outcomes: list[str] = []
        self.codes: Counter[str] = Counter()
        self.refused: dict[str, dict[str, object]] = {}  # the first of each error code, as it is logged
        self.summaries: list[str] = []
        self.missing: list[str] = []  # fields of articles
        self.low: list[str] = []
        self.languages: list[str] = []
        self.kinds: list[str] = []
        self.bugs: dict[str, list[int]] = {}  # message → which records of the batch, from 1
        self.ended: list[int] = []  # when the pages came (ms) whose way ends in this batch

    def add(self, done: Sequence[tuple[ConsumerRecord, Origin, Sequence[Output]]]) -> None:
        """Take note of records and their outcomes."""
        for record, origin, outputs in done:
            self.records += 1
            self.last = record.offset
            self.bytes += len(record.value or b"")
            if outputs[0].topic in FINAL:
                self.ended.append(origin.ingested_at)
            for output in outputs:
                self.outcomes.append(output.outcome)
                if output.part:
                    self.parts += 1
                if output.language:
                    self.languages.append(output.language)
                if output.kind:
                    self.kinds.append(output.kind)
                if output.code:
                    self._add_error(record, origin, output)
                if output.summary:
                    self.summaries.append(output.summary)
                if output.missing or output.low:
                    self.missing += output.missing
                    self.low += output.low

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
        for topic, sizes in outbox.sizes.items():
            telemetry.PRODUCED.labels(self._stage, topic).inc(len(sizes))
            telemetry.PRODUCED_BYTES.labels(self._stage, topic).inc(sum(sizes))
        for ingested_at in tally.ended:
            self._end_to_end.observe(max(0.0, now - ingested_at / 1000))
        outcomes, missing = Counter(tally.outcomes), Counter(tally.missing)
        for outcome, count in outcomes.items():
            telemetry.EVENTS.labels(self._stage, outcome).inc(count)
        for code, count in tally.codes.items():
            telemetry.DEAD_LETTERS.labels(self._stage, code).inc(count)
            log.warning("dead letters", stage=self._stage, error_code=str(code), count=count, **tally.refused[code])
        for method, count in Counter(tally.summaries).items():
            telemetry.SUMMARIES.labels(method).inc(count)
        for field, count in Counter(tally.low).items():
            telemetry.FIELDS.labels(field, "low").inc(count)
        for language, count in Counter(tally.languages).items():
            telemetry.ARTICLES.labels(self._known(language.partition("-")[0])).inc(count)
        for kind, count in Counter(tally.kinds).items():
            telemetry.DUPLICATES.labels(kind).inc(count)
        made = outcomes["passed"] + outcomes["part"]
        for field in self._fields:
            telemetry.FIELDS.labels(field, "present").inc(made - missing[field])
            telemetry.FIELDS.labels(field, "missing").inc(missing[field])

    def _known(self, language: str) -> str:
        if len(self._languages) < LANGUAGES:
            self._languages.add(language)
        return language if language in self._languages else "other"
