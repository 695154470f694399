"""What readers of files give, and what they leave out."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from streams.cli.terminal import Failure, err, one_line

MOST_TOLD = 10  # lines about what is wrong with the input, before they are only counted


class About(NamedTuple):
    """What the command line says of bare pages and feeds: such a file has no address and no time of fetch by itself."""

    url: str | None
    source: str | None
    fetched_at: str | None


class Raw(NamedTuple):
    """A raw event as it is to be sent, and where it was read."""

    value: bytes
    where: str
    kind: str = ""  # of the file: JSON Lines, page, WARC, feed
    consumed: int = 0  # bytes of input read so far, of all files: for a progress bar


class Told:
    """What happened to the input, by kind of file: counted, and told once the end is reached.

    Args:
        largest: bytes of a raw event; what is larger no topic would take, so it is left out.
    """

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.files: Counter[str] = Counter()
        self.read: Counter[str] = Counter()
        self.broken = 0
        self._left_out: dict[str, Counter[str]] = {}
        self._remarks = 0

    def leave_out(self, kind: str, why: str, count: int = 1) -> None:
        """Count what makes no raw event."""
        self._left_out.setdefault(kind, Counter())[why] += count

    def remark(self, text: str) -> None:
        """Say what is wrong with a file, in one line; many such lines are cut short."""
        self._remarks += 1
        if self._remarks <= MOST_TOLD:
            err().print(one_line(text), markup=False)
        elif self._remarks == MOST_TOLD + 1:
            err().print("… and more like this: see the summary")

    def too_large(self, raw: Raw) -> None:
        """Say that no topic takes an event."""
        self.leave_out(raw.kind, "too large")
        self.remark(f"{raw.where}: an event of {len(raw.value):,} bytes is larger than a raw record may be")

    def breaks(self, kind: str, text: str) -> None:
        """Say that the rest of a file is lost."""
        self.broken += 1
        self.leave_out(kind, "broken files" if kind != "page" else "unreadable")
        self.remark(text)

    def end(self) -> None:
        """Tell scripts, by the exit code, that not everything could be read."""
        if self.broken:
            raise Failure(f"{counted(self.broken, 'file')} could not be read whole: see above")

    def lines(self, ends: dict[str, Counter[str]] | None = None) -> Iterator[str]:
        """Sum up, a line a kind. `ends`: what became of the events of a kind, where that is known."""
        kinds = [*self.files, *(kind for kind in self._left_out if kind not in self.files)]
        for kind in kinds:
            files, read = self.files[kind], self.read[kind]
            said = f"  {kind:<11} {counted(files, 'file')}, {counted(read, 'event')}" if files else f"  {kind:<11} "
            if ends and ends.get(kind):
                said += " → " + ", ".join(f"{count:,} {end}" for end, count in ends[kind].most_common())
            if left := self._left_out.get(kind):
                reasons = ", ".join(f"{why} ({count:,})" for why, count in left.most_common())
                said += f"{'; ' if files else ''}left out: {reasons}"
            yield said


def counted(number: int, of: str) -> str:
    """Say how many there are of a thing."""
    return f"{number:,} {of}{'' if number == 1 else 's'}"
