"""The partition of a key, against the values of Kafka's own murmur2 test (org.apache.kafka.common.utils.UtilsTest)."""

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.partition import partition_of

MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key", MURMUR2)
def test_a_key_goes_where_javas_default_partitioner_sends_it(key: bytes) -> None:
    positive = MURMUR2[key] & 0x7FFFFFFF
    assert partition_of(key, 2**31) == positive
    assert [partition_of(key, count) for count in (1, 4, 7, 128)] == [positive % count for count in (1, 4, 7, 128)]


def test_a_record_without_a_key_has_its_place_too() -> None:
    assert 0 <= partition_of(b"", 4) < 4


@given(st.binary(max_size=40))
def test_every_key_goes_where_aiokafka_sends_it(key: bytes) -> None:
    assert partition_of(key, 2**31) == murmur2(key) & 0x7FFFFFFF
