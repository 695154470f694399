"""A page's title: what its sources call it, less the name of the site, and which of them is right."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from streams.clean import sanitise
from streams.clean.fields import choice
from streams.clean.fields.head import Head, types
from streams.clean.fields.screen import ARTICLE, ASIDE, DATE, TITLE, Screen

LONGEST_SITE = 5  # words of a site's name behind a bar
FEWEST_SITE = 4  # letters that a piece of a title must share with the site's name to be it
LONGEST_TITLE = 300  # characters
SHORT = 4  # words below which each counts: a section's name rather than a headline
LONG = 110  # characters; search engines show 60 to 70, the longest headlines of newspapers have about 110
MOST_PARTS = 3  # of a heading
MOST_HEADINGS = 8  # of each level that are candidates
USUAL = 60  # characters of a headline; what is beyond 1.5 times that counts no more
MOST_COPIES = 3  # lines that print a title and count
NEAR = 15  # lines from a headline among which its date stands
_SEPARATOR = re.compile(r"\s+(?:[|–—·•»:/~-]|\|\||::|&#\d+;)\s+|\s*[|»]\s*")
_WORD = re.compile(r"[^\W_]+")
_NOT_ALNUM = re.compile(r"[\W_]+")
_QUOTES = str.maketrans("‘’“”", "''\"\"")
_COMMON_LABELS = frozenset(("www", "blog", "blogs", "news", "m", "en", "us", "co", "com", "org", "shop", "web", "net"))
_POST = re.compile(r"Posting$|^(?:News|Opinion|Analysis|Reportage)")  # types of schema.org that are not any "Article"
_OTHERS = ("dc.title", "dcterms.title", "citation_title", "parsely-title", "sailthru.title", "headline", "title")


class Title(Struct):
    """A candidate: its text, and what speaks for and against it."""

    text: str
    features: dict[str, float]
    line: int | None = None  # where it stands on the screen
    sources: list[str] = []  # that print it, the most telling first

    @property
    def method(self) -> str:
        """Say which sources agree on it."""
        return choice.told(self.sources)


def fold(text: str) -> str:
    """Reduce a title to its letters and digits: what two ways to print it share."""
    return _NOT_ALNUM.sub("", text.casefold())


def site_names(site: str | None, url: str | None) -> frozenset[str]:
    """Give what a site may call itself, folded: its name, and the labels of its host."""
    names = [site or ""]
    with suppress(ValueError):
        host = urlsplit(url or "").hostname or ""
        names += [label for label in host.split(".")[:-1] if label not in _COMMON_LABELS]
        names.append(host.removeprefix("www."))
    return frozenset(fold(name) for name in names) - {""}


def is_site(piece: str, names: frozenset[str]) -> bool:
    """Whether a piece of a title is the site's name."""
    folded = fold(piece)
    return any(
        folded == name
        or (len(folded) >= FEWEST_SITE and (folded in name or (name in folded and len(name) >= FEWEST_SITE)))
        for name in names
    )


def without_site(title: str, names: frozenset[str]) -> str:
    """Take the site's name off a title: "Talks go on | Reuters"."""
    before, colon, rest = title.partition(": ")
    if colon and fold(before) in names:  # the whole name only: "The minister: talks go on" is a title
        title = rest
    while pieces := [m.span() for m in _SEPARATOR.finditer(title)]:
        first, last = title[: pieces[0][0]], title[pieces[-1][1] :]
        mark = title[slice(*pieces[-1])]
        if is_site(last, names) or (("|" in mark or "»" in mark) and len(last.split()) <= LONGEST_SITE):
            title = title[: pieces[-1][0]].strip()
        elif is_site(first, names):
            title = title[pieces[0][1] :].strip()
        else:
            break
    return title


def candidates(head: Head, screen: Screen, names: frozenset[str], url: str | None) -> list[Title]:
    """Collect every text that may be the page's title."""
    found: dict[str, Title] = {}
    names |= _beside(head)
    for printed, source, line in _sources(head, screen, names):
        text = sanitise.line(unescape(printed[: LONGEST_TITLE * 4]))
        key = fold(text)
        if not key or len(text) > LONGEST_TITLE:
            continue
        title = found.setdefault(key, Title(text, {}, line, []))
        title.features[source] = 1.0
        title.sources.append(source)
        capitals = title.text.isupper() and title.text.casefold() == text.casefold()
        if capitals or title.text.translate(_QUOTES) == text:
            title.text = text  # as the headline prints it, but all capitals are style, and plain quotation marks win
        title.line = line if title.line is None else title.line
    if len(found) > len(names & found.keys()):  # the site's name is a title only where there is nothing else
        found = {key: title for key, title in found.items() if key not in names}
    _compare(found, head, screen, names, url)
    return list(found.values())


def _beside(head: Head) -> frozenset[str]:
    """Give the h1 that stands beside og:title in the title element, folded: the name of the site."""
    whole, social = fold(head.title or ""), fold(head.meta("og:title") or "")
    names = {fold(heading) for heading in head.headings if len(heading.split()) <= LONGEST_SITE}
    return frozenset(name for name in names if social and whole in {name + social, social + name})


def _sources(head: Head, screen: Screen, names: frozenset[str]) -> Iterator[tuple[str, str, int | None]]:
    yield from _seen(screen, names)
    for text, source in _said(head):
        cut = without_site(text, names)
        yield cut, source if cut == text else f"{source} cut", None
    if head.title:
        yield _SEPARATOR.split(without_site(head.title, names), maxsplit=1)[0], "title first piece", None


def _seen(screen: Screen, names: frozenset[str]) -> Iterator[tuple[str, str, int | None]]:
    firsts = [heading for heading in screen.headings if heading.level == 1]
    for number, heading in enumerate(firsts[:MOST_HEADINGS]):
        text = without_site(heading.text, names)
        yield text, "h1 first" if number == 0 else "h1 later", heading.line
        if len(firsts) == 1:
            yield text, "h1 only", heading.line
        if heading.marks & ASIDE:
            yield text, "h1 aside", heading.line
        if heading.marks & TITLE:
            yield text, "h1 marked", heading.line
        if heading.marks & ARTICLE:
            yield text, "h1 in article", heading.line
        for part in screen.lines[heading.line : heading.line + MOST_PARTS]:
            if part in heading.text and part != heading.text:  # a kicker or a date beside the headline
                yield part, "h1 part", heading.line
    for number, heading in enumerate([h for h in screen.headings if h.level > 1][:3]):
        yield heading.text, f"h2 {number}", heading.line


def _said(head: Head) -> Iterator[tuple[str, str]]:
    for nodes, key, source in (
        (head.articles, "headline", "json-ld headline"),
        (head.articles, "name", "json-ld name"),
        (head.pages, "name", "json-ld page"),
    ):
        for node in nodes[:1]:
            if isinstance(value := node.get(key), str):
                yield value, source
    for name, value in (
        ("og:title", head.meta("og:title")),
        ("twitter:title", head.meta("twitter:title")),
        ("meta", head.meta(*_OTHERS)),
        ("title", head.title),
    ):
        if value:
            yield value, name


def _compare(found: dict[str, Title], head: Head, screen: Screen, names: frozenset[str], url: str | None) -> None:
    element = set(_WORD.findall((head.title or "").casefold()))
    social = set(_WORD.findall((head.meta("og:title") or "").casefold()))
    slug = _slug(url)
    headings = [set(_WORD.findall(h.text.casefold())) for h in screen.headings if h.level == 1][:MOST_HEADINGS]
    lines = Counter(line.casefold() for line in screen.lines)
    post = float(any(_POST.search(kind) for node in head.articles for kind in types(node)))
    for key, title in found.items():
        sources = title.features
        words = set(_WORD.findall(title.text.casefold()))
        families = sum(
            any(source.startswith(family) for source in sources)
            for family in ("h1", "h2", "json-ld", "og:", "twitter:", "title")
        )
        sources[f"families {min(families, 4)}"] = 1.0
        sources[f"words {min(len(title.text.split()), SHORT)}"] = 1.0
        sources["long"] = float(len(title.text) > LONG)
        sources["in title element"] = len(words & element) / len(words) if words else 0.0
        sources["of title element"] = len(words & element) / len(element) if element else 0.0
        sources["of og:title"] = len(words & social) / len(social) if social else 0.0
        sources["in slug"] = len(words & slug) / len(words) if words else 0.0
        sources["of slug"] = len(words & slug) / len(slug) if slug else 0.0
        sources["site"] = float(is_site(title.text, names) and len(words) <= LONGEST_SITE)
        sources["separator"] = float("|" in title.text)
        sources["sentence"] = float(title.text.endswith("."))
        sources["begins another"] = float(any(k != key and k.startswith(key) for k in found))
        sources["begins with another"] = float(any(k != key and len(k) > 10 and key.startswith(k) for k in found))  # noqa: PLR2004
        sources["ends with another"] = float(any(k != key and len(k) > 10 and key.endswith(k) for k in found))  # noqa: PLR2004
        family = "h1" if any(s.startswith("h1") for s in sources) else "said"
        long = min(len(title.text) / USUAL, 1.5)
        sources |= {"length": long, "length squared": long**2}
        sources |= {f"{family} length": long, f"{family} length squared": long**2}
        sources[f"{family} lines {min(lines[title.text.casefold()], MOST_COPIES)}"] = 1.0
        if family == "h1":
            sources |= {"h1 of a post": post, "h1 dated": float(_dated(screen, title.line or 0))}
            sources[f"h1 of {min(len(headings), 4)}"] = 1.0
            sources[f"h1 {'marked' if 'h1 marked' in sources else 'unmarked'} only"] = sources.get("h1 only", 0.0)
        sources[f"{family} of og:title"] = sources["of og:title"]
        sources[f"{family} in title element"] = sources["in title element"]
        sources[f"{family} of slug"] = sources["of slug"]
        sources[f"{family} like a h1"] = max(
            (_shared(words, other) for other in headings if other != words), default=0.0
        )


def _dated(screen: Screen, line: int) -> bool:
    return any(marks & DATE for marks in screen.marks[line : line + NEAR])


def _shared(words: set[str], other: set[str]) -> float:
    return len(words & other) / len(words | other) if words and other else 0.0


def _slug(url: str | None) -> set[str]:
    with suppress(ValueError):
        parts = [part for part in unquote(urlsplit(url or "").path[:300]).casefold().split("/") if part]
        longest = max(parts, key=len, default="")
        return {word for word in _WORD.findall(longest) if not word.isdigit() and word not in {"html", "htm", "php"}}
    return set()


def choose(titles: list[Title]) -> tuple[Title | None, float]:
    """Give the likeliest title and how likely it is."""
    if not titles:
        return None, 0.0
    shares = choice.probabilities("title", [title.features for title in titles])
    best = max(range(len(titles)), key=shares.__getitem__)
    return titles[best], shares[best]
