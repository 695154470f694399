"""Frames on the pipes of compute processes, and what their template tells: both sides, and little to import."""

import fcntl
import struct
from contextlib import suppress
from typing import BinaryIO

ENDED = struct.Struct(">ii")  # pid, and the exit code or less the number of a signal
READY = b"ready"  # to fork; in its place, why not
TOLD_BYTES = 1024  # of either, at most
LENGTH_BYTES = 4
PIPE_BYTES = 2**20  # Linux' most without privileges: answers go in one write, not in a dozen with a wake-up each


def read_frame(pipe: BinaryIO) -> bytes | None:
    """Read one frame; None when the other side is gone."""
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    size = int.from_bytes(head)
    body = pipe.read(size)
    return body if len(body) == size else None


def frame(body: bytes) -> bytes:
    """Put a length before a body."""
    return len(body).to_bytes(LENGTH_BYTES) + body


def widen(pipe: int) -> None:
    """Make room in a pipe, where the system lets us."""
    with suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
