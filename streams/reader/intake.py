"""Records into the shelf: from Kafka for as long as it runs, or from the lines that `newsflow enrich` wrote."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import TopicPartition

from streams.cli.connection import admin, consumer, full_name, partitions_of
from streams.reader.shelf import Shelf
from streams.topics import DUPLICATE, ENRICHED


async def follow(shelf: Shelf, most: int) -> None:
    """Take the newest records of both topics, and then each as it comes. Only cancelling ends it."""
    enriched, duplicate = full_name(ENRICHED.name), full_name(DUPLICATE.name)
    async with admin() as client:
        numbers = await partitions_of(client, enriched, duplicate)
    async with consumer() as reader:
        partitions = [TopicPartition(name, number) for name in (enriched, duplicate) for number in numbers[name]]
        reader.assign(partitions)
        begins, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
        for partition in partitions:  # older than these, nothing can be on the shelf
            reader.seek(partition, max(begins[partition], ends[partition] - most))
        while True:
            for partition, records in (await reader.getmany(timeout_ms=1000, max_records=500)).items():
                _enter(shelf, records, copies=partition.topic == duplicate)


def _enter(shelf: Shelf, records: Iterable[Any], *, copies: bool) -> None:
    for record in records:
        if copies:
            shelf.enter_copy(record.value)
        else:
            headers = {name: said.decode("utf-8", "replace") if said else None for name, said in record.headers}
            shelf.enter((record.key or b"").decode("utf-8", "replace"), record.value, headers, record.timestamp)


class _Line(msgspec.Struct):
    topic: str
    key: str | None
    headers: dict[str, str | None]
    value: msgspec.Raw


def load(shelf: Shelf, path: Path) -> int:
    """Take the lines that `newsflow enrich` or `newsflow tail --json` wrote; give how many were none of those."""
    strange, last = 0, 0
    decode = msgspec.json.Decoder(_Line).decode
    with path.open("rb") as lines:
        for line in lines:
            try:
                record = decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                strange += 1
                continue
            value = None if bytes(record.value) == b"null" else bytes(record.value)
            if record.topic.endswith(DUPLICATE.name):
                shelf.enter_copy(value)
            elif record.topic.endswith(ENRICHED.name):
                last = max(_ingested(record.headers), last + 1)  # of one moment, the later line is the newer
                shelf.enter(record.key or "", value, record.headers, last)
    return strange


def _ingested(headers: Mapping[str, str | None]) -> int:
    said = headers.get("news_ingested_at") or ""
    return int(said) if re.fullmatch(r"[0-9]{1,14}", said) else 1
