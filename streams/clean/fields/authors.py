"""Who wrote the story: the names that each source gives, and which are right. Better none than an invented one."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from msgspec import Struct

from streams.clean.fields import choice, names
from streams.clean.fields.head import Head
from streams.clean.fields.screen import ASIDE, AUTHOR, DATE, NAMED, Screen
from streams.clean.fields.titles import fold, is_site

BEFORE, NEAR = 15, 40  # lines around the headline, by their number: measured on 641 pages
MOST_MARKED = 6  # runs of lines marked as an author's that are candidates
LONGEST_RUN = 7  # lines of a byline of several
LONGEST_AND = 5  # characters of what stands between two names
LONGEST_ALONE = 50  # characters of a line that says "written by" and no more: what names.BY_ALONE can match
LONGEST_LINE = 120  # characters of a line that may be a byline
_METAS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "dcterms.creator",
    "cxenseparse:author",
)
_COPYRIGHT = re.compile(r"^.{0,20}(?:©|copyright)\W*(?:(?:19|20)\d{2}\W*)*|\.?\s*all rights reserved.*$", re.IGNORECASE)
_DIGIT_YEAR = re.compile(r"(?:19|20)\d{2}|\bago\b|\bmin\b")


class Authors(Struct):
    """A candidate: names, and what speaks for and against them."""

    names: list[str]
    features: dict[str, float]
    sources: list[str]

    @property
    def method(self) -> str:
        """Say which sources agree on them."""
        return choice.told(self.sources)


def candidates(head: Head, screen: Screen, headline: int | None, site: frozenset[str]) -> list[Authors]:
    """Collect every list of names that may be the authors'."""
    found: dict[frozenset[str], Authors] = {}
    for listed, source in _sources(head, screen, headline or 0, site):
        unique = {fold(name): name for name in reversed(listed)}
        if not unique or len(unique) > names.MOST:
            continue
        key = frozenset(unique)
        one = found.setdefault(key, Authors(list(reversed(unique.values())), {}, []))
        one.features[source] = 1.0
        one.sources.append(source)
    _compare(found, screen, headline or 0, site)
    return list(found.values())


def _sources(head: Head, screen: Screen, at: int, site: frozenset[str]) -> Iterator[tuple[list[str], str]]:
    for node in head.articles[:1]:
        for key in ("author", "creator"):
            persons, bodies, plain = _of_json_ld(node.get(key), head)
            yield persons, "json-ld person"
            yield bodies, "json-ld organisation"
            yield plain, "json-ld text"
            yield persons + plain + bodies, "json-ld all"
    for node in head.articles[1:3] + head.pages[:1]:
        persons, _, plain = _of_json_ld(node.get("author"), head)
        yield persons + plain, "json-ld elsewhere"
    for key in ("citation_author", "dc.creator"):
        yield [name for value in head.metas.get(key, ()) if (name := names.clean(_turned(value)))], "meta citation"
    for key in _METAS:
        yield [name for value in head.metas.get(key, ())[: names.MOST] for name in names.parted(value)], f"meta {key}"
    if "writ" in (head.meta("twitter:label1") or "").lower():
        yield names.parted(head.meta("twitter:data1") or ""), "meta twitter"
    yield from _bylines(screen, at)
    yield from _marked(screen, at)
    yield from _beside_dates(screen, at)
    yield from _below(screen, at)
    yield _owner(head, screen, site), "owner"


def _of_json_ld(value: Any, head: Head) -> tuple[list[str], list[str], list[str]]:
    persons: list[str] = []
    bodies: list[str] = []
    plain: list[str] = []
    for item in (value if isinstance(value, list) else [value])[: names.MOST]:
        if isinstance(item, str):
            plain += names.parted(item)
        elif isinstance(item, dict):
            node = item if "name" in item else head.nodes.get(str(item.get("@id")), item)
            into = bodies if "Organization" in str(node.get("@type")) else persons
            name = node.get("name")
            for one in (name if isinstance(name, list) else [name])[: names.MOST]:
                if isinstance(one, str):
                    into += names.parted(one)
    return persons, bodies, plain


def _turned(value: str) -> str:
    last, comma, first = value.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() else value


def _bylines(screen: Screen, at: int) -> Iterator[tuple[list[str], str]]:
    """Yield the names behind "By": the first near the headline, the first before it, the first anywhere."""
    lines = screen.lines
    spans = (
        (at, at + NEAR, "byline near"),
        (max(at - BEFORE, 0), at, "byline before"),
        (at + NEAR, len(lines), "byline far"),
    )
    for begin, end, source in spans:
        for i in range(begin, min(end, len(lines))):
            line = lines[i]
            if len(line) > LONGEST_LINE or (screen.marks[i] & ASIDE and source == "byline far"):
                continue
            if len(line) <= LONGEST_ALONE and names.BY_ALONE.match(line):
                listed = _following(lines[i + 1 : i + 8])
                if listed:
                    yield listed, source
                    break
                if i + 1 < len(lines):
                    yield names.parted(lines[i + 1]), f"{source} loose"
            elif match := names.BY.match(line):
                listed = names.persons(line[match.end() :])
                if listed:
                    yield listed, source
                    break
                if source != "byline far" and not screen.marks[i] & ASIDE:
                    yield names.parted(line[match.end() :]), f"{source} loose"


def _following(lines: Iterable[str]) -> list[str]:
    found: list[str] = []
    joined = True
    for line in lines:
        if line.strip(" ,&").casefold() in {"and", "", "und", "et", "y", "e", "with"}:
            joined = True
            continue
        listed = names.persons(line)
        if not joined or not listed or len(line) > LONGEST_LINE:
            break
        found += listed
        joined = line.endswith((",", "&", " and"))
    return found


def _marked(screen: Screen, at: int) -> Iterator[tuple[list[str], str]]:
    """Yield the names in lines whose elements are marked as an author's by class, address or microdata."""
    runs = 0
    last = -2
    for i, mark in enumerate(screen.marks):
        if not mark & (AUTHOR | NAMED) or len(screen.lines[i]) > LONGEST_LINE:
            continue
        place = "before" if at - BEFORE <= i < at else "near" if at <= i < at + NEAR else "far"
        listed = names.persons(screen.lines[i])
        if not listed:
            yield from _loose(screen.lines[i], mark, place)
            continue
        runs += i - last > 1
        last = i
        if runs > MOST_MARKED:
            return
        yield listed, f"marked {place} " + ("aside" if mark & ASIDE else "linked" if mark & NAMED else "plain")
        if runs == 1:
            yield listed, "marked first"
        whole = listed + _run(screen, i + 1)
        if len(whole) > len(listed):
            yield whole, f"marked run {place}"


def _loose(line: str, mark: int, place: str) -> Iterator[tuple[list[str], str]]:
    """Yield what is marked as an author and does not look like a person: "The Example Team", "jane42"."""
    if names.BY_ALONE.match(line):
        return
    if mark & NAMED and place != "far":
        yield names.parted(line), f"marked loose {place}"
    elif place == "near" and not mark & ASIDE and len(line) <= names.LONGEST:
        yield names.parted(line), "marked loose plain"


def _run(screen: Screen, begin: int) -> list[str]:
    """Give the names in the marked lines that follow, "and" and commas between them."""
    found: list[str] = []
    for i in range(begin, min(begin + LONGEST_RUN, len(screen.lines))):
        listed = names.persons(screen.lines[i])
        if screen.marks[i] & (AUTHOR | NAMED):
            found += listed
        elif not listed and len(screen.lines[i]) > LONGEST_AND:
            break
    return found


def _beside_dates(screen: Screen, at: int) -> Iterator[tuple[list[str], str]]:
    """Yield names that stand, unmarked, beside a date near the headline."""
    end = min(at + 12, len(screen.lines))
    for i in range(max(at - 6, 0), end):
        line = screen.lines[i]
        if len(line) > LONGEST_LINE or not (_DIGIT_YEAR.search(line) or screen.marks[i] & DATE):
            continue
        for j in (i - 1, i + 1, i - 2):
            if 0 <= j < end and j != at and len(screen.lines[j]) <= names.LONGEST:
                yield names.persons(screen.lines[j]), "beside a date" + (" before" if j < at else "")


def _below(screen: Screen, at: int) -> Iterator[tuple[list[str], str]]:
    """Yield names in the lines right under the headline."""
    for i in range(at + 1, min(at + 9, len(screen.lines))):
        line = screen.lines[i]
        if len(line) <= LONGEST_LINE and (listed := names.persons(line)):
            yield listed, "below" if i <= at + 3 else "below further"
            if i == at + 1:
                yield listed, "below right"


def _owner(head: Head, screen: Screen, site: frozenset[str]) -> list[str]:
    """Give the person whose site it is: a name on the page, a part of which is in its address."""
    ends = re.split(r"\s[|–—·•:-]\s", head.title or "")
    lines = [*ends[:1], *ends[-1:], head.meta("og:site_name") or "", *screen.lines[:8], *screen.lines[-12:]]
    for line in lines:
        folded = line.lower()
        marked = "©" in line or "copyr" in folded or "all r" in folded  # most are not
        text = _COPYRIGHT.sub("", line) if marked else line
        if len(text) <= names.LONGEST and (listed := names.persons(text)) and len(listed) == 1:
            parts = [fold(part) for part in listed[0].split()]
            if any(len(part) > 3 and part in name for part in parts for name in site if " " not in name):  # noqa: PLR2004
                return listed
    return []


def _compare(found: dict[frozenset[str], Authors], screen: Screen, at: int, site: frozenset[str]) -> None:
    lines = [fold(line) for line in screen.lines[max(at - BEFORE, 0) : at + NEAR] if len(line) <= LONGEST_LINE]
    near, near_text = set(lines), "\n".join(lines)
    whole = "\n".join(screen.lines)
    folded = whole.casefold()
    tokens_of = {key: [token.casefold() for name in one.names for token in name.split()] for key, one in found.items()}
    common = {token for token in {*chain.from_iterable(tokens_of.values())} if f" {token} " in whole}
    for key, one in found.items():
        features = one.features
        sources = list(features)
        families = {source.split()[0] for source in sources} & {"json-ld", "meta", "byline", "marked"}
        tokens = tokens_of[key]
        features["common words"] = sum(map(common.__contains__, tokens)) / len(tokens)
        features[f"families {min(len(families), 3)}"] = 1.0
        features[f"count {min(len(key), 4)}"] = 1.0
        if all(name in near for name in key):
            shown = "near"
        elif all(name in near_text for name in key):
            shown = "inside"
        else:
            shown = "far" if all(name.casefold() in folded for name in one.names) else "nowhere"
        kind = names.kind_of(one.names)
        features[f"shown {shown}"] = 1.0
        features[kind] = 1.0
        features[f"{kind} shown {shown}"] = 1.0
        if any(is_site(name, site) for name in one.names):
            features["site"] = 1.0
            features[f"site shown {shown}"] = 1.0
        for other in found:
            if other < key:
                features["holds another"] = 1.0
            elif other > key:
                features["within another"] = 1.0
        for family in sorted(families):
            features[f"{family} shown {shown}"] = 1.0
        features["alone"] = float(len(found) == 1)


def choose(found: list[Authors]) -> tuple[Authors | None, float]:
    """Give the likeliest authors and how likely they are; None when "none of these" is likelier."""
    shares = choice.probabilities("authors", [one.features for one in found])
    best = max(range(len(found)), key=shares.__getitem__, default=None)
    if best is None or shares[best] < 1 - sum(shares):
        return None, 0.0
    return found[best], shares[best]
