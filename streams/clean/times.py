"""Times as they are written, and which of them can be true.

No clock is read: a page's times are held against each other and against history.

- `fetched_at` outside of the years in which pages are crawled (1970, 2999: a clock that was never set) counts as none.
- A published or modified time before the first newspaper or after this century (0001-01-01, 9999-12-31: "not known" in
  many a database) counts as none.
- A published time later than a day after the fetch (time zones differ by less) is kept, for the page's word is right
  more often than the crawler's clock; but its confidence says that one of the two is wrong.
"""

from datetime import UTC, datetime, timedelta

from streams.clean.extraction import Extraction
from streams.events import Moment

FIRST_NEWS = 1605  # the "Relation" of Strasbourg
FIRST_CRAWL = 1993  # the World Wide Web Wanderer
CENTURY_ENDS = 2100
DOUBTFUL = 0.3  # under `LOW_CONFIDENCE` of streams/work.py: metrics count it


def rfc3339(value: datetime) -> str:
    """Write a time with its offset, to the second."""
    text = value.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def parse_timestamp(value: str | None) -> datetime | None:
    """Read an RFC 3339 timestamp (a leap second counts as the second before it)."""
    if not value:
        return None
    try:
        stamp = datetime.fromisoformat(
            value.replace("t", "T").replace(" ", "T").replace("z", "Z").replace(":60", ":59")
        )
    except ValueError:
        return None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def fetched(value: str | None) -> datetime | None:
    """Read the time of a fetch; None where it cannot be one."""
    stamp = parse_timestamp(value)
    return stamp if stamp and FIRST_CRAWL <= stamp.year < CENTURY_ENDS else None


def weigh(found: Extraction, base: datetime | None) -> None:
    """Take out the times of a page that cannot be true, and mark a published time that is doubtful."""
    found.published_at = _possible(found.published_at)
    found.modified_at = _possible(found.modified_at)
    for story in found.related:
        story.published_at = _possible(story.published_at)
    for name in ("published_at", "modified_at"):
        if getattr(found, name) is None:
            found.provenance.pop(name, None)
    stamp = parse_timestamp(found.published_at.value) if found.published_at else None
    if base and stamp and stamp > base + timedelta(days=1) and (how := found.provenance.get("published_at")):
        found.found("published_at", f"{how.method}, later than the fetch", min(how.confidence, DOUBTFUL))


def _possible(moment: Moment | None) -> Moment | None:
    return moment if moment and FIRST_NEWS <= int(moment.value[:4]) < CENTURY_ENDS else None
