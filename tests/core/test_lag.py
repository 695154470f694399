"""How long the oldest unread record has waited, told from samples of position and lag."""

from aiokafka import TopicPartition

from streams.app import flow
from streams.settings import Settings
from streams.transport.compute import Compute
from streams.transport.source import Source

HERE = TopicPartition("topic", 0)


def test_a_partition_that_is_read_is_not_late_however_long_records_come() -> None:
    source = Source(
        stage=flow["tag"],
        settings=Settings(),
        client={},
        channel=None,
        compute=Compute([], Settings()),
        broken=lambda _: None,
    )
    for second in range(0, 60, 2):  # at every sample some records wait, other ones each time
        assert source._waiting_since(HERE, 10 * second, 3, second) == second
    assert source._waiting_since(HERE, 580, 5, 60) == 58  # it stands
    assert source._waiting_since(HERE, 580, 9, 70) == 58
    assert source._waiting_since(HERE, 590, 0, 80) == 80  # all is read
    assert source._waiting_since(HERE, 590, 1, 90) == 90
