"""Ages ("38 minutes ago", "vor 2 Stunden", "منذ 5 ساعات") and dates as printed beside a story, in any language.

An age is looked up by its skeleton: the line in lower case, numbers as `#`, without spaces and punctuation
("vor#stunden"). The skeletons of all languages come from the Unicode CLDR (tables/make_ages.py); what CLDR leaves out
(Arabic "منذ", "a few", yesterday) is in tables/words.json. Nothing here reads a clock: an age is resolved against the
time that the caller gives.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from msgspec import Struct

from streams.clean.tables import load, words
from streams.clean.times import rfc3339
from streams.events import Moment

# Calendar units in their usual fixed lengths, as dayjs and moment print them: a month is 30 days, a year 365.
UNIT_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
    "year": 31536000,
}
OLDEST = 100 * UNIT_SECONDS["year"]  # no page counts a story's age beyond that: no time at all
LONGEST = 48  # characters: "Published on Wednesday, 24 September 2025, 10:30 Uhr" is about the longest seen
MOST_NUMBERS = 7  # year, month, day, hour, minute, second, and the day of a week
_DIGITS = re.compile(r"\d+")
_TIME = re.compile(r"\b(\d{1,2})(?::|h|\.)([0-5]\d)(?::([0-5]\d))?\s*(a\.?m\.?|p\.?m\.?)?(?!\d|[./-]\d)", re.IGNORECASE)
_NUMERIC = (
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?[-/.年년]\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<a>\d{1,2})\s?[-/.]\s?(?P<b>\d{1,2})\s?[-/.]\s?(?P<y>\d{4}|\d{2})(?!\d)"),
)


class Age(Struct, frozen=True):
    """What an age line says: seconds before the fetch, or a day with perhaps a time of day.

    `sure` is false for forms that may be something else ("3 h", "May 4"): good enough between two source lines only.
    """

    seconds: int | None = None
    day: tuple[int | None, int, int] | None = None  # year, month, day; the year may be left out
    time: tuple[int, int, int] | None = None
    sure: bool = True

    def moment(self, base: datetime | None) -> Moment | None:
        """Resolve against the time of the fetch; null where that is needed and not known."""
        if self.seconds is not None:
            return self._before(base)
        if self.day is None:
            return None
        year, month, day = self.day
        if year is None:
            if base is None:
                return None
            year = base.year if (month, day) <= (base.month, base.day) else base.year - 1
        hour, minute, second = self.time or (0, 0, 0)
        try:
            value = rfc3339(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
        except ValueError:
            return None
        if self.time is None:
            return Moment(value=value, precision="day", tz="unknown")
        return Moment(value=value, precision="minute", tz="assumed")

    def _before(self, base: datetime | None) -> Moment | None:
        seconds = self.seconds or 0
        if base is None or seconds > OLDEST:
            return None
        try:
            value = base - timedelta(seconds=seconds)
        except OverflowError:
            return None
        return Moment(value=rfc3339(value), precision="relative", tz="explicit")


def _words() -> dict[str, Any]:
    return load("words")


@cache
def _table() -> dict[str, Any]:
    table = dict(load("ages"))
    ages: dict[str, Any] = table["ages"]
    for key in list(ages):  # Arabic sites say منذ where CLDR says قبل
        for theirs, ours in _words()["same_frame"].items():
            if theirs in key:
                ages.setdefault(key.replace(theirs, ours), ages[key])
    for key, (unit, count) in _words()["more_ages"].items():
        ages["?" * key.startswith("?") + skeleton(key)[0]] = [unit, count]
    table["weekdays"] = frozenset(table["weekdays"])
    return dict(table)


def skeleton(line: str) -> tuple[str, list[int]]:
    """Reduce an age to what all its kind share, and give its numbers: "Vor 2 Std." is ("vor#std", [2])."""
    return _join(_tokens(line))


def _tokens(line: str) -> list[str]:
    fillers = _words()["fillers"]
    tokens = unicodedata.normalize("NFKC", line).casefold().replace("un'", "un ").replace("un’", "un ").split()
    return [t for t in tokens if t not in fillers and t.strip(".:,()") not in fillers]


def _join(tokens: list[str]) -> tuple[str, list[int]]:
    parts: list[str] = []
    values: list[int] = []
    for token in tokens:
        position = 0
        for match in _DIGITS.finditer(token):
            parts.append(_letters(token[position : match.start()]))
            parts.append("#")
            values.append(int(match.group()))
            position = match.end()
        parts.append(_letters(token[position:]))
    return "".join(parts), values


def _letters(token: str) -> str:
    return token if token.isalpha() else "".join(c for c in token if c.isalnum() or unicodedata.category(c)[0] == "M")


def _skeletons(line: str) -> Iterator[tuple[str, list[int]]]:
    """Give the line's skeleton, and without digits in it those with a number word read as a number: "an hour ago"."""
    tokens = _tokens(line)
    key, values = _join(tokens)
    yield key, values
    if values:
        return
    numbers = _words()["numbers"]
    for i, token in enumerate(tokens):
        if (number := numbers.get(token)) is not None:
            for start in {max(i - 1, 0), i}:  # "a few" is one number
                if start == i or tokens[start] in numbers:
                    yield _join([*tokens[:start], str(number), *tokens[i + 1 :]])


def parse_age(line: str) -> Age | None:
    """Read a line that is an age or a date and nothing else; None for any other line."""
    return _parse_age(line) if 0 < len(line) <= LONGEST and line[0] not in "#@" else None


@lru_cache(maxsize=4096)
def _parse_age(line: str) -> Age | None:
    table = _table()["ages"]
    numbers: list[int] = []
    for key, values in _skeletons(line):
        if len(values) > MOST_NUMBERS:
            return None
        numbers = numbers or values
        found, sure = table.get(key), True
        if found is None:
            found, sure = table.get("?" + key), False
        if found is not None:
            unit, count = found
            count = (values[-1] if values else 1) if count is None else count
            return Age(seconds=min(count * UNIT_SECONDS[unit], OLDEST + 1), sure=sure)
        if key in words("now"):
            return Age(seconds=0)
    return _date(line, numbers)


def _date(line: str, numbers: list[int]) -> Age | None:
    text = unicodedata.normalize("NFKC", line).casefold()
    if not numbers:  # no day of a month, no time of day
        return _relative_day(text, None, numbers)
    for pattern in _NUMERIC:
        if match := pattern.search(text):
            rest = text[: match.start()] + " " + text[match.end() :]
            groups = match.groupdict()
            day = _ordered(groups)
            time, rest = _time_of_day(rest)
            if day and _only_fillers(rest):
                return Age(day=day, time=time)
            return None
    time, rest = _time_of_day(text)
    return _worded_date(rest, time) or _relative_day(rest, time, numbers)


def _ordered(groups: dict[str, str]) -> tuple[int, int, int] | None:
    year = int(groups["y"])
    year += 2000 if year < 100 else 0  # noqa: PLR2004 - two digits: news is of this century
    if "m" in groups:
        month, day = int(groups["m"]), int(groups["d"])
    else:
        day, month = int(groups["a"]), int(groups["b"])
        if month > 12 >= day:  # noqa: PLR2004 - a month's number; else day first, as most of the world writes
            day, month = month, day
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year, month, day


def _time_of_day(text: str) -> tuple[tuple[int, int, int] | None, str]:
    match = _TIME.search(text)
    if not match:
        return None, text
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        hour = hour % 12 + (12 if match[4].startswith("p") else 0)
    if hour > 23:  # noqa: PLR2004 - hours of a day
        return None, text
    return (hour, minute, second), text[: match.start()] + " " + text[match.end() :]


def _only_fillers(text: str) -> bool:
    table = _table()
    return all(
        not any(c.isalnum() for c in token)
        or token in words("date_fillers")
        or token in table["weekdays"]
        or token in _words()["fillers"]
        for token in re.split(r"[\s,.:;|()·•–—-]+", text)
    )


def _worded_date(text: str, time: tuple[int, int, int] | None) -> Age | None:
    table = _table()
    month = day = year = None
    for token in re.split(r"[\s,.:;|()·•–—/-]+", text):
        if not token:
            continue
        number = re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th|er|º|ª|º|e|日|일|年|년)?", token)
        if number:
            value = int(number[1])
            if len(number[1]) == 4 and year is None:  # noqa: PLR2004 - a year
                year = value
            elif day is None and 1 <= value <= 31:  # noqa: PLR2004 - a day of a month
                day = value
            else:
                return None
        elif token in words("date_fillers") or token in table["weekdays"] or token in _words()["fillers"]:
            continue
        elif token in table["months"] and month is None:
            month = table["months"][token]
        else:
            return None
    if month is None or day is None:
        return None
    return Age(day=(year, month, day), time=time, sure=year is not None)


def _relative_day(text: str, time: tuple[int, int, int] | None, numbers: list[int]) -> Age | None:
    if len(numbers) > 3:  # noqa: PLR2004 - at most a time of day
        return None
    named = [w for w in re.split(r"[\s,.:;|()·•–—-]+", text) if w and w not in words("date_fillers")]
    days = _words()["days"].get(" ".join(named))
    if days is None:
        return None
    return Age(seconds=days * 86400, time=time)
