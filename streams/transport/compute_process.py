"""Compute processes as the worker sees them: their pipes, how they end, and the template that they are forked from."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from streams.settings import SECRETS
from streams.transport.pipes import ENDED, LENGTH_BYTES, PIPE_BYTES, READY, TOLD_BYTES, frame, widen

START_SECONDS = 60.0  # imports and warming up take 1 to 2 s; a cold disk under load takes more


class ComputeError(Exception):
    """No compute process starts: the installation is broken, or the system has ended the template."""


class Process:
    """A compute process.

    Args:
        pid: of it.
        answers: what it writes, and the pipe of that.
        requests: the pipe to it.
        ended: will hold its exit code, or less the number of the signal that ended it.
    """

    def __init__(
        self,
        pid: int,
        answers: tuple[asyncio.StreamReader, asyncio.ReadTransport],
        requests: asyncio.WriteTransport,
        ended: asyncio.Future[int],
    ) -> None:
        self.pid = pid
        self._answers, self._answering = answers
        self._requests = requests
        self._ended = ended
        self._killed = False
        self.resident_at_start = self.resident_bytes

    @property
    def living(self) -> bool:
        """Whether it can be asked: nobody has ended it or told of its end."""
        return not self._killed and not self._ended.done()

    @property
    def resident_bytes(self) -> int:
        """The memory that it holds, what it shares with the template included; 0 when it is gone."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except OSError:
            return 0
        return int(pages) * resource.getpagesize()

    def send(self, body: bytes) -> None:
        """Send a frame; one that has ended never answers."""
        self._requests.write(frame(body))

    async def receive(self) -> bytes:
        """Receive a frame. Raises IncompleteReadError when the process has ended."""
        return await _read_frame(self._answers)

    def kill(self) -> None:
        """End it, without waiting for it."""
        if self.living:
            self._killed = True
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end: its exit code, or less the number of the signal that ended it."""
        return await asyncio.shield(self._ended)

    def close(self) -> None:
        """Close its pipes, at which it ends when it is not at work."""
        _close(self._answering, self._requests)


class Template:
    """The process that compute processes are forked from.

    Args:
        flow: `module:attribute` of the flow.
        stages: the names of its stages that are to run; none: all.
    """

    def __init__(self, flow: str, stages: Sequence[str]) -> None:
        self._arguments = [flow, *stages]
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._stopping = False

    def spawn(self) -> None:
        """Begin to start it, if that has not begun: it loads while who needs it loads, too."""
        if self._process:
            return
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streams.transport.compute_child", *self._arguments],
                stdin=theirs.fileno(),
                start_new_session=True,  # Ctrl-C and a service manager's SIGTERM are for the worker, which drains
                # Kafka is not theirs, nor any secret. A library's threads would not be forked along.
                env={
                    name: value
                    for name, value in os.environ.items()
                    if not name.startswith("KAFKA_") and name.upper() not in SECRETS
                }
                | {"OPENBLAS_NUM_THREADS": "1"},
            )

    async def start(self) -> None:
        """Start it and wait until it is warm.

        Raises:
            ComputeError: it does not start; why is said here, or by itself on standard error.
        """
        self.spawn()
        if self._stopping:
            self.give_up()
        try:
            told = await asyncio.wait_for(self._hear(), START_SECONDS)
        except TimeoutError:
            told = b""
        if told != READY:
            raise ComputeError(
                f"compute processes do not start: {told.decode(errors='replace') or 'their own words stand above'}"
            )
        self._listening = asyncio.ensure_future(self._listen())

    async def _hear(self) -> bytes:
        with suppress(ConnectionError):  # it has ended, and left a request unread
            return await asyncio.get_running_loop().sock_recv(self._control, TOLD_BYTES)
        return b""

    async def _listen(self) -> None:
        """Hear how processes end."""
        while heard := await self._hear():
            pid, status = ENDED.unpack(heard)
            _settle(self._end_of(pid), status)
        for end in self._ends.values():
            _settle(end, -signal.SIGKILL)  # nobody will tell any more

    def _end_of(self, pid: int) -> asyncio.Future[int]:
        return self._ends.setdefault(pid, asyncio.get_running_loop().create_future())

    async def fork(self) -> Process:
        """Have a compute process made.

        Raises:
            ComputeError: there is none.
        """
        loop = asyncio.get_running_loop()
        (asked, asking), (answering, answered) = os.pipe(), os.pipe()
        widen(asking)
        widen(answering)
        reader = asyncio.StreamReader(limit=PIPE_BYTES)
        answers, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answering, "rb", 0)
        )
        requests, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(asking, "wb", 0))
        try:
            try:
                socket.send_fds(self._control, [b"\0"], [asked, answered])
            finally:
                os.close(asked)
                os.close(answered)
            pid = int.from_bytes(await asyncio.wait_for(_read_frame(reader), START_SECONDS))
            if self._listening is None or self._listening.done():
                raise ConnectionError("nobody would tell of its end")  # noqa: TRY301 - as when it has ended before
        except BaseException as error:
            _close(answers, requests)
            if isinstance(error, OSError | EOFError):  # of a timeout, too
                raise ComputeError("the process that compute processes are forked from has ended") from None
            raise
        end = self._end_of(pid)
        end.add_done_callback(lambda _: self._ends.pop(pid, None))
        return Process(pid, (reader, answers), requests, end)

    def give_up(self) -> None:
        """End it while it starts."""
        self._stopping = True
        if self._process and not self._listening:
            self._process.kill()

    def close(self) -> None:
        """End it at once, where nobody waits for it any more."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._control.close()

    async def stop(self) -> None:
        """End it, after its processes: it tells of their ends."""
        if self._process is None:
            return
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)  # a closed socket would not wake who listens
        if self._listening:
            await self._listening
        await asyncio.to_thread(self._process.wait)
        self._control.close()


def _close(answers: asyncio.ReadTransport, requests: asyncio.WriteTransport) -> None:
    answers.close()
    if not requests.is_closing():  # as it is when nobody reads it any more
        requests.abort()


def _settle(end: asyncio.Future[int], status: int) -> None:
    if not end.done():
        end.set_result(status)


async def _read_frame(pipe: asyncio.StreamReader) -> bytes:
    size = int.from_bytes(await pipe.readexactly(LENGTH_BYTES))
    return await pipe.readexactly(size)
