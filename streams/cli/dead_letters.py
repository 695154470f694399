"""`newsflow dead-letters`: records that no article could be made of, looked at and sent again."""

import asyncio
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from streams.cli.connection import admin, consumer, full_name, partitions_of, producer, settings, topics, whole
from streams.cli.terminal import Failure, err, one_line, table, visible
from streams.errors import MEANINGS, ErrorCode

REPLAYS = 2  # the third one parks a dead letter: what failed three times needs a person

Code = Annotated[str | None, typer.Option("--code", "-c", help="Only with this error code, e.g. timeout.")]
Stage = Annotated[str | None, typer.Option("--stage", "-s", help="Only from this stage, e.g. clean.")]
PLACE = re.compile(r"\d+/\d+")


def ls(code: Code = None, stage: Stage = None) -> None:
    """List the dead letters.

    Where each lies, when and why it died, how often it was replayed: `0 → 2/13` was, and died again as 2/13; a parked
    one is replayed no more.

    $ newsflow dead-letters ls
    $ newsflow dead-letters ls --code timeout --stage clean
    """
    letters = asyncio.run(_read())
    latest = latest_of(letters)
    found = _chosen(letters, code, stage)
    table(
        ["partition/offset", "time", "stage", "code", "message", "key", "replayed"],
        (
            [
                letter.place,
                datetime.fromtimestamp(letter.record.timestamp / 1000, UTC).isoformat(" ", "seconds")[:19],
                letter.header("dlq.stage"),
                letter.header("dlq.error.code"),
                letter.header("dlq.error.message"),
                (letter.record.key or b"").decode("utf-8", "replace"),
                f"{letter.replayed}{_fate(letter, latest[letter.place])}",
            ]
            for letter in found
        ),
    )
    if not found:
        err().print("no dead letters")


def show(
    place: Annotated[str, typer.Argument(metavar="PARTITION/OFFSET", help="As `ls` names it.")],
    only_bytes: Annotated[bool, typer.Option("--bytes", help="The original bytes only, for a file.")] = False,
) -> None:
    """Show one dead letter.

    Its headers, what its code means, and the original bytes.

    $ newsflow dead-letters show 0/17
    $ newsflow dead-letters show 0/17 --bytes > page.json
    """
    (letter,) = _named(asyncio.run(_read()), [place])
    value = letter.record.value or b""
    if only_bytes or not sys.stdout.isatty():
        if not only_bytes:
            _describe(letter)
        sys.stdout.flush()
        sys.stdout.buffer.write(value)
        return
    _describe(letter)
    # On a terminal bytes of strangers are shown, never obeyed.
    print("\n".join(visible(line) for line in value.decode("utf-8", "replace").splitlines()))


def replay(
    places: Annotated[list[str] | None, typer.Argument(metavar="PARTITION/OFFSET", help="As `ls` names them.")] = None,
    code: Code = None,
    stage: Stage = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are there now.")] = False,
) -> None:
    """Send dead letters back to where they came from.

    Original bytes, key and headers go to the topic that they came from. Do it once what killed them is mended. A
    replay counts as a new record in; what dies again is a new dead letter. The third replay is refused: the dead
    letter is parked, `show` it and find out. --all, --code and --stage leave out what was replayed before and died
    again: its latest death counts.

    $ newsflow dead-letters replay 0/17 2/4
    $ newsflow dead-letters replay --code bug --stage tag
    """
    if not (places or code or stage or everything):
        raise Failure("which dead letters? Name them (PARTITION/OFFSET), or choose by --code, --stage or --all")
    if places and (code or stage or everything):
        raise Failure("name dead letters, or choose them by --code, --stage or --all: not both")
    asyncio.run(_replay(places or [], code, stage))


class DeadLetter:
    """A record of the dead-letter topic."""

    def __init__(self, record: Any) -> None:
        self.record = record
        self._headers = {name: value for name, value in record.headers if value is not None}

    @property
    def place(self) -> str:
        """Where it lies: PARTITION/OFFSET."""
        return f"{self.record.partition}/{self.record.offset}"

    @property
    def replayed(self) -> int:
        """How often it was replayed before it died this time."""
        count = self.header("dlq.replayed")
        return int(count) if count.isascii() and count.isdigit() else 0

    def header(self, name: str) -> str:
        """Read a header; empty where it is missing."""
        return bytes(self._headers.get(name, b"")).decode("utf-8", "replace")

    def unfit(self) -> str:
        """Say why it cannot be replayed; empty when it can."""
        if self.replayed >= REPLAYS:
            return f"is parked: {self.replayed} replays have failed; see `newsflow dead-letters show {self.place}`"
        if self.header("dlq.part_of"):
            return "is a part of a page, no record of its own: produce the page again"
        if self.header("dlq.topic") not in {settings().topic_prefix + topic.name for topic in topics()}:
            return f"comes from {self.header('dlq.topic') or 'no topic'}, which is none of this flow"
        return ""


def latest_of(letters: Sequence[DeadLetter]) -> dict[str, DeadLetter]:
    """Find for each dead letter, by its place, how it died last.

    A record that is replayed and dies again has the same topic, key and bytes, and one replay more. Records that are
    the same in all of this are interchangeable: the first of those with n + 1 replays is the first of those with n.
    """
    levels: defaultdict[object, defaultdict[int, list[DeadLetter]]] = defaultdict(lambda: defaultdict(list))
    for letter in sorted(letters, key=lambda letter: letter.record.timestamp):
        levels[letter.header("dlq.topic"), letter.record.key, letter.record.value][letter.replayed].append(letter)
    latest: dict[str, DeadLetter] = {}
    for same in levels.values():
        for replays in sorted(same, reverse=True):
            again = same.get(replays + 1, [])
            for number, letter in enumerate(same[replays]):
                latest[letter.place] = latest[again[number].place] if number < len(again) else letter
    return latest


def _fate(letter: DeadLetter, latest: DeadLetter) -> str:
    if latest is not letter:
        return f" → {latest.place}"
    return ", parked" if letter.replayed >= REPLAYS else ""


def _describe(letter: DeadLetter) -> None:
    for name, value in letter.record.headers:
        print(f"{one_line(name)}: {one_line((value or b'').decode('utf-8', 'replace'))}")
    print(f"key: {one_line((letter.record.key or b'').decode('utf-8', 'replace'))}")
    code = letter.header("dlq.error.code")
    if code in list(ErrorCode):
        print(f"meaning: {MEANINGS[ErrorCode(code)]}")
    print()


async def _read() -> list[DeadLetter]:
    """Read the dead letters that are there now, the oldest of each partition first."""
    from aiokafka import TopicPartition

    topic = full_name("dead-letter")
    async with admin() as client:
        numbers = (await partitions_of(client, topic))[topic]
    async with consumer() as reader:
        partitions = [TopicPartition(topic, number) for number in numbers]
        letters = [DeadLetter(record) async for record in whole(reader, partitions)]
    return sorted(letters, key=lambda letter: (letter.record.partition, letter.record.offset))


def _chosen(letters: Sequence[DeadLetter], code: str | None, stage: str | None) -> list[DeadLetter]:
    if code is not None and code not in list(ErrorCode):
        raise Failure(f"no code {code!r}: there are {', '.join(ErrorCode)}")
    return [
        letter
        for letter in letters
        if code in (None, letter.header("dlq.error.code")) and stage in (None, letter.header("dlq.stage"))
    ]


def _named(letters: Sequence[DeadLetter], places: Sequence[str]) -> list[DeadLetter]:
    there = {letter.place: letter for letter in letters}
    for place in places:
        if not PLACE.fullmatch(place):
            raise Failure(f"{place!r} is no PARTITION/OFFSET, such as 0/17: see `newsflow dead-letters ls`")
        if place not in there:
            raise Failure(f"no dead letter at {place}: see `newsflow dead-letters ls`")
    return [there[place] for place in places]


async def _replay(places: Sequence[str], code: str | None, stage: str | None) -> None:
    there = await _read()
    latest = latest_of(there)
    if places:  # one that died again stands for its latest death
        chosen = [latest[letter.place] for letter in _named(there, places)]
    else:
        chosen = [letter for letter in _chosen(there, code, stage) if latest[letter.place] is letter]
    letters = list(dict.fromkeys(chosen))  # each once, however often it is named
    unfit = {letter.place: letter.unfit() for letter in letters}
    fit = [letter for letter in letters if not unfit[letter.place]]
    async with producer() as sender:
        futures = []
        for letter in fit:
            record = letter.record
            headers = [(name, value) for name, value in record.headers if not name.startswith("dlq.")]
            headers.append(("dlq.replayed", str(letter.replayed + 1).encode()))
            futures.append(
                await sender.send(
                    letter.header("dlq.topic"),
                    record.value,
                    record.key,
                    partition=int(letter.header("dlq.partition")),
                    headers=headers,
                )
            )
        for future in futures:
            await future
    print(f"replayed {len(fit):,} of {len(letters):,} dead letters")
    for letter in letters:
        if unfit[letter.place]:
            err().print(f"{letter.place} {unfit[letter.place]}", markup=False)
    if places and len(fit) < len(letters):
        raise typer.Exit(1)
