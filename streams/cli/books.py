"""The books of one page: what each stage must have made of it, so that one knows when all of it has arrived.

clean makes one record of a page and one of each related story; each later stage makes one of each record it reads.
"""

import subprocess
import time
from collections.abc import Iterable
from typing import Any

from streams.cli.connection import short_name
from streams.cli.report import Seen
from streams.cli.terminal import Failure
from streams.flow import Flow, Stage

PATIENCE_SECONDS = 60.0  # without anything new: a page takes a second, a cold start under load ten
LAST_LINES = 5


class Books:
    """What has arrived of one page.

    Args:
        flow: the flow that it goes through.
    """

    def __init__(self, flow: Flow) -> None:
        self._stages = list(flow)
        self._made: dict[str, list[Seen]] = {stage.name: [] for stage in flow}

    def enter(self, records: Iterable[Any]) -> None:
        """Take note of records that were read."""
        for record in records:
            seen = Seen.of(record)
            self._made[seen.stage].append(seen)

    def made(self, stage: Stage) -> list[Seen] | None:
        """Give all that a stage made of the page, in the page's order; null as long as some of it is missing."""
        made = self._made[stage.name]
        expected = self._expected(stage)
        return sorted(made, key=lambda seen: seen.part) if expected is not None and len(made) >= expected else None

    def finals(self) -> list[Seen]:
        """Give the records that no further stage reads, in the page's order."""
        read = {short_name(stage.source.name) for stage in self._stages}
        found = [seen for made in self._made.values() for seen in made if seen.topic not in read]
        return sorted(found, key=lambda seen: seen.part)

    def _expected(self, stage: Stage) -> int | None:
        at = self._stages.index(stage)
        if at == 0:
            for seen in self._made[stage.name]:
                if seen.part == 0:  # the page's own article, or why there is none
                    return 1 + len((seen.value or {}).get("related", [])) if seen.topic != "dead-letter" else 1
            return None
        before = self.made(self._stages[at - 1])
        return None if before is None else sum(seen.topic == short_name(stage.source.name) for seen in before)


class Patience:
    """Ends a wait for a worker that has died, or does nothing.

    Args:
        worker: its process.
        log: the file of its words.
    """

    def __init__(self, worker: "subprocess.Popen[bytes]", log: Any) -> None:
        self._worker = worker
        self._log = log
        self._since = time.monotonic()

    def renew(self) -> None:
        """Something has arrived."""
        self._since = time.monotonic()

    def check(self) -> None:
        """Look after the worker.

        Raises:
            Failure: it has ended, or nothing has arrived for too long.
        """
        code = self._worker.poll()
        if code is not None:
            raise Failure(f"the worker ended (exit code {code}); its last lines:{self._last_lines()}")
        if time.monotonic() - self._since > PATIENCE_SECONDS:
            raise Failure(f"nothing new for {PATIENCE_SECONDS:.0f} s; the worker's last lines:{self._last_lines()}")

    def _last_lines(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "".join(f"\n  {line}" for line in lines)
