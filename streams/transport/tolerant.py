r"""Reads the one record batch that aiokafka cannot.

Its C parser stops at a header whose name is not UTF-8. librdkafka and others write such names, a broker takes them, and
a stranger's record must not stop the stream. So where aiokafka raises, the next batch is fetched and read here; bytes
of a name that are not UTF-8 are written as `\xff`. A batch that does not unfold within bounds (`unfold.py`) is given as
one record, the batch as it was sent: it ends as a dead letter that keeps it.
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import CorruptRecordException, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.util import decode_varint

from streams.transport.record_batch import AFTER_LENGTH, APPEND_TIME, CODEC, CONTROL, HEAD, TRANSACTIONAL
from streams.transport.unfold import UnfoldError, decoders

READ_COMMITTED = 1
Headers = tuple[tuple[str, bytes | None], ...]
WAIT_MS = 500


async def read_next_batch(
    client: Mapping[str, Any], partition: TopicPartition, position: int, most_bytes: int, unfolded_bytes: int
) -> tuple[list[ConsumerRecord], int]:
    """Fetch the record batch at a position.

    Args:
        client: arguments for aiokafka clients.
        partition: where.
        position: the offset to read from.
        most_bytes: to fetch; a larger batch is fetched whole all the same.
        unfolded_bytes: that a batch may unfold to.

    Returns:
        Its committed records from `position` on, which may be none, and the offset after the batch.

    Raises:
        KafkaError: the broker did not answer, or what it gave is no record batch.
    """
    kafka = AIOKafkaClient(**client)
    await kafka.bootstrap()
    try:
        kafka.set_topics([partition.topic])
        await kafka.force_metadata_update()
        leader = kafka.cluster.leader_for_partition(partition)
        wanted = [(partition.topic, [(partition.partition, position, most_bytes)])]
        answer = await kafka.send(leader, FetchRequest(WAIT_MS, 1, most_bytes, READ_COMMITTED, wanted))
    finally:
        await kafka.close()
    [(_, [(_, code, _, _, _, aborted, _, data)])] = answer.topics  # version 11, which Kafka has known since 2.3
    if code:
        raise for_code(code)
    if len(data) < HEAD.size:
        raise CorruptRecordException(f"no record batch at {partition} {position}")
    records, following = _parse(data, partition, dict(aborted or []), unfolded_bytes)
    return [record for record in records if record.offset >= position], following


def _parse(
    data: bytes, partition: TopicPartition, aborted: Mapping[int, int], unfolded_bytes: int
) -> tuple[list[ConsumerRecord], int]:
    base, length, _, _, _, attributes, last, first_time, last_time, producer, _, _, count = HEAD.unpack_from(data)
    following = base + last + 1
    if attributes & CONTROL or (attributes & TRANSACTIONAL and aborted.get(producer, following) <= base):
        return [], following

    def record(offset: int, time: int, key: bytes | None, value: bytes | None, headers: Headers) -> ConsumerRecord:
        return ConsumerRecord(
            topic=partition.topic,
            partition=partition.partition,
            offset=offset,
            timestamp=last_time if attributes & APPEND_TIME else time,
            timestamp_type=int(bool(attributes & APPEND_TIME)),
            key=key,
            value=value,
            checksum=None,
            serialized_key_size=len(key or b""),
            serialized_value_size=len(value or b""),
            headers=headers,
        )

    body = data[HEAD.size : AFTER_LENGTH + length]
    if attributes & CODEC:
        try:
            body = decoders(unfolded_bytes)[attributes & CODEC](body)
        except UnfoldError as error:
            # At its last offset, which lies at or after the position.
            why = (("kafka.batch", f"{count} records, {error}".encode()),)
            return [record(following - 1, last_time, None, data[: AFTER_LENGTH + length], why)], following
    fields = _Fields(body)
    records = []
    for _ in range(count):
        _, _, time, offset = (fields.number() for _ in range(4))  # its length, its attributes, deltas
        key, value = fields.bytes(), fields.bytes()
        headers = tuple(
            ((fields.bytes() or b"").decode("utf-8", "backslashreplace"), fields.bytes())
            for _ in range(fields.number())
        )
        records.append(record(base + offset, first_time + time, key, value, headers))
    return records, following


class _Fields:
    """The fields of records, one after another: zigzag numbers of variable length, and bytes after their length."""

    def __init__(self, data: bytes) -> None:
        self._data = bytearray(data)
        self._at = 0

    def number(self) -> int:
        value: int
        value, self._at = decode_varint(self._data, self._at)
        return value

    def bytes(self) -> bytes | None:
        length = self.number()
        if length < 0:
            return None
        begin, self._at = self._at, self._at + length
        return bytes(self._data[begin : self._at])
