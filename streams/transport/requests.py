"""What a transactional producer asks and aiokafka does not know, or writes with more copies than it takes.

Transactions of `transaction.version=2` (KIP-890): a partition and a group join one with the first that is written to
them, and the answer that ends it tells the producer's epoch for the next one. Schemas:
https://kafka.apache.org/41/design/protocol/
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple, Self

from aiokafka.protocol.api import RequestStruct, Response, ResponseHeader_v0
from aiokafka.protocol.produce import ProduceResponse_v7
from aiokafka.protocol.transaction import EndTxnRequest, TxnOffsetCommitRequest
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    String,
    TaggedFields,
    UnsignedVarInt32,
)

from streams import __version__

ALL_REPLICAS = -1  # as every idempotent producer wants it
REQUEST_MS = 30_000  # Kafka's default of request.timeout.ms
NO_MEMBER = (-1, "", None)  # of the group, which fences by its members; newsflow's producers fence one another
NO_LEADER_EPOCH = -1
FINALIZED = 2  # the tag of the features that a cluster's brokers have agreed on
JOINING = 2  # the level of transaction.version at which what is written to joins a transaction by that
TAGS = ("tags", TaggedFields)
NO_TAGS: dict[int, bytes] = {}

Position = tuple[int, int, str]  # partition, offset, metadata


class _OneVersion:
    """A request that is what it is, whatever else the broker understands."""

    def prepare(self, versions: Mapping[int, tuple[int, int]]) -> Self:  # noqa: ARG002 - aiokafka's
        """Give what is sent."""
        return self


class _Features(Response):  # type: ignore[misc] # it comes without types
    API_KEY = 18
    API_VERSION = 3
    SCHEMA = Schema(
        ("error_code", Int16),
        ("api_versions", CompactArray(("key", Int16), ("least", Int16), ("most", Int16), TAGS)),
        ("throttle_time_ms", Int32),
        TAGS,
    )
    LEVELS = CompactArray(("feature", CompactString()), ("most", Int16), ("least", Int16), TAGS)

    @property
    def transaction_version(self) -> int:
        """How the cluster's brokers have agreed to have transactions; 0: as it was before Kafka 4."""
        agreed = self.LEVELS.decode(BytesIO(self.tags[FINALIZED])) if FINALIZED in self.tags else ()
        return next((most for feature, most, *_ in agreed if feature == "transaction.version"), 0)


class FeaturesRequest(_OneVersion, RequestStruct):  # type: ignore[misc]
    """ApiVersions, which tells of features, too."""

    FLEXIBLE_VERSION = True
    API_KEY = 18
    API_VERSION = 3
    RESPONSE_TYPE = _Features
    SCHEMA = Schema(("software_name", CompactString()), ("software_version", CompactString()), TAGS)

    def __init__(self) -> None:
        super().__init__("newsflow", __version__, NO_TAGS)

    def parse_response_header(self, read_buffer: Any) -> ResponseHeader_v0:
        """Read a header without tags: this answer's never has them."""
        return ResponseHeader_v0.decode(read_buffer)


class _Produce(_OneVersion):
    """A request to produce, its megabytes copied once rather than at each level of a schema."""

    API_KEY = 0
    SCHEMA = Schema()
    text: String
    end: bytes  # of each level

    def __init__(self, transactional_id: str, topics: Sequence[tuple[str, Sequence[tuple[int, bytes]]]]) -> None:
        self._transactional_id = transactional_id
        self._topics = topics

    def length(self, count: int) -> bytes:
        """Write how many follow."""
        raise NotImplementedError

    def encode(self) -> bytes:
        """Write it."""
        text, length, end = self.text.encode, self.length, self.end
        parts = [text(self._transactional_id), struct.pack(">hi", ALL_REPLICAS, REQUEST_MS), length(len(self._topics))]
        for topic, partitions in self._topics:
            parts += (text(topic), length(len(partitions)))
            for number, batch in partitions:
                parts += (struct.pack(">i", number), length(len(batch)), batch, end)
            parts.append(end)
        parts.append(end)
        return b"".join(parts)


class _Produce7(_Produce, RequestStruct):  # type: ignore[misc]
    API_VERSION = 7
    RESPONSE_TYPE = ProduceResponse_v7
    text = String()
    end = b""

    def length(self, count: int) -> bytes:
        return struct.pack(">i", count)


class _Produced12(Response):  # type: ignore[misc]
    API_KEY = 0
    API_VERSION = 12
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("offset", Int64),
                        ("append_time_ms", Int64),
                        ("log_start_offset", Int64),
                        ("record_errors", CompactArray(("index", Int32), ("message", CompactString()), TAGS)),
                        ("error_message", CompactString()),
                        TAGS,
                    ),
                ),
                TAGS,
            ),
        ),
        ("throttle_time_ms", Int32),
        TAGS,
    )


class _Produce12(_Produce, RequestStruct):  # type: ignore[misc]
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Produced12
    text = CompactString()
    end = b"\x00"  # no tags

    def length(self, count: int) -> bytes:
        return bytes(UnsignedVarInt32.encode(count + 1))  # 0 is none


class _TxnOffsetCommitted5(Response):  # type: ignore[misc]
    API_KEY = 28
    API_VERSION = 5
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "errors",
            CompactArray(
                ("topic", CompactString()),
                ("partition_errors", CompactArray(("partition", Int32), ("error_code", Int16), TAGS)),
                TAGS,
            ),
        ),
        TAGS,
    )


class _TxnOffsetCommit5(_OneVersion, RequestStruct):  # type: ignore[misc]
    API_KEY = 28
    API_VERSION = 5
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TxnOffsetCommitted5
    SCHEMA = Schema(
        ("transactional_id", CompactString()),
        ("group_id", CompactString()),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("generation_id", Int32),
        ("member_id", CompactString()),
        ("group_instance_id", CompactString()),
        (
            "topics",
            CompactArray(
                ("topic", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("offset", Int64),
                        ("leader_epoch", Int32),
                        ("metadata", CompactString()),
                        TAGS,
                    ),
                ),
                TAGS,
            ),
        ),
        TAGS,
    )

    def __init__(
        self,
        transactional_id: str,
        group_id: str,
        producer_id: int,
        producer_epoch: int,
        topics: Sequence[tuple[str, Sequence[Position]]],
    ) -> None:
        tagged = [
            (topic, [(number, offset, NO_LEADER_EPOCH, text, NO_TAGS) for number, offset, text in positions], NO_TAGS)
            for topic, positions in topics
        ]
        super().__init__(transactional_id, group_id, producer_id, producer_epoch, *NO_MEMBER, tagged, NO_TAGS)


class _EndedTxn5(Response):  # type: ignore[misc]
    API_KEY = 26
    API_VERSION = 5
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        TAGS,
    )


class _EndTxn5(_OneVersion, RequestStruct):  # type: ignore[misc]
    API_KEY = 26
    API_VERSION = 5
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _EndedTxn5
    SCHEMA = Schema(
        ("transactional_id", CompactString()),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("transaction_result", Boolean),
        TAGS,
    )

    def __init__(self, transactional_id: str, producer_id: int, producer_epoch: int, transaction_result: bool) -> None:
        super().__init__(transactional_id, producer_id, producer_epoch, transaction_result, NO_TAGS)


class Transactions(NamedTuple):
    """The requests of a level of the feature `transaction.version`.

    Attributes:
        join: what is written to joins the transaction by that; else it is to be added beforehand.
    """

    produce: Callable[..., Any]
    commit_offsets: Callable[..., Any]
    end: Callable[..., Any]
    join: bool


ADDED = Transactions(_Produce7, TxnOffsetCommitRequest, EndTxnRequest, join=False)
JOINED = Transactions(_Produce12, _TxnOffsetCommit5, _EndTxn5, join=True)
