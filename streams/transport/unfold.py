"""Unfolds compressed record batches within bounds.

A broker limits what a batch takes packed, and aiokafka unfolds whatever it finds: 24 MiB of zstd can become 100 GB, and
would end every worker that reads it, again and again. So `bound` puts decoders that give up in place of aiokafka's.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

import cramjam
import numpy as np
from aiokafka.record.default_records import DefaultRecordBatch

# Times the largest record. Producers gather far less: batch.size is 16 KiB by Java's default, 1 MB by librdkafka's.
UNFOLDED = 4
FIRST_GUESS = 16  # times the packed size: news packs to a third or a sixth; what needs more room is tried again
NAMES = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}  # https://kafka.apache.org/documentation/#messageformat
XERIAL = b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"  # Java's snappy: blocks follow, each after its length
LENGTH_BYTES = 4


class UnfoldError(Exception):
    """A record batch unfolds to more than it may, or not at all."""


def decoders(most_bytes: int) -> Mapping[int, Callable[[bytes], bytes]]:
    """Make a decoder for each compression, by its number; it raises UnfoldError above so many bytes."""
    return {number: partial(_unfold, name, most_bytes) for number, name in NAMES.items()}


def bound(most_bytes: int) -> None:
    """Have all of aiokafka's consumers in this process raise UnfoldError where a batch unfolds to more."""
    reader = import_module(DefaultRecordBatch.__module__)
    for number, decode in decoders(most_bytes).items():
        setattr(reader, f"{NAMES[number]}_decode", decode)


def _unfold(name: str, most_bytes: int, packed: bytes) -> bytes:
    try:
        if name == "snappy":
            return _unfold_snappy(packed, most_bytes)
        codec = getattr(cramjam, name)
        size = min(FIRST_GUESS * (1 + len(packed)), most_bytes)
        while True:
            room = np.empty(size, np.uint8)  # takes memory only as it is written to
            try:
                return room[: codec.decompress_into(packed, room)].tobytes()
            except cramjam.DecompressionError:  # too little room, or nothing that unfolds
                if size == most_bytes:
                    raise
                size = min(4 * size, most_bytes)
    except (cramjam.DecompressionError, ValueError) as error:
        raise UnfoldError(f"{name}: more than {most_bytes} bytes, or broken: {error}") from None


def _unfold_snappy(packed: bytes, most_bytes: int) -> bytes:
    blocks = _blocks(packed) if packed.startswith(XERIAL) else [packed]
    size = sum(map(cramjam.snappy.decompress_raw_len, blocks))  # said beforehand
    if size > most_bytes:
        raise ValueError(f"{size} bytes")
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


def _blocks(packed: bytes) -> list[bytes]:
    blocks, at = [], len(XERIAL)
    while at < len(packed):
        size = int.from_bytes(packed[at : at + LENGTH_BYTES])
        if not size:
            raise ValueError("a block of no bytes")
        at += LENGTH_BYTES
        blocks.append(packed[at : at + size])
        at += size
    return blocks
