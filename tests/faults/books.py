"""What came of every record: lost, doubled, dead, judged otherwise than without faults, and how long nothing came."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from aiokafka import ConsumerRecord

from streams.topics import CLEAN, DEAD_LETTER, DUPLICATE, ENRICHED, TAGGED, UNIQUE
from tests.faults.load import story_of
from tests.stream.stream import Stream


@dataclass(frozen=True)
class Books:
    """The books of one scene.

    `misjudged`: stories of which not exactly one copy passed, and copies that name another. `longest_gap`: of any raw
    partition between two of its final outcomes, in seconds.
    """

    sent: int
    lost: int
    doubled: int
    dead: int
    misjudged: int
    longest_gap: float

    @property
    def closed(self) -> bool:
        """Whether all that was sent came out once, as it should."""
        return self.sent > 0 and (self.lost, self.doubled, self.dead, self.misjudged) == (0, 0, 0, 0)


def close(stream: Stream, acknowledged: AbstractSet[str]) -> Books:
    """Read every topic and close the books.

    Args:
        stream: the stream; nothing is in flight any more.
        acknowledged: URLs of the pages that the broker has taken.
    """
    ends = stream.read(ENRICHED) + stream.read(DUPLICATE)
    passed = {article["url"]: article["story_id"] for article in stream.values(ENRICHED)}
    copies = {copy["url"]: copy["story_id"] for copy in stream.values(DUPLICATE)}
    ids: defaultdict[int, list[str]] = defaultdict(list)  # of each story that passed
    for url, story_id in passed.items():
        ids[story_of(url)].append(story_id)
    return Books(
        sent=len(acknowledged),
        lost=len(acknowledged - set(passed) - set(copies)),
        doubled=sum(map(_doubled, (stream.read(CLEAN), stream.read(UNIQUE), stream.read(TAGGED), ends))),
        dead=len(stream.read(DEAD_LETTER)),
        misjudged=sum(1 for found in ids.values() if len(found) != 1)
        + sum(1 for url, story_id in copies.items() if ids[story_of(url)] != [story_id]),
        longest_gap=_longest_gap(ends),
    )


def _position(record: ConsumerRecord) -> bytes:
    return bytes(dict(record.headers)["news_raw_position"])


def _doubled(records: Iterable[ConsumerRecord]) -> int:
    return sum(count - 1 for count in Counter(map(_position, records)).values())


def _longest_gap(records: Iterable[ConsumerRecord]) -> float:
    times: defaultdict[bytes, list[int]] = defaultdict(list)
    for record in records:
        times[_position(record).split(b"/")[1]].append(record.timestamp)
    gaps = [after - before for found in times.values() for before, after in pairwise(sorted(found))]
    return max(gaps, default=0) / 1000
