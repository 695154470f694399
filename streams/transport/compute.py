"""Compute processes: where pages of strangers are read, so that one that hangs or crashes takes nothing else along."""

import asyncio
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from streams.errors import ErrorCode
from streams.flow import Stage
from streams.settings import SECRETS, Settings
from streams.telemetry import RETRIES, STAGE_SECONDS
from streams.transport.compute_child import LENGTH_BYTES, PIPE_BYTES, frame
from streams.transport.headers import TRIED_TWICE
from streams.work import Output, dead_letter

# A page is limited in CPU time; this much wall time only catches one that waits without computing.
# Three such waits (in the batch, alone, alone again) stay under the 60 s at which a worker counts as stuck.
WALL_SECONDS = 15.0
# libxml2 keeps every name of an element or attribute that it has ever read, some 60 bytes each. A process that pages
# have made larger by this share of what one may take is replaced, long before innocent pages run out of memory.
GROWN = 0.25
START_SECONDS = 60.0  # imports and warming up take 1 to 2 s; a cold disk under load takes more

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bool, list[list[Output]]]).decode


class ComputeError(Exception):
    """A compute process does not even start: the installation is broken."""


class _Died(Exception):  # noqa: N818 - what happened, not what went wrong
    def __init__(self, code: ErrorCode, message: str, *, of_time: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.of_time = of_time  # its CPU time was used up


class Compute:
    """A stage's compute processes.

    Args:
        stage: the stage they run.
        settings: how many processes, and their limits.
        version: the pipeline version.
    """

    def __init__(self, stage: Stage, settings: Settings, version: str) -> None:
        self._retries = RETRIES.labels(stage.name)
        self._seconds = STAGE_SECONDS.labels(stage.name)
        self._arguments = [settings.flow, stage.name, version]
        self._count = settings.compute_processes
        self._idle: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
        self._stopping = False
        self._grown = int(settings.page_memory_bytes * GROWN)
        self._all: dict[asyncio.subprocess.Process, int] = {}  # and the bytes at which each is replaced

    async def start(self) -> None:
        """Start and warm all processes."""
        for process in await asyncio.gather(*(self._spawn() for _ in range(self._count))):
            self._idle.put_nowait(process)

    async def stop(self) -> None:
        """End all processes."""
        self._stopping = True
        for process in self._all:
            if process.returncode is None:
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._all))

    async def run(self, values: Sequence[bytes | None]) -> list[list[Output]]:
        """Run the stage on values, in order.

        Returns:
            The outputs of the first values: of all of them, or of those done when the batch's time was up or a
            process died.
        """
        results, died = await self._attempt(values)
        if died is None:
            return results
        for value in values[len(results) :]:
            # Which record it was is known only when each goes alone. One that dies there, too, gets a last try, for a
            # process may be killed by others; but CPU time that is used up twice is the page's own doing.
            self._retries.inc()
            for _ in range(2):
                alone, again = await self._attempt([value])
                if again is None or (again.of_time and died.of_time):
                    break
            if again is not None:
                return [*results, [dead_letter(again.code, TRIED_TWICE, again.message)]]
            results += alone
        return results

    async def _attempt(self, values: Sequence[bytes | None]) -> tuple[list[list[Output]], _Died | None]:
        process = await self._idle.get()
        begin = time.monotonic()
        results: list[list[Output]] = []
        try:
            if not self._sound(process):
                process = await self._spawn()
            await self._exchange(process, values, results)
        except _Died as died:
            process = await self._spawn()
            return results, died
        except BaseException:
            process.kill()  # its pipe is in the middle of an answer
            raise
        else:
            return results, None
        finally:
            self._idle.put_nowait(process)
            self._seconds.observe(time.monotonic() - begin)

    def _sound(self, process: asyncio.subprocess.Process) -> bool:
        """Whether a process is alive and has not grown too large; one that has is ended."""
        if process.returncode is None and _resident_bytes(process) > self._all[process]:
            process.kill()
            return False
        return process.returncode is None  # else it died idle, by no fault of the records that wait

    async def _exchange(
        self, process: asyncio.subprocess.Process, values: Sequence[bytes | None], results: list[list[Output]]
    ) -> None:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - made with pipes
        try:
            process.stdin.write(frame(_encode(values)))
            await process.stdin.drain()
            done = False
            while not done:
                done, more = _decode(await asyncio.wait_for(_read_frame(process.stdout), WALL_SECONDS))
                results += more
        except TimeoutError:
            process.kill()
            await process.wait()
            raise _Died(ErrorCode.TIMEOUT, f"no answer in {WALL_SECONDS:.0f} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            status = await process.wait()
            if status == -signal.SIGPROF:
                raise _Died(ErrorCode.TIMEOUT, "the page took more than its CPU time", of_time=True) from None
            name = signal.Signals(-status).name if status < 0 else f"exit {status}"
            raise _Died(ErrorCode.CRASH, f"the compute process died: {name}") from None

    async def _spawn(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "streams.transport.compute_child",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=PIPE_BYTES,
            start_new_session=True,  # Ctrl-C and a service manager's SIGTERM are for the worker, which drains
            # Kafka is not theirs, nor any secret.
            env={
                name: value
                for name, value in os.environ.items()
                if not name.startswith("KAFKA_") and name.upper() not in SECRETS
            },
        )
        self._all = {other: most for other, most in self._all.items() if other.returncode is None} | {process: 0}
        assert process.stdout is not None  # noqa: S101 - made with a pipe
        if self._stopping:
            process.kill()  # it was being made when the others were ended
        try:
            await asyncio.wait_for(_read_frame(process.stdout), START_SECONDS)
        except (TimeoutError, asyncio.IncompleteReadError):
            if self._stopping:
                await process.wait()
                return process  # it was ended before it had begun
            raise ComputeError("a compute process does not start; its own words stand above") from None
        self._all[process] = _resident_bytes(process) + self._grown
        return process


def _resident_bytes(process: asyncio.subprocess.Process) -> int:
    try:
        pages = Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0  # it has died: the next batch finds out
    return int(pages) * resource.getpagesize()


async def _read_frame(pipe: asyncio.StreamReader) -> bytes:
    size = int.from_bytes(await pipe.readexactly(LENGTH_BYTES))
    return await pipe.readexactly(size)
