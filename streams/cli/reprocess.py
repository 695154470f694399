"""`newsflow reprocess`: a stage reads its input again, from a moment on, with the rules that it has now."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from streams.cli.connection import admin, consumer, partitions_of, reach, settings
from streams.cli.terminal import Failure, table

if TYPE_CHECKING:
    from streams.flow import Stage


class Move(NamedTuple):
    """A partition's committed offset, and the earlier one that it is set back to."""

    partition: int
    committed: int
    new: int


def reprocess(
    since: Annotated[
        str, typer.Option("--from", metavar="RFC3339", help="Read again what came at this time and later.")
    ],
    stage: Annotated[str, typer.Option("--stage", "-s", help="Which stage reads again; those after it follow.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be read again, and change nothing.")
    ] = False,
) -> None:
    """Make articles anew, into the same topics: by another version of newsflow, or other settings.

    Stop the workers of the stage first (clean, unless told otherwise); then start those of the new version. Articles
    keep their article_id, revision and story: the enriched topic holds the new value of each in place of the old one.
    What the same version has judged already keeps its verdict. How far back it can go is the retention of the stage's
    topic (7 days for raw, else 3). It takes a login that may do what a worker does.

    $ newsflow reprocess --from 2025-06-07T12:00:00Z --dry-run
    $ newsflow reprocess --from 2025-06-07T12:00:00Z
    $ newsflow reprocess --from 2025-06-07T12:00:00Z --stage tag
    """
    from streams.transport.lane import group_of
    from streams.work import load_flow

    moment = _moment(since)
    flow = load_flow(settings().flow)
    chosen = flow[stage] if stage else next(iter(flow))
    moves = asyncio.run(_reprocess(chosen, group_of(chosen, settings()), round(moment.timestamp() * 1000), dry_run))
    if not moves:
        raise Failure(f"{chosen.name} has read nothing since {since} that is still there: nothing to do again")
    rows = [[str(move.partition), str(move.committed), str(move.new), str(move.committed - move.new)] for move in moves]
    table(["partition", "read up to", "set back to", "offsets"], rows)
    print("nothing is changed: run it without --dry-run" if dry_run else "start the workers: they begin there")


def _moment(since: str) -> datetime:
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Failure(f"--from {since!r} is no RFC 3339 time: write 2025-06-07T12:00:00Z")
    return moment


async def _reprocess(stage: "Stage", group: str, since_ms: int, dry_run: bool) -> list[Move]:
    topic = settings().topic_prefix + stage.source.name
    async with admin() as client:
        numbers = (await partitions_of(client, topic))[topic]
        found = await client.list_consumer_group_offsets(group)
        members = await _members(client, group)
    committed = {place.partition: int(told.offset) for place, told in found.items() if place.topic == topic}
    moves = await _moves(topic, {number: committed[number] for number in numbers if number in committed}, since_ms)
    if members and not dry_run:
        raise Failure(f"{members} workers still run {stage.name}: stop them first, then run this again")
    if moves and not dry_run:
        await _set(group, topic, moves)
    return moves


async def _members(client: Any, group: str) -> int:
    [answer] = await client.describe_consumer_groups([group])
    return sum(len(described[5]) for described in answer.groups)  # error, id, state, protocol type, protocol, members


async def _moves(topic: str, committed: dict[int, int], since_ms: int) -> list[Move]:
    from aiokafka import TopicPartition

    places = [TopicPartition(topic, number) for number in committed]
    if not places:
        return []
    async with consumer() as reader:
        reader.assign(places)
        found = await reader.offsets_for_times(dict.fromkeys(places, since_ms))
        begins = await reader.beginning_offsets(places)
    moves = []
    for place in places:
        at = found[place]
        # Only ever back: a record that was not read yet is never stepped over.
        new = committed[place.partition] if at is None else max(at.offset, begins[place])
        if new < committed[place.partition]:
            moves.append(Move(place.partition, committed[place.partition], new))
    return moves


async def _set(group: str, topic: str, moves: list[Move]) -> None:
    from aiokafka import AIOKafkaConsumer, TopicPartition
    from aiokafka.errors import KafkaError

    places = {TopicPartition(topic, move.partition): move.new for move in moves}
    member = AIOKafkaConsumer(**reach().client(), group_id=group, enable_auto_commit=False)
    await member.start()
    try:
        member.assign(list(places))
        await member.commit(places)  # refused when a worker has joined meanwhile: the group is its
    except KafkaError as error:
        said = type(error).__name__
        raise Failure(f"the broker does not set {group} back ({said}): do its workers still run?") from None
    finally:
        await member.stop()
