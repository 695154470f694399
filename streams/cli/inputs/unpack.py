"""Opens files, packed or not: gzip (RFC 1952) and Zstandard (RFC 8878) are known by their first bytes, not by names.

What is packed is a stranger's word for how much is in it. So nothing is unpacked ahead of what is read, no reader takes
more at once than an item may hold, and a file that unpacks to far more than any text does is left at that point.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = Path("-")
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
# News packs to a tenth by gzip and to a fiftieth by zstd with a long window; zeros to a thousandth and less.
MOST_GROWTH = 200
GROWTH_BYTES = 256 * 2**20  # below this much a file may grow as it likes: it takes a second
CHUNK = 1 << 16


class Broken(Exception):  # noqa: N818 - what a file is, as far as it was read
    """Why the rest of a file cannot be read, for people; files after it are read all the same."""


class Counted(io.RawIOBase):
    """A file that knows how many of its bytes were read; a pipe, too."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.consumed = 0

    def readable(self) -> bool:
        """Say that it is: io.BufferedReader asks."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read what there is, up to the buffer's size."""
        view = memoryview(buffer).cast("B")
        data = self._file.read(len(view))
        view[: len(data)] = data
        self.consumed += len(data)
        return len(data)


class _Unpacked(io.RawIOBase):
    def __init__(self, packed: Any, file: Counted, name: str, *errors: type[Exception]) -> None:
        self._packed = packed
        self._file = file
        self._name = name
        self._errors = errors
        self._made = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._packed.read1(len(view))
        except EOFError:
            raise Broken("it breaks off") from None
        except self._errors as error:
            raise Broken(f"it is no whole {self._name} file ({error})") from None
        self._made += len(data)
        if self._made > GROWTH_BYTES and self._made > MOST_GROWTH * self._file.consumed:
            raise Broken(f"it unpacks to more than {MOST_GROWTH} times its size")
        view[: len(data)] = data
        return len(data)


class Stream(io.BufferedReader):
    """What a file holds, unpacked. Reading raises Broken where the rest is no good."""

    file: Counted


@contextmanager
def opened(path: Path) -> Iterator[Stream]:
    """Open a file, or standard input (`-`), for the length of a `with` block.

    Raises:
        OSError: it cannot be opened or read.
    """
    if path == STDIN:
        yield _stream(sys.stdin.buffer)
        return
    with path.open("rb", buffering=0) as file:
        yield _stream(file)


def _stream(file: BinaryIO) -> Stream:
    counted = Counted(file)
    buffered = io.BufferedReader(counted, CHUNK)
    head = buffered.peek(len(ZSTD))
    raw: io.RawIOBase = counted
    if head.startswith(GZIP):
        raw = _Unpacked(gzip.GzipFile(fileobj=buffered), counted, "gzip", gzip.BadGzipFile, zlib.error)
    elif head.startswith(ZSTD):
        from streams.cli.inputs.zstandard import ZstdError, ZstdFile

        raw = _Unpacked(ZstdFile(buffered), counted, "zstd", ZstdError)
    else:
        raw = buffered  # type: ignore[assignment] # read through once more: what was peeked at is in it
    stream = Stream(raw, CHUNK)
    stream.file = counted
    return stream
