"""Dates as pages write them for machines: RFC 3339 and its many near misses, seconds since 1970, a date in words."""

import re
from datetime import UTC, datetime

from streams.clean.ages import parse_age
from streams.events import Moment

LONGEST = 100  # characters of a value that are read
_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T\s,]\s?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?(?!\d)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?Z?)?")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_ZONE = re.compile(r"\s*(?:GMT|UTC|[A-Z]{3,4}|[+-]\d{4}|\([\w ]{1,40}\))+\s*$")
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3},?\s+)?(\d{1,2}\s+[A-Za-z]{3}|[A-Za-z]{3}\s+\d{1,2}),?\s+(\d{4})\s+(\d{2}:\d{2}(?::\d{2})?)\s*(?:GMT|UTC)?([+-]\d{4})?"
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/((?:19|20)\d{2})\b(.{0,20})")


def parse(value: object, base: datetime | None, *, american: bool = True) -> Moment | None:
    """Read a date; None where it is none.

    Args:
        value: what the page says.
        base: the time of the fetch, for "2 hours ago".
        american: whether 3/4/2025 is a day of March.
    """
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not (value := value.strip()[:LONGEST]):
        return None
    if match := _ISO.match(value):
        return _iso(*match.groups())
    if _EPOCH.fullmatch(value):
        stamp = datetime.fromtimestamp(int(value[:10]), tz=UTC)
        return Moment(value=stamp.isoformat().replace("+00:00", "Z"), precision="second", tz="explicit")
    if match := _COMPACT.fullmatch(value):
        return _iso(*match.groups(), None)
    if american and (match := _SLASHED.match(value)) and int(match[1]) <= 12:  # noqa: PLR2004 - a month's number
        value = f"{match[3]}-{match[1]}-{match[2]}{match[4]}"
    if match := _RFC_822.match(value):
        day = parse_age(f"{match[1]} {match[2]}")
        if day and day.day and day.day[0]:
            year, month, number = day.day
            hour, minute, *second = match[3].split(":")
            zone = match[4] or ("Z" if value.rstrip().endswith(("GMT", "UTC")) else None)
            return _iso(str(year), str(month), str(number), hour, minute, *(second or [None]), zone)
    age = parse_age(value) or parse_age(_ZONE.sub("", value))
    return age.moment(base) if age else None


def _iso(year: str, month: str, day: str, *clock: str | None) -> Moment | None:
    hour, minute, second, zone = clock
    try:
        datetime(int(year), int(month), int(day), int(hour or 0) % 24, int(minute or 0), int(second or 0) % 60)  # noqa: DTZ001 - only a check
    except ValueError:
        return None
    date = f"{int(year):04}-{int(month):02}-{int(day):02}"
    if hour is None:
        return Moment(value=f"{date}T00:00:00Z", precision="day", tz="unknown")
    time = f"{int(hour) % 24:02}:{int(minute or 0):02}:{int(second or 0) % 60:02}"
    precision = "second" if second else "minute"
    if not zone:
        return Moment(value=f"{date}T{time}Z", precision=precision, tz="assumed")  # type: ignore[arg-type]
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        hours, minutes = int(digits[:2]), int(digits[2:])  # as numbers: a page's digits may be of any script
        if hours > 23 or minutes > 59:  # noqa: PLR2004 - RFC 3339 offsets
            return None
        zone = f"{zone[0]}{hours:02}:{minutes:02}"
    else:
        zone = "Z"
    return Moment(value=f"{date}T{time}{zone}", precision=precision, tz="explicit")  # type: ignore[arg-type]
