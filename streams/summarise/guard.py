"""What keeps a language model from costing too much, in money or in time: a budget and a circuit breaker."""

import time
from collections.abc import Callable

from streams.telemetry import LLM_BREAKER

FAILURES = 5  # in a row, calls or attempts: an endpoint that is well does not fail so often
OPEN_SECONDS = 30.0  # then one call tries it again
MINUTE, DAY = 60.0, 86_400.0

Clock = Callable[[], float]


class Budget:
    """So many calls a minute and a day, by windows that begin with the first call after the one before them."""

    def __init__(self, per_minute: int, per_day: int, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._limits = ((MINUTE, per_minute), (DAY, per_day))
        self._begun = [clock(), clock()]
        self._spent = [0, 0]

    def take(self) -> bool:
        """Whether another call may be made; it is counted if so."""
        now = self._clock()
        for window, (seconds, _) in enumerate(self._limits):
            if now - self._begun[window] >= seconds:
                self._begun[window], self._spent[window] = now, 0
        if any(self._spent[window] >= most for window, (_, most) in enumerate(self._limits)):
            return False
        self._spent = [spent + 1 for spent in self._spent]
        return True


class Breaker:
    """Open after failures in a row: nothing is called; after a while one call tries (Nygard, Release It!)."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._closed_from = 0.0
        LLM_BREAKER.set(0)

    @property
    def open(self) -> bool:
        """Whether nothing may be called now."""
        return self._failures >= FAILURES and self._clock() < self._closed_from

    def may_call(self) -> bool:
        """Whether this call may be made: of those after an open time, one."""
        if self._failures < FAILURES:
            return True
        if self.open:
            return False
        self._closed_from = self._clock() + OPEN_SECONDS
        return True

    def succeeded(self) -> None:
        """Take note of an answer, whatever it says."""
        self._failures = 0
        LLM_BREAKER.set(0)

    def failed(self) -> None:
        """Take note of a call without an answer."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._closed_from = self._clock() + OPEN_SECONDS
            LLM_BREAKER.set(1)
