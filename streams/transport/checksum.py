"""Checks what is fetched by the processor's own instruction for CRC-32C; aiokafka reckons it, at 0.5 ns a byte."""

from importlib import import_module
from typing import Any

import google_crc32c
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

from streams.transport.record_batch import AFTER_LENGTH, CHECKED


class Checked(MemoryRecords):  # type: ignore[misc] # it comes without types
    """Record batches as they were fetched, each checked when it is come to."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data
        self._at = 0

    def next_batch(self) -> Any:
        """Give the next record batch. Raises CorruptRecordException."""
        batch = super().next_batch()
        if batch is not None:
            data, at = self._data, self._at
            self._at += AFTER_LENGTH + int.from_bytes(data[at + 8 : at + AFTER_LENGTH])
            told = int.from_bytes(data[at + CHECKED - 4 : at + CHECKED])
            if google_crc32c.value(data[at + CHECKED : self._at]) != told:
                raise CorruptRecordException(f"a record batch at {batch.base_offset} is not what its checksum says")
        return batch


def check_fetched() -> None:
    """Have aiokafka's consumers in this process check here; they are made with `check_crcs=False`."""
    import_module("aiokafka.consumer.fetcher").MemoryRecords = Checked  # type: ignore[attr-defined]
