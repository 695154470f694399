"""Record batches that aiokafka reads as they were written, and checksums that tell when they are not."""

from collections.abc import Sequence

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import encode_varint
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.chain import as_record
from streams.topics import CLEAN
from streams.transport.checksum import Checked
from streams.transport.headers import EventHeaders, Origin
from streams.transport.record_batch import HEAD, TRANSACTIONAL, Header, RecordBatch, encode_headers, varint
from streams.work import Output

Record = tuple[bytes | None, bytes | None, list[Header]]
BYTES = st.none() | st.binary() | st.builds(bytes, st.sampled_from([63, 64, 8191, 8192, 70_000]))
NAMES = st.text(st.characters(exclude_categories=["Cs"]))
RECORDS = st.lists(st.tuples(BYTES, BYTES, st.lists(st.tuples(NAMES, BYTES), max_size=14)), min_size=1, max_size=9)


def _written(records: Sequence[Record], sequence: int = 0) -> bytes:
    batch = RecordBatch(2**30)
    for key, value, headers in records:
        assert batch.add(key, value, encode_headers(headers))
    return batch.build(producer_id=2**40, epoch=7, sequence=sequence)


@given(RECORDS)
def test_records_are_read_as_they_were_written(records: list[Record]) -> None:
    batches = MemoryRecords(_written(records))
    batch = batches.next_batch()
    assert batch.validate_crc()
    assert batch.is_transactional
    assert [(it.key, it.value, list(it.headers)) for it in batch] == records
    assert not batches.has_next()


def test_a_batch_says_whose_it_is_and_what_it_holds() -> None:
    written = _written([(b"k", b"v", [])] * 3, sequence=2**31 - 1)
    _, length, _, magic, _, attributes, last, first_ms, last_ms, *producer, count = HEAD.unpack_from(written)
    assert (length, magic, attributes, last, producer, count) == (
        len(written) - 12,
        2,
        TRANSACTIONAL,
        2,
        [2**40, 7, 2**31 - 1],
        3,
    )
    assert 0 <= last_ms - first_ms < 60_000


@given(st.integers(-(2**63), 2**63 - 1) | st.integers(-70_000, 70_000))
def test_numbers_are_written_as_kafka_writes_them(number: int) -> None:
    wanted = bytearray()
    encode_varint(number, wanted.append)
    assert varint(number) == wanted


def test_a_full_batch_takes_no_more_and_one_large_record_goes_alone() -> None:
    batch = RecordBatch(1000)
    assert batch.add(None, bytes(5000), encode_headers([]))
    assert not batch.add(b"k", None, encode_headers([]))
    batch = RecordBatch(1000)
    added = 0
    while batch.add(b"key", bytes(100), encode_headers([("name", b"value")])):
        added += 1
    assert added == batch.count == 6
    assert len(batch.build(1, 0, 0)) <= 1000


@pytest.mark.parametrize("fields", [{}, {"part": 3}, {"reason": "takedown"}])
def test_an_events_headers_are_the_same_in_both_forms(fields: dict[str, object]) -> None:
    output = Output(outcome="passed", topic="prefix." + CLEAN.name, id="0f" * 16, subject="a" * 26, **fields)  # type: ignore[arg-type]
    origin = Origin(as_record("raw", 5, b"k", b"v", [], timestamp=1_700_000_000_000), trusted=False)
    headers = EventHeaders("clean", "1.2+ab")
    for _ in range(2):
        assert headers.encoded(output, origin, b"now") == encode_headers(headers(output, origin, b"now"))


@given(RECORDS, RECORDS, st.data())
def test_a_byte_that_changed_is_found_when_its_batch_is_come_to(
    first: list[Record], second: list[Record], data: st.DataObject
) -> None:
    both = _written(first), _written(second)
    batches = Checked(b"".join(both))
    assert [len(list(batches.next_batch())) for _ in both] == [len(first), len(second)]
    assert batches.next_batch() is None
    place = data.draw(st.integers(len(both[0]) + 17, sum(map(len, both)) - 1))
    changed = bytearray(b"".join(both))
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    batches = Checked(bytes(changed))
    batches.next_batch()
    with pytest.raises(CorruptRecordException):
        batches.next_batch()
