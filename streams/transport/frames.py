"""Reads brokers' answers straight into memory of their own.

asyncio's streams, which aiokafka reads by, put what comes into an array that grows and shrinks with each answer, and
copy an answer out of it twice: 15 µs of an article's four fetches. Here an answer that is larger than one read goes to
where it stays.
"""

import asyncio
import weakref
from importlib import import_module
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason

HEAD_BYTES = 4  # of an answer: its length, which does not count them
READ_BYTES = 2**16  # at once, where answers are small: most are some hundred bytes


class _Frames(asyncio.BufferedProtocol):
    """What a connection hears, in place of the protocol that it was made with.

    Args:
        connection: which is given each answer.
        before: the protocol that it was made with, which goes on to be told of the rest.
    """

    def __init__(self, connection: AIOKafkaConnection, before: asyncio.StreamReaderProtocol) -> None:
        self._connection = weakref.ref(connection)
        self._before = before
        self._small = bytearray(READ_BYTES)
        self._held = 0  # bytes in it
        self._frame: bytearray | None = None  # one that is larger, while it comes
        self._filled = 0

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's
        """Tell where the next bytes go."""
        return memoryview(self._small)[self._held :] if self._frame is None else memoryview(self._frame)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take note of bytes that have come, and give on what is whole."""
        if self._frame is None:
            self._held += nbytes
            self._part()
            return
        self._filled += nbytes
        if self._filled == len(self._frame):
            frame, self._frame = self._frame, None
            self._give(bytes(frame))

    def _part(self) -> None:
        at, end = 0, self._held
        with memoryview(self._small) as small:
            while end - at >= HEAD_BYTES:
                begin = at + HEAD_BYTES
                size = int.from_bytes(small[at:begin])
                if end - begin < size:
                    break
                at = begin + size
                self._give(bytes(small[begin:at]))
            left = bytes(small[at:end])
        if len(left) >= HEAD_BYTES and (size := int.from_bytes(left[:HEAD_BYTES])) > READ_BYTES - HEAD_BYTES:
            self._frame, self._filled, self._held = bytearray(size), len(left) - HEAD_BYTES, 0
            self._frame[: self._filled] = left[HEAD_BYTES:]
        else:
            self._small[: len(left)] = left
            self._held = len(left)

    def _give(self, frame: bytes) -> None:
        connection = self._connection()
        if connection is None or connection._reader is None:  # noqa: SLF001 - closed: nobody waits for it
            return
        try:
            connection._handle_frame(frame)  # noqa: SLF001 - as its own reading task does
        except Exception as error:  # noqa: BLE001 - an answer to no question, or one that nobody can read
            connection.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)

    def eof_received(self) -> bool | None:
        """Close the connection: the broker has."""
        self._close(EOFError("the broker closed the connection"))
        return self._before.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the connection: it is gone."""
        self._before.connection_lost(exc)
        self._close(exc or EOFError("the connection was closed"))

    def _close(self, error: Exception) -> None:
        connection = self._connection()
        if connection is not None:
            connection.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)

    def pause_writing(self) -> None:
        """Tell who writes to wait."""
        self._before.pause_writing()

    def resume_writing(self) -> None:
        """Tell who writes to go on."""
        self._before.resume_writing()


class _Connection(AIOKafkaConnection):  # type: ignore[misc] # it comes without types
    def _create_reader_task(self) -> asyncio.Future[None]:
        self._writer.transport.set_protocol(_Frames(self, self._protocol))
        return asyncio.get_running_loop().create_future()  # in the place of the task, for `close` to cancel


def read_frames() -> None:
    """Have all connections of aiokafka's in this process read so."""
    module: Any = import_module("aiokafka.conn")
    module.AIOKafkaConnection = _Connection
