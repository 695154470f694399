"""Compute processes: where strangers' words are read, so that a page that hangs or crashes takes nothing else along."""

import asyncio
import signal
from collections.abc import Callable, Sequence

import msgspec
from aiokafka import ConsumerRecord

from streams.errors import ErrorCode
from streams.flow import Stage
from streams.settings import Settings
from streams.telemetry import RETRIES, STAGE_SECONDS
from streams.transport.compute_child import GROWN_BYTES, Asked
from streams.transport.compute_process import ComputeError, Process, Template
from streams.transport.headers import TRIED_TWICE, Origin
from streams.work import Output, dead_letter

# A page is limited in CPU time; this much wall time only catches one that waits without computing.
# Three such waits (in the batch, alone, alone again) stay under the 60 s at which a worker counts as stuck.
WALL_SECONDS = 15.0
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bool, list[list[Output]]]).decode


class _Died(Exception):  # noqa: N818 - what happened, not what went wrong
    def __init__(self, code: ErrorCode, message: str, *, of_time: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.of_time = of_time  # its CPU time was used up


def asked(record: ConsumerRecord, *, trusted: bool) -> Asked:
    """Tell what a compute process is asked about a record; `trusted` as in `Origin`."""
    return (Origin(record, trusted=trusted).reason, record.key) if record.value is None else record.value


class Compute:
    """The compute processes of a worker: each runs any of the stages.

    Args:
        stages: of the worker; they run those that are isolated.
        settings: how many processes, and their limits.
        template: of the processes, where it is being started already.
    """

    def __init__(self, stages: Sequence[Stage], settings: Settings, template: Template | None = None) -> None:
        self._retries = {stage.name: RETRIES.labels(stage.name) for stage in stages if stage.is_isolated(settings)}
        self._template = template or Template(settings.flow, list(self._retries))
        self._count = settings.compute_processes
        self._processes: list[Process] = []
        self._idle: asyncio.Queue[int] = asyncio.Queue()  # places in the list
        self._started: asyncio.Future[None] | None = None
        self._stopping = False

    def __contains__(self, stage: Stage) -> bool:
        return stage.name in self._retries

    async def start(self) -> None:
        """Start and warm all processes. Whoever asks first has it done, the others wait for it."""
        if self._started is None and self._retries:
            self._started = asyncio.ensure_future(self._start())
        if self._started:
            await asyncio.shield(self._started)

    async def _start(self) -> None:
        await self._template.start()
        for place in range(self._count):
            self._processes.append(await self._template.fork())
            self._idle.put_nowait(place)

    async def stop(self) -> None:
        """End all processes."""
        self._stopping = True
        self._template.give_up()
        if self._started:
            await asyncio.gather(self._started, return_exceptions=True)
        for process in self._processes:
            process.kill()
        for place in [await self._idle.get() for _ in self._processes]:  # nobody is at work any more
            self._processes[place].kill()
            self._processes[place].close()
            await self._processes[place].wait()
            self._idle.put_nowait(place)
        await self._template.stop()

    async def run(
        self, stage: Stage, values: Sequence[Asked], turn: Callable[[], bool] = lambda: True
    ) -> list[list[Output]]:
        """Run a stage on values, in order. It keeps its process to the end, also while it finds out which one hurts.

        Args:
            stage: one of the stages.
            values: of records.
            turn: asked when a process is free: whether it is still wanted.

        Returns:
            The outputs of the first values: of all of them, or of those done when the batch's time was up or a
            process died.
        """
        place = await self._idle.get()
        try:
            if not turn():
                return []
            with STAGE_SECONDS.labels(stage.name).time():
                return await self._run(place, stage, values)
        finally:
            self._idle.put_nowait(place)

    async def _run(self, place: int, stage: Stage, values: Sequence[Asked]) -> list[list[Output]]:
        results, died = await self._attempt(place, stage, values)
        if died is None:
            return results
        for value in values[len(results) :]:
            # Which record it was is known only when each goes alone. One that dies there, too, gets a last try, for a
            # process may be killed by others; but CPU time that is used up twice is the page's own doing.
            self._retries[stage.name].inc()
            for _ in range(2):
                alone, again = await self._attempt(place, stage, [value])
                if again is None or (again.of_time and died.of_time):
                    break
            if again is not None:
                return [*results, [dead_letter(again.code, TRIED_TWICE, again.message)]]
            results += alone
        return results

    async def _attempt(
        self, place: int, stage: Stage, values: Sequence[Asked]
    ) -> tuple[list[list[Output]], _Died | None]:
        process = self._processes[place]
        results: list[list[Output]] = []
        try:
            if not process.living or process.resident_bytes > process.resident_at_start + GROWN_BYTES:
                # It died idle, by no fault of the records that wait; or pages have made it large.
                process = await self._replace(place)
            await _exchange(process, (stage.name, values), results)
        except _Died as died:
            await self._replace(place)
            return results, died
        except BaseException:
            process.kill()  # its pipe is in the middle of an answer
            raise
        return results, None

    async def _replace(self, place: int) -> Process:
        self._processes[place].kill()
        self._processes[place].close()
        if self._stopping:
            raise ComputeError("compute processes are being ended")
        self._processes[place] = await self._template.fork()
        return self._processes[place]


async def _exchange(process: Process, request: tuple[str, Sequence[Asked]], results: list[list[Output]]) -> None:
    """Send a batch, and gather what comes back."""
    try:
        process.send(_encode(request))
        done = False
        while not done:
            done, more = _decode(await asyncio.wait_for(process.receive(), WALL_SECONDS))
            results += more
    except TimeoutError:
        process.kill()
        await process.wait()
        raise _Died(ErrorCode.TIMEOUT, f"no answer in {WALL_SECONDS:.0f} s") from None
    except asyncio.IncompleteReadError:
        status = await process.wait()
        if status == -signal.SIGPROF:
            raise _Died(ErrorCode.TIMEOUT, "the page took more than its CPU time", of_time=True) from None
        name = signal.Signals(-status).name if status < 0 else f"exit {status}"
        raise _Died(ErrorCode.CRASH, f"the compute process died: {name}") from None
