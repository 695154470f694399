"""Raw events as they stand in the lines of a JSON Lines file: byte for byte, broken ones, too.

A broken line is read like any other: the stream must take it, so it must be possible to send it.
"""

from collections.abc import Iterator
from pathlib import Path

from streams.cli.inputs.item import Told, counted
from streams.cli.inputs.unpack import CHUNK, Broken, Stream

KIND = "JSON Lines"


def read(path: Path, stream: Stream, told: Told) -> Iterator[tuple[bytes, str]]:
    """Give each line that is not empty, and where it stands."""
    number = 0
    try:
        while line := stream.readline(told.largest + 1):
            number += 1
            if len(line) > told.largest and not line.endswith(b"\n"):
                while (rest := stream.readline(CHUNK)) and not rest.endswith(b"\n"):
                    pass
                told.leave_out(KIND, "too large")
                told.remark(f"{path}:{number}: a line of more than {told.largest:,} bytes is left out")
            elif line.strip():
                yield line.removesuffix(b"\n"), f"{path}:{number}"
    except Broken as broken:
        raise Broken(f"{broken} after {counted(number, 'line')}") from None
