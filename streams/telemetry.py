"""What ops see: the metrics, recorded by the code that runs the stages and never inside one."""

import platform

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

from streams import __version__

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each of ours, that nobody asks for

# A transaction takes 5 to 50 ms on a healthy broker; batches up to some seconds; a day-old page is a backlog.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
END_TO_END = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 86400)
RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)

CONSUMED = Counter("newsflow_consumed_events", "Records read and committed.", ["stage"])
CONSUMED_BYTES = Counter("newsflow_consumed_bytes", "Bytes of the values read and committed.", ["stage"])
PRODUCED = Counter("newsflow_produced_events", "Records written and committed.", ["stage", "topic"])
PRODUCED_BYTES = Counter("newsflow_produced_bytes", "Bytes of the values written and committed.", ["stage", "topic"])
EVENTS = Counter(
    "newsflow_events", "Outcomes: every record read has one, every part split off another.", ["stage", "outcome"]
)
PARTS = Counter("newsflow_parts", "Parts split off from records, refused ones included.", ["stage"])
ARTICLES = Counter("newsflow_articles", "Articles that clean made, by language.", ["language"])
DUPLICATES = Counter("newsflow_duplicates", "Duplicates that dedupe found, by kind.", ["kind"])
DEAD_LETTERS = Counter("newsflow_dead_letters", "Dead letters by error code.", ["stage", "error_code"])
DELETED_UNREAD = Counter(
    "newsflow_deleted_unread_records", "Records that retention deleted before they were read.", ["stage"]
)
RETRIES = Counter("newsflow_retries", "Records that were tried again after their process died.", ["stage"])
FIELDS = Counter("newsflow_fields", "Fields of articles: present, missing or low (confidence).", ["field", "status"])
STAGE_SECONDS = Histogram("newsflow_stage_duration_seconds", "Stage work on a batch.", ["stage"], buckets=SECONDS)
TRANSACTION_SECONDS = Histogram(
    "newsflow_transaction_duration_seconds", "From begin to committed.", ["stage"], buckets=SECONDS
)
END_TO_END_SECONDS = Histogram(
    "newsflow_end_to_end_seconds", "From the raw record's arrival to its final outcome.", ["stage"], buckets=END_TO_END
)
BATCH_RECORDS = Histogram("newsflow_batch_records", "Records committed together.", ["stage"], buckets=RECORDS)
LAG_RECORDS = Gauge(
    "newsflow_consumer_lag_records", "Last stable offset less position, past markers.", ["stage", "partition"]
)
LAG_SECONDS = Gauge(
    "newsflow_consumer_lag_seconds", "Age of the oldest unread record, 0 when there is none.", ["stage", "partition"]
)
LAST_COMMIT = Gauge("newsflow_last_commit_timestamp_seconds", "When the stage last committed a batch.", ["stage"])
REBALANCES = Counter("newsflow_rebalances", "Assignments received.", ["stage"])
INDEX_ENTRIES = Gauge("newsflow_dedupe_index_entries", "Rows in the dedupe state.", ["partition"])
INDEX_BYTES = Gauge("newsflow_dedupe_index_bytes", "Memory of the index of the dedupe state.", ["partition"])
SUMMARIES = Counter("newsflow_summaries", "By kind, or by why it is not the kind asked for.", ["method"])
LLM_REQUESTS = Counter("newsflow_llm_requests", "Calls to the language model by outcome.", ["outcome"])
LLM_REQUESTS.labels("answered")  # 0 where there is none
LLM_SECONDS = Histogram("newsflow_llm_request_duration_seconds", "A call to the language model.", buckets=SECONDS)
LLM_TOKENS = Counter("newsflow_llm_tokens", "As the language model counts them.", ["kind"])
LLM_BREAKER = Gauge("newsflow_llm_breaker_open", "1 while the language model is left alone after failures, else 0.")
INDEX_LIMIT = Gauge("newsflow_dedupe_index_limit_entries", "Rows that the dedupe state of a partition may hold.")
BUILD = Info("newsflow_build", "What is running.")


def build_info(pipeline_version: str) -> None:
    """Publish what is running."""
    BUILD.info({"version": __version__, "pipeline_version": pipeline_version, "python": platform.python_version()})
