"""Record batches as Kafka stores and sends them: version 2 of the format, all that Kafka 4 knows.

aiokafka's builder moves what it holds whenever it grows, and checksums in software. Here the parts of all records are
joined once, and the processor has an instruction for CRC-32C.
Format: https://kafka.apache.org/documentation/#messageformat
"""

import struct
import time
from collections.abc import Sequence

import google_crc32c

Header = tuple[str, bytes | None]

# Base offset, length, leader epoch, magic, CRC, attributes, last offset delta, first and last timestamp, producer's id,
# epoch and sequence, count of records.
HEAD = struct.Struct(">qiibIhiqqqhii")
AFTER_LENGTH = 12  # where a batch's length begins to count
CHECKED = 21  # where its CRC begins to, which stands before it
CODEC, APPEND_TIME, TRANSACTIONAL, CONTROL = 0x07, 0x08, 0x10, 0x20  # of its attributes
MAGIC = 2
FRAMING = 21  # bytes that a record takes at most besides key, value and headers: its numbers, a byte of attributes
NULL = b"\x01"  # the length -1


def _varint(number: int) -> bytes:
    folded, made = number << 1 ^ number >> 63, []
    while folded > 0x7F:  # noqa: PLR2004 - seven bits a byte
        made.append(folded & 0x7F | 0x80)
        folded >>= 7
    return bytes((*made, folded))


VARINTS = [_varint(number) for number in range(2**13)]  # those of one or two bytes: nearly all that are written


def varint(number: int) -> bytes:
    """Write a number of 64 bits in protobuf's zig-zag code."""
    return VARINTS[number] if 0 <= number < len(VARINTS) else _varint(number)


def encode_headers(headers: Sequence[Header]) -> bytes:
    """Write headers, their number first."""
    parts = [varint(len(headers))]
    for name, value in headers:
        coded = name.encode()
        parts += (varint(len(coded)), coded)
        parts += (NULL,) if value is None else (varint(len(value)), value)
    return b"".join(parts)


NO_HEADERS = encode_headers([])


class RecordBatch:
    """Records of one partition, on their way into a transaction.

    Args:
        most_bytes: of it; one record may be larger, alone.

    Attributes:
        count: of its records.
    """

    def __init__(self, most_bytes: int) -> None:
        self.count = 0
        self._room = most_bytes - HEAD.size
        self._first = self._last = _now()
        self._parts: list[bytes] = []

    def add(self, key: bytes | None, value: bytes | None, headers: bytes) -> bool:
        """Add a record, its headers written with their number before them; False: there is no room for it."""
        begin = b"" if key is None else key
        rest = b"" if value is None else value
        size = FRAMING + len(begin) + len(rest) + len(headers)
        if size > self._room and self.count:
            return False
        self._room -= size
        self._last = max(self._last, _now())
        head = b"".join((
            b"\x00",
            varint(self._last - self._first),
            varint(self.count),
            NULL if key is None else varint(len(begin)),
            begin,
            NULL if value is None else varint(len(rest)),
        ))  # fmt: skip
        self._parts += (varint(len(head) + len(rest) + len(headers)), head, rest, headers)
        self.count += 1
        return True

    def build(self, producer_id: int, epoch: int, sequence: int) -> bytes:
        """Write it all, once; `sequence` counts the records that the producer wrote to the partition before."""
        records = b"".join(self._parts)
        self._parts.clear()
        head = HEAD.pack(
            *(0, HEAD.size - AFTER_LENGTH + len(records), -1, MAGIC, 0, TRANSACTIONAL, self.count - 1),
            *(self._first, self._last, producer_id, epoch, sequence, self.count),
        )
        checksum = google_crc32c.extend(google_crc32c.value(head[CHECKED:]), records)
        return b"".join((head[: CHECKED - 4], checksum.to_bytes(4), head[CHECKED:], records))


def _now() -> int:
    return time.time_ns() // 1_000_000
