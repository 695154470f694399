"""Whether this machine's clock and the broker's agree: lag, ages and alerts compare the two.

No request of Kafka's asks for the time. A transaction has a beginning, by its coordinator's clock: one is begun over a
partition and given up. Nothing is written but the marker of its end, which no consumer sees.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest

from streams.cli.checks.broker import coordinator
from streams.cli.checks.wire import Transactions
from streams.cli.topics import Fault

SKEW_SECONDS = 1.0  # NTP keeps milliseconds; the dashboards show tenths of a second
TIMEOUT_MS = 10_000
GIVE_UP = False
# A coordinator that loads, a topic of transactions that is just made, the transaction of the last doctor still ending.
NOT_YET = {14, 15, 16, 51}
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.2


def now_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000


async def skewed(client: AIOKafkaClient, transactional_id: str, topic: str) -> list[Fault]:
    """Begin a transaction over a topic's first partition, ask when that was, and give it up."""
    node = await coordinator(client, transactional_id)
    if node is None:
        return []  # told as a right that this login lacks
    try:
        begun, before, after = await _begin(client, node, transactional_id, topic)
    except TransactionFailed as failed:
        return [Fault(str(failed))]
    skew = (begun - after if begun > after else min(begun - before, 0)) / 1000
    if abs(skew) < SKEW_SECONDS:
        return []
    which = "ahead of" if skew > 0 else "behind"
    return [
        Fault(
            f"the broker's clock is {abs(skew):.1f} s {which} this machine's: set both by NTP (timedatectl, chrony); "
            "lag, ages of articles and alerts are wrong by that"
        )
    ]


class TransactionFailed(Exception):  # noqa: N818 - what the broker answers
    """The broker begins no transaction."""


async def _begin(client: AIOKafkaClient, node: int, transactional_id: str, topic: str) -> tuple[int, int, int]:
    """Begin a transaction; when that was by the broker's clock, and between which moments by ours (ms)."""
    made = await _send(
        client, node, InitProducerIdRequest(transactional_id, TIMEOUT_MS), lambda answer: int(answer.error_code)
    )
    who = (transactional_id, made.producer_id, made.producer_epoch)
    before = now_ms()
    await _send(client, node, AddPartitionsToTxnRequest(*who, [(topic, [0])]), lambda answer: answer.errors[0][1][0][1])
    after = now_ms()
    told = await _send(client, node, Transactions([transactional_id]), lambda answer: answer.transactions[0][0])
    await client.send(node, EndTxnRequest(*who, GIVE_UP))
    return int(told.transactions[0][4]), before, after


async def _send(client: AIOKafkaClient, node: int, request: Any, code_of: Callable[[Any], int]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    answer = await client.send(node, request)
    while code_of(answer) in NOT_YET and time.monotonic() < deadline:
        await asyncio.sleep(PAUSE_SECONDS)
        answer = await client.send(node, request)
    if code_of(answer):
        name = for_code(code_of(answer)).__name__
        raise TransactionFailed(
            f"no transaction can be begun ({name}), so no worker can commit: look at the broker's log, and at the "
            "copies of __transaction_state (transaction.state.log.replication.factor, .min.isr) against the brokers up"
        )
    return answer
