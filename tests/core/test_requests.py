"""Requests that are written by hand are what their schemas say."""

from io import BytesIO

import pytest
from aiokafka.protocol.produce import ProduceRequest_v7
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int16,
    Int32,
    Schema,
    UnsignedVarInt32,
)
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.requests import ADDED, ALL_REPLICAS, JOINED, NO_TAGS, REQUEST_MS, TAGS, FeaturesRequest

PRODUCE_12 = Schema(
    ("transactional_id", CompactString()),
    ("acks", Int16),
    ("timeout_ms", Int32),
    (
        "topics",
        CompactArray(
            ("topic", CompactString()),
            ("partitions", CompactArray(("partition", Int32), ("records", CompactBytes), TAGS)),
            TAGS,
        ),
    ),
    TAGS,
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
BATCHES = st.tuples(st.integers(0, 2**31 - 1), st.binary(max_size=20_000))
TOPICS = st.lists(st.tuples(NAMES, st.lists(BATCHES, max_size=3)), max_size=3)
Topics = list[tuple[str, list[tuple[int, bytes]]]]


@given(NAMES, TOPICS)
def test_what_is_joined_at_once_is_what_its_schema_writes(name: str, topics: Topics) -> None:
    assert ADDED.produce(name, topics).encode() == ProduceRequest_v7(name, ALL_REPLICAS, REQUEST_MS, topics).encode()
    tagged = [(topic, [(*batch, NO_TAGS) for batch in batches], NO_TAGS) for topic, batches in topics]
    assert JOINED.produce(name, topics).encode() == PRODUCE_12.encode([name, ALL_REPLICAS, REQUEST_MS, tagged, NO_TAGS])


@pytest.mark.parametrize(
    ("levels", "version"), [({"metadata.version": 27, "transaction.version": 2}, 2), ({"group.version": 1}, 0), ({}, 0)]
)
def test_features_are_read_whatever_else_the_answer_has(levels: dict[str, int], version: int) -> None:
    request = FeaturesRequest()
    answer = request.RESPONSE_TYPE
    told = answer.LEVELS.encode([(name, level, 0, NO_TAGS) for name, level in levels.items()])
    epoch, supported = bytes(8), b"\x01"
    tags = b"".join(
        UnsignedVarInt32.encode(number) + UnsignedVarInt32.encode(len(value)) + value
        for number, value in ((0, supported), (1, epoch), (2, told))
    )
    head = b"".join((Int16.encode(0), UnsignedVarInt32.encode(1), Int32.encode(0)))  # no error, no versions, no delay
    assert answer.decode(BytesIO(head + UnsignedVarInt32.encode(3) + tags)).transaction_version == version
    assert answer.decode(BytesIO(head + UnsignedVarInt32.encode(0))).transaction_version == 0
