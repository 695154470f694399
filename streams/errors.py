"""The closed catalogue of error codes: the same words in dead letters, logs, metrics and docs."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a record became a dead letter. `MEANINGS` says what each code means and what to do."""

    DECODE_JSON = "decode_json"
    SCHEMA = "schema"
    TOO_LARGE = "too_large"
    CHARSET = "charset"
    NO_TEXT = "no_text"
    NOT_ARTICLE = "not_article"
    TIMEOUT = "timeout"
    CRASH = "crash"
    DOWNSTREAM = "downstream"
    BUG = "bug"


MEANINGS: dict[ErrorCode, str] = {
    ErrorCode.DECODE_JSON: "The value is not JSON (RFC 8259, UTF-8). Mend the producer, then replay.",
    ErrorCode.SCHEMA: "JSON, but not the topic's event: see schemas/. Mend the producer, then replay.",
    ErrorCode.TOO_LARGE: "The page is above NEWSFLOW_MAX_BODY_BYTES once decoded. Raise the limit or skip the page.",
    ErrorCode.CHARSET: "The bytes are text in no known character set. Send `content_type` with a charset.",
    ErrorCode.NO_TEXT: "The page was read and holds no text of a story.",
    ErrorCode.NOT_ARTICLE: "The page is something else than a story: binary data, an error page.",
    ErrorCode.TIMEOUT: "The page took more CPU time than NEWSFLOW_PAGE_CPU_SECONDS, twice.",
    ErrorCode.CRASH: "The page ended its compute process, twice: out of memory or a fault in a native library.",
    ErrorCode.DOWNSTREAM: "The outcome cannot be written: it is larger than the next topic accepts.",
    ErrorCode.BUG: "A stage raised an unexpected error: a fault of newsflow. Report it, then replay after the upgrade.",
}


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, no error of the program
    """Raised by a stage that cannot make an article of its input: the record becomes a dead letter.

    `message` is for people, one line, never the page's text; at most 500 characters of it are kept.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
