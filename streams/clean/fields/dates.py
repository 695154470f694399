"""When a page was published and changed: what it says to machines, to readers and in its address."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.etree import _Element
from msgspec import Struct

from streams.clean.ages import Age, parse_age
from streams.clean.fields import choice
from streams.clean.fields.head import Head
from streams.clean.fields.moments import parse
from streams.clean.fields.screen import ASIDE, DATE, UPDATED, Screen, text_of
from streams.events import Moment

PUBLISHED = frozenset(
    [
        "article:published_time",
        "og:article:published_time",
        "og:published_time",
        "article:published",
        "datepublished",
        "date_published",
        "published_at",
        "publish_date",
        "publish-date",
        "published-date",
        "publication_date",
        "parsely-pub-date",
        "sailthru.date",
        "dc.date.issued",
        "dcterms.date",
        "dcterms.created",
        "dcterms.issued",
        "dc.date",
        "dc.date.created",
        "dc.date.publication",
        "citation_publication_date",
        "citation_date",
        "citation_online_date",
        "article.published",
        "article_date_original",
        "cxenseparse:recs:publishtime",
        "cxenseparse:publishtime",
        "originalpublicationdate",
        "pubdate",
        "datecreated",
        "bt:pubdate",
        "date",
        "article:created",
        "prism.publicationdate",
        "rnews:datepublished",
        "ptime",
        "dc.created",
        "article-publication-date",
        "article:post_date",
        "releasedate",
        "release_date",
        "vr:published_time",
        "published",
        "pub_date",
        "created",
        "publish-time",
    ]
)
MODIFIED = frozenset(
    [
        "article:modified_time",
        "og:updated_time",
        "og:article:modified_time",
        "datemodified",
        "last-modified",
        "dcterms.modified",
        "dc.date.modified",
        "lastmod",
        "article:modified",
        "parsely-post-modified",
        "cxenseparse:recs:updatetime",
        "revised",
        "date_modified",
        "modified_at",
        "updated_at",
        "last_updated",
        "article:updated_time",
        "updated",
    ]
)
BEFORE, NEAR, FAR = 15, 40, 120  # lines around the headline, by their number: measured on 641 pages
LONGEST_LINE = 120  # characters of a line that a date near the headline stands in
ALONE = 0.6  # share of its line from which on a date stands alone
MOST_SHOWN = 6  # dates near the headline that are looked at
LEAST = 0.25  # probability of a date that is given: below, three of four would be wrong
MOST_TIMES = 12  # time elements that are looked at
_DIGIT = re.compile(r"\d")
_IN_URL = re.compile(
    r"[/-]((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?![\d])|/((?:19|20)\d{2})(\d{2})(\d{2})[/-]"
)
_MONTH_IN_URL = re.compile(r"/((?:19|20)\d{2})/(0?[1-9]|1[0-2])(?:/|$)")
_SHOWN = re.compile(
    r"\d{1,2}(?:st|nd|rd|th)?\.?[\s-]+(?:of\s+|de\s+)?[^\W\d_]{3,12}\.?,?[\s-]+(?:de\s+|del\s+)?(?:19|20)\d{2}"
    r"|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+(?:19|20)\d{2}"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:(?:19|20)\d{2}|\d{2})(?![\d./-])|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}"
    r"|(?:19|20)\d{2}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
)
_TIME_AFTER = re.compile(
    r"[\s,|·•–—-]{1,4}(?:at\s+|um\s+|à\s+|kl\.?\s+)?(\d{1,2})[:.h](\d{2})(?:\s?([ap])\.?m\b)?", re.IGNORECASE
)
_UPDATED = re.compile(
    r"updat|modif|aktualis|actuali|reviewed|revis|edited|bijgewerkt|uppdat|opdater|oppdat|обновл|изменен|aggiorn"
    r"|mis à jour|atualiz|güncel|更新|修改|تحديث|zaktualiz|diperbarui|cập nhật",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"publi|posted|veröff|erstellt|created|written|stand:|erschienen|geplaatst|опублик|pubbl|发布|公開|公开|نشر|yayın|date:|on$",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"\b(?:first |originally )?(?:published|posted)(?: on)?\b|veröffentlicht|publié|publicado|pubblicato", re.IGNORECASE
)
_OTHER = re.compile(r"copyright|©|since|founded|event|deadline|expires|valid|born|joined|issue", re.IGNORECASE)
_META = re.compile(r"publi\w{0,9}.?(?:date|time|on|at)$|pub.?date|date.?publi|date.?posted|post.?date|date.?created")


class Date(Struct):
    """A candidate day, the most exact moment in it, and what speaks for and against it."""

    moment: Moment
    features: dict[str, float]
    sources: list[str]

    @property
    def method(self) -> str:
        """Say which sources agree on it."""
        return choice.told(self.sources)


def american(head: Head, url: str | None) -> bool:
    """Whether the page's 3/4/2025 is a day of March: pages of the United States, or English without a country."""
    code = (head.language or head.meta("og:locale", "content-language") or "en").lower().replace("_", "-")
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        host = ""
    ending = host.rpartition(".")[2]
    if len(ending) == 2 and ending not in {"us", "io", "co", "ai", "tv", "me", "ly", "fm", "so", "gg"}:  # noqa: PLR2004 - a country
        return False
    return code in {"en-us", "en", "en-ph"}


def candidates(head: Head, screen: Screen, headline: int | None, url: str | None, base: datetime | None) -> list[Date]:
    """Collect every day that may be the one of publication."""
    us = american(head, url)
    found: dict[str, Date] = {}
    for moment, source in _sources(head, screen, headline, url, base, us=us):
        if moment is None:
            continue
        day = moment.value[:10]
        one = found.setdefault(day, Date(moment, {}, []))
        one.moment = max(one.moment, moment, key=_exactness)
        one.features[source] = 1.0
        one.sources.append(source)
    _compare(found, url)
    return list(found.values())


def _exactness(moment: Moment) -> tuple[int, int]:
    return ("day", "relative", "minute", "second").index(moment.precision), moment.tz == "explicit"


def _sources(
    head: Head, screen: Screen, headline: int | None, url: str | None, base: datetime | None, *, us: bool
) -> Iterator[tuple[Moment | None, str]]:
    for kind, nodes in (("json-ld", head.articles[:1]), ("json-ld page", head.pages[:1])):
        for node in nodes:
            for key in ("datePublished", "dateCreated", "dateModified", "uploadDate"):
                yield parse(node.get(key), base, american=us), f"{kind} {key}"
    for name, values in head.metas.items():
        if of := _meta_kind(name):
            yield parse(values[0], base, american=us), f"meta {of}"
    at = headline or 0
    yield from _times(screen, at, base, us=us)
    if url and (match := _IN_URL.search(_path(url))):
        parts = [int(part) for part in match.groups() if part]
        yield Age(day=(parts[0], parts[1], parts[2])).moment(base), "url"
    yield from _shown(screen, at, base, us=us)


@lru_cache(maxsize=1 << 12)  # sites name them alike
def _meta_kind(name: str) -> str | None:
    if name in PUBLISHED:
        return "date" if name == "date" else "published"
    if name in MODIFIED:
        return "modified"
    return "other" if _META.search(name) else None


def _times(screen: Screen, at: int, base: datetime | None, *, us: bool) -> Iterator[tuple[Moment | None, str]]:
    first = True
    for element, line, marks in screen.times[:MOST_TIMES]:
        moment = _of_time(element, base, us=us)
        kind = _time_kind(element, marks, screen, line)
        yield moment, f"time {kind}"
        if first and moment:
            yield moment, f"time first {kind}"
            first = False
        if -BEFORE <= line - at <= NEAR:
            yield moment, f"time near {kind}"


def _path(url: str) -> str:
    """Give a URL's path, cut where no date would stand any more."""
    try:
        return urlsplit(url).path[:300]
    except ValueError:
        return ""


def _of_time(element: _Element, base: datetime | None, *, us: bool) -> Moment | None:
    return parse(element.get("datetime"), base, american=us) or parse(text_of(element, 100), base, american=us)


def _time_kind(element: _Element, marks: int, screen: Screen, line: int) -> str:
    said = f"{element.get('itemprop') or ''} {element.get('class') or ''}".lower()
    before = screen.lines[line - 1][-30:] if 0 < line <= len(screen.lines) else ""
    if "modif" in said or "update" in said or marks & UPDATED or _UPDATED.search(before):
        return "updated"
    if "publish" in said or element.get("pubdate") is not None:
        return "published"
    return "aside" if marks & ASIDE else "plain"


def _shown(screen: Screen, at: int, base: datetime | None, *, us: bool) -> Iterator[tuple[Moment | None, str]]:
    """Yield the dates that a reader sees near the headline."""
    number = 0
    for i in (*range(at, min(at + FAR, len(screen.lines))), *range(max(at - BEFORE, 0), at)):
        line = screen.lines[i]
        if number >= MOST_SHOWN or len(line) > LONGEST_LINE or not _DIGIT.search(line):
            continue
        for match in _SHOWN.finditer(line):
            text = match.group()
            moment = parse(text, base, american=us) or parse(text.split(maxsplit=1)[-1], base, american=us)
            if moment is None:
                continue
            before = line[: match.start()][-40:] or (screen.lines[i - 1][-40:] if i else "")
            kind = _said_of(before, screen.marks[i])
            place = "before" if i < at else "near" if i - at < NEAR else "far"
            yield _with_time(moment, line[match.end() :]), f"shown {place} {kind}"
            yield moment, "shown alone" if len(text) > ALONE * len(line) else "shown inside"
            if screen.marks[i] & DATE:
                yield moment, f"shown {place} marked"
            if number == 0:
                yield moment, f"shown first {kind}"
            number += 1
        if not number and i - at < NEAR and (age := parse_age(line)) and age.sure and age.seconds:
            yield age.moment(base), "shown age"
    if number == 0:
        yield from _said_anywhere(screen, base, us=us)


def _said_anywhere(screen: Screen, base: datetime | None, *, us: bool) -> Iterator[tuple[Moment | None, str]]:
    """Yield the dates of lines that say "published on", wherever they stand: at the end of some stories."""
    for i, line in enumerate(screen.lines):
        folded = line.lower()
        if not ("publ" in folded or "posted" in folded or "pubbl" in folded or "veröff" in folded):
            continue  # told at a tenth of the search's cost
        if _SAYS.search(line) and not screen.marks[i] & ASIDE:
            for text in (line, *screen.lines[i + 1 : i + 2]):
                if len(text) <= LONGEST_LINE and (match := _SHOWN.search(text)):
                    yield parse(match.group(), base, american=us), "shown anywhere published"
                    return


def _with_time(moment: Moment, rest: str) -> Moment:
    match = _TIME_AFTER.match(rest)
    if not match or moment.precision != "day":
        return moment
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3] in "pP" else 0)
    if hour > 23 or int(match[2]) > 59:  # noqa: PLR2004 - hours of a day, minutes of an hour
        return moment
    return Moment(value=f"{moment.value[:10]}T{hour:02}:{int(match[2]):02}:00Z", precision="minute", tz="assumed")


def _said_of(before: str, marks: int) -> str:
    if _UPDATED.search(before) or marks & UPDATED:
        return "updated"
    if _PUBLISHED.search(before):
        return "published"
    if _OTHER.search(before):
        return "other"
    return "aside" if marks & ASIDE else "plain"


def _compare(found: dict[str, Date], url: str | None) -> None:
    month = _MONTH_IN_URL.search(_path(url or ""))
    published = [
        day for day, one in found.items() if "json-ld datePublished" in one.sources or "meta published" in one.sources
    ]
    shown = [
        day
        for day, one in found.items()
        if any(s.startswith(("shown near", "shown before", "time near")) for s in one.sources)
    ]
    for day, one in found.items():
        features = one.features
        seen = day in shown
        declared = [s for s in features if s.startswith(("json-ld", "meta"))]
        if month:
            features["in month of url"] = float(day[:7] == f"{month[1]}-{int(month[2]):02}")
        for source in declared:
            features[source + (" seen" if seen else " unseen" if shown else " nothing seen")] = 1.0
        if seen and published and not declared:
            features["seen before declared" if day < published[0] else "seen after declared"] = 1.0
        if seen and not published:
            features["seen, none declared"] = 1.0
        if any("updated" in s for s in features):
            features["updated, published " + ("seen" if any(d in shown for d in published) else "unseen")] = 1.0
        near = [other for other in shown if other != day and _a_day_apart(other, day)]
        if declared and near and not seen:
            features["declared, seen a day off"] = 1.0
        if seen and not declared and any(_a_day_apart(other, day) for other in published):
            features["seen, declared a day off"] = 1.0
        features["1 January"] = float(day.endswith("-01-01"))


def _a_day_apart(a: str, b: str) -> bool:
    return abs((date.fromisoformat(a) - date.fromisoformat(b)).days) == 1


def choose(dates: list[Date]) -> tuple[Date | None, float]:
    """Give the likeliest day of publication and how likely it is; None when even that is unlikely."""
    shares = choice.probabilities("published_at", [date.features for date in dates])
    best = max(range(len(dates)), key=shares.__getitem__, default=None)
    if best is None or shares[best] < LEAST:
        return None, 0.0
    return dates[best], shares[best]


def modified(head: Head, screen: Screen, url: str | None, base: datetime | None) -> tuple[Moment, str, float] | None:
    """Give when the page was changed last: what it declares, else what it shows beside "updated"."""
    us = american(head, url)
    for node in [*head.articles[:1], *head.pages[:1]]:
        if moment := parse(node.get("dateModified"), base, american=us):
            return moment, "json-ld dateModified", 0.95
    for name in sorted(MODIFIED & head.metas.keys()):
        if moment := parse(head.metas[name][0], base, american=us):
            return moment, f"meta {name}", 0.9
    for element, line, marks in screen.times[:MOST_TIMES]:
        if _time_kind(element, marks, screen, line) == "updated" and (moment := _of_time(element, base, us=us)):
            return moment, "time updated", 0.8
    return None
