"""Why a broker cannot be used, in one line: aiokafka's exceptions only say that it cannot, its log says why."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.errors import BrokerResponseError

# Kafka's error codes for what a login may not do: topic, group, cluster, transactional id.
NOT_ALLOWED = frozenset({29, 30, 31, 53})


class Overheard(logging.Handler):
    """Keeps the last thing that aiokafka had to say."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the error that a message ends with."""
        self._said = " ".join(str(record.args[-1] if isinstance(record.args, tuple) and record.args else "").split())

    def reason(self, address: str, error: BaseException) -> str:
        """Say why the broker at an address cannot be used."""
        if _not_allowed(error):
            return told(error)
        said = self._said or str(error) or type(error).__name__
        if "SaslAuthenticationFailed" in said:
            return f"{address} refuses the login: mend KAFKA_SASL_USERNAME, _PASSWORD or _MECHANISM"
        if "CERTIFICATE_VERIFY_FAILED" in said:
            return f"{address} shows a certificate that KAFKA_SSL_CAFILE does not vouch for ({said})"
        return f"no Kafka broker answers at {address} ({said}): start it or set KAFKA_BOOTSTRAP"


@contextmanager
def overheard() -> Iterator[Overheard]:
    """Listen to aiokafka while it connects, so that nobody else has to."""
    logger, words = logging.getLogger("aiokafka"), Overheard()
    logger.addHandler(words)
    before, logger.propagate = logger.propagate, False
    try:
        yield words
    finally:
        logger.propagate = before
        logger.removeHandler(words)


def told(error: BaseException) -> str:
    """Put what the broker refused into one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    said = " ".join(str(error).split()) or type(error).__name__
    if _not_allowed(error):
        return f"this login is not allowed that ({said}): deploy/acls.txt has what each role needs"
    return said


def _not_allowed(error: BaseException) -> bool:
    return isinstance(error, BrokerResponseError) and error.errno in NOT_ALLOWED  # an OSError has an errno, too
