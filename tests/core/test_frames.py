"""Answers that come in any pieces are given whole, in order, and a connection that ends is closed."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka.conn import AIOKafkaConnection, CloseReason
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.frames import READ_BYTES, _Frames


class _Connection:
    """What a connection is to its protocol."""

    def __init__(self) -> None:
        self._reader: object | None = object()
        self.frames: list[bytes] = []
        self.closed: list[tuple[CloseReason, str]] = []

    def _handle_frame(self, frame: bytes) -> None:
        if frame == b"nobody asked":
            raise IndexError("deque index out of range")
        self.frames.append(frame)

    def close(self, reason: CloseReason, exc: Exception) -> None:
        self.closed.append((reason, str(exc)))
        self._reader = None


class _Before(asyncio.StreamReaderProtocol):
    def __init__(self) -> None:
        self.told: list[Any] = []

    def eof_received(self) -> bool:
        self.told.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append(exc)


def _protocol() -> tuple[_Connection, _Before, _Frames]:
    connection, before = _Connection(), _Before()
    return connection, before, _Frames(cast("AIOKafkaConnection", connection), before)


def _feed(protocol: _Frames, data: bytes, sizes: list[int]) -> None:
    """Read as a transport does: as much as there is room for, and as has come."""
    number = 0
    while data:
        room = protocol.get_buffer(-1)
        count = min(len(room), len(data), sizes[number % len(sizes)])
        room[:count] = data[:count]
        protocol.buffer_updated(count)
        data, number = data[count:], number + 1


def _sent(frame: bytes) -> bytes:
    return len(frame).to_bytes(4) + frame


NEAR = [READ_BYTES + more for more in (-9, -5, -4, -3, -1, 0, 1)]
SIZES = st.integers(0, 50) | st.sampled_from([*NEAR, 3 * READ_BYTES])


@given(st.lists(SIZES, max_size=9), st.lists(st.integers(1, 3 * READ_BYTES) | st.integers(1, 9), min_size=1))
def test_answers_are_given_whole_and_in_order(sizes: list[int], pieces: list[int]) -> None:
    frames = [bytes([number]) * size for number, size in enumerate(sizes)]
    pieces = [max(piece, 1 + sum(sizes) // 2000) for piece in pieces]  # not for ever
    connection, _, protocol = _protocol()
    _feed(protocol, b"".join(map(_sent, frames)), pieces)
    assert connection.frames == frames


def test_an_answer_that_nobody_can_take_closes_the_connection_and_what_follows_is_dropped() -> None:
    connection, _, protocol = _protocol()
    _feed(protocol, _sent(b"first") + _sent(b"nobody asked") + _sent(b"late"), [READ_BYTES])
    assert connection.frames == [b"first"]
    assert connection.closed == [(CloseReason.CONNECTION_BROKEN, "deque index out of range")]


@pytest.mark.parametrize("error", [None, OSError("reset")])
def test_a_connection_that_ends_is_closed_and_its_own_protocol_told(error: Exception | None) -> None:
    connection, before, protocol = _protocol()
    assert protocol.eof_received()
    protocol.connection_lost(error)
    assert before.told == ["eof", error]
    assert connection.closed[0] == (CloseReason.CONNECTION_BROKEN, "the broker closed the connection")


def test_bytes_for_a_connection_that_is_gone_hurt_nobody() -> None:
    connection, _, protocol = _protocol()
    del connection
    _feed(protocol, _sent(b"late"), [3])
    protocol.connection_lost(None)
