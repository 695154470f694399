"""What happened to a page, in words: for `explain`, `demo` and `tail`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from rich.text import Text

from streams.clean.extraction import Cut
from streams.cli.connection import short_name
from streams.cli.records import text
from streams.cli.terminal import one_line, visible

MOST_TAGS = 6  # of hashtags and keywords in a line
LABEL_CHARS = 13  # of "canonical_url"
CUT_CHARS = 80  # of a block that was cut: enough to find it in the page
LAST = 2**31  # a story that could not be split off has no number
Value = Mapping[str, Any]


class Seen(NamedTuple):
    """A record, read."""

    topic: str  # short: clean, unique, …
    key: str | None
    headers: Mapping[str, str | None]
    value: Any  # null: a tombstone
    size: int

    @classmethod
    def of(cls, record: Any) -> "Seen":
        """Read a Kafka record."""
        return cls.read(record.topic, record.key, record.headers, record.value)

    @classmethod
    def read(
        cls, topic: str, key: bytes | None, headers: Iterable[tuple[str, bytes | None]], value: bytes | None
    ) -> "Seen":
        """Read a record; a value that is no JSON object reads as an empty one."""
        try:
            decoded = msgspec.json.decode(value, type=dict) if value is not None else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            decoded = {}
        named = {name: text(header) for name, header in headers}
        return cls(short_name(topic), text(key), named, decoded, len(value or b""))

    @property
    def stage(self) -> str:
        """The stage that wrote it."""
        return (self.headers.get("dlq.stage") or self.headers.get("ce_source") or "").removeprefix("newsflow/")

    @property
    def part(self) -> int:
        """Its number among the page's articles: 0 is the page's own, 1 its first related story."""
        if "dlq.part_of" in self.headers:
            return LAST
        number = (self.headers.get("news_raw_position") or "").rpartition("/")[2]
        return int(number) if number.isdigit() else 0


def headline(seen: Seen) -> Text:
    """One line for a record: time, source, title, tags, or what else tells it apart."""
    try:
        return _headline(seen)
    except (KeyError, TypeError, AttributeError):  # somebody else wrote it
        return _line(seen.key or "", f"{seen.size:,} bytes, no event of this topic")


def _headline(seen: Seen) -> Text:
    value = seen.value
    if value is None:
        reason = seen.headers.get("news_reason") or "no value"
        return _line(("taken down", "red"), seen.key or "", reason)
    if seen.topic == "dead-letter":
        return dead_letter_line(seen)
    if seen.topic == "raw":
        source = (value.get("source") or {}).get("name")
        return _line(
            value.get("fetched_at") or "", (source or "", "cyan"), value.get("url") or "", f"{seen.size:,} bytes"
        )
    if seen.topic == "duplicate":
        said = f"{value['kind']} copy of {value['duplicate_of']}"
        return _line((said, "yellow"), (source_of(value), "cyan"), (title_of(value), "bold"))
    tags = " ".join(value.get("hashtags", [])[:MOST_TAGS])
    return _line(time_of(value), (source_of(value), "cyan"), (title_of(value), "bold"), (tags, "blue"))


def dead_letter_line(seen: Seen) -> Text:
    """One line for a dead letter: where it died and why."""
    code, stage = seen.headers.get("dlq.error.code") or "?", seen.headers.get("dlq.stage") or "?"
    return _line((f"{stage}: {code}", "red"), seen.headers.get("dlq.error.message") or "", seen.key or "")


def stage_lines(stage: str, records: Iterable[Seen]) -> Iterator[Text]:
    """Say what a stage made of a page: one entry for each record that it wrote."""
    for seen in records:
        if seen.topic == "dead-letter":
            yield dead_letter_line(seen)
        elif seen.value is None or seen.topic == "duplicate":
            yield headline(seen)
        elif stage in _TELL:
            yield from _TELL[stage](seen.value)
        else:
            yield headline(seen)


def article_lines(value: Value) -> Iterator[Text]:
    """Show a finished article."""
    yield Text(title_of(value), style="bold underline")
    yield _line(
        (source_of(value), "cyan"), time_of(value), value["language"], *([value["url"]] if value["url"] else [])
    )
    if value["summary"]:
        yield Text(one_line(value["summary"]["text"]))
    if value["hashtags"]:
        yield Text(one_line(" ".join(value["hashtags"])), style="blue")
    if value["keywords"]:
        yield Text("keywords: " + one_line(", ".join(keyword["text"] for keyword in value["keywords"])), style="dim")
    if value["missing"]:
        yield Text("missing: " + ", ".join(value["missing"]), style="dim")


def cut_line(cut: Cut) -> Text:
    """Show a line of the page that is no part of the story, and why."""
    said = one_line(cut.text)
    shown = said if len(said) <= CUT_CHARS else f"{said[:CUT_CHARS]}…"
    return _line((_label(f"− {cut.kind}"), "yellow"), shown, (cut.reason, "dim"))


def source_of(value: Value) -> str:
    """Name who published an article."""
    return str(value["source"]["name"] or value["source"]["domain"] or "source unknown")


def title_of(value: Value) -> str:
    """Give an article's title, or that it has none."""
    return one_line(value["title"] or "(no title)")


def time_of(value: Value) -> str:
    """Say when an article was published, as exactly as is known."""
    moment = value["published_at"]
    if not moment:
        return "date unknown"
    day, _, time = str(moment["value"]).partition("T")
    return day if moment["precision"] == "day" else f"{day} {time[:5]}"


def _clean(value: Value) -> Iterator[Text]:
    if value["part_of"]:
        yield _line(
            (_label("split off"), "green"), (title_of(value), "bold"), (source_of(value), "cyan"), time_of(value)
        )
        return
    yield _line((_label("article"), "green"), (title_of(value), "bold"), (source_of(value), "cyan"), time_of(value))
    for name, how in value["provenance"].items():
        found = _FIELDS.get(name, _plain)(value, name)
        yield _line((_label(name), "green"), found, (f"{how['method']} ({how['confidence']:.0%} sure)", "dim"))
    paragraphs = _count(len(value["paragraphs"]), "paragraph")
    yield _line((_label("kept"), "green"), f"{paragraphs}, {_count(value['word_count'], 'word')}")
    cut = ", ".join(f"{one['kind']} ({_count(one['chars'], 'character')})" for one in value["removed"])
    yield _line((_label("cut"), "yellow"), cut or "nothing")


def _plain(value: Value, name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ", ".join(found) if isinstance(found, list) else ""


def _moment(value: Value, name: str) -> str:
    moment = value[name]
    if not moment:
        return ""
    if moment["precision"] == "relative":
        return f"{moment['value']}, told as an age"
    return f"{moment['value']}, to the {moment['precision']}, time zone {moment['tz']}"


def _access(value: Value, _: str) -> str:
    free, licence, reserved = (value["access"][name] for name in ("free", "license", "tdm_opt_out"))
    mining = "" if reserved is None else f"text and data mining {'reserved' if reserved else 'allowed'}"
    return ", ".join(filter(None, ["" if free is None else "free" if free else "not free", licence, mining]))


# How a field that `provenance` names is shown; the others are text.
_FIELDS: dict[str, Callable[[Value, str], str]] = {
    "published_at": _moment,
    "modified_at": _moment,
    "access": _access,
    "site": lambda value, _: value["source"]["name"] or "",
    "source": lambda value, _: value["source"]["kind"],
    "images": lambda value, _: _count(len(value["images"]), "image"),
    "paragraphs": lambda value, _: _count(len(value["paragraphs"]), "paragraph"),
}


def _dedupe(value: Value) -> Iterator[Text]:
    verdict, copies = value["dedupe"]["verdict"], value["supersedes"]
    said = f"revision {value['revision']}" if verdict == "revision" else verdict
    supersedes = [f"supersedes {', '.join(copies)}"] if copies else []
    yield _line((_label(said), "green"), (title_of(value), "bold"), *supersedes)


def _tag(value: Value) -> Iterator[Text]:
    found = _count(len(value["keywords"]), "keyword")
    names = _count(len(value["entities"]), "name")
    topics = ", ".join(topic["name"] for topic in value["topics"]) or "no topic"
    tags = " ".join(value["hashtags"][:MOST_TAGS])
    yield _line((_label(found), "green"), (title_of(value), "bold"), names, topics, (tags or "no hashtags", "blue"))


def _summarise(value: Value) -> Iterator[Text]:
    summary = value["summary"]
    if summary is None:
        yield _line((_label("no summary"), "yellow"), (title_of(value), "bold"))
        return
    how = f"{summary['method']}, {_count(len(summary['text'].split()), 'word')}"
    yield _line(
        (_label(_count(len(summary["sentences"]), "sentence")), "green"), (title_of(value), "bold"), (how, "dim")
    )


_TELL = {"clean": _clean, "dedupe": _dedupe, "tag": _tag, "summarise": _summarise}


def _label(text: str) -> str:
    return f"{text:<{LABEL_CHARS}}"


def _count(number: int, of: str) -> str:
    return f"{number:,} {of}" if number == 1 else f"{number:,} {of}s"


def _line(*cells: str | tuple[str, str]) -> Text:
    pairs = [cell if isinstance(cell, tuple) else (cell, "") for cell in cells]
    return Text("  ").join(
        Text(visible(said) if said.endswith(" ") else one_line(said), style=style) for said, style in pairs if said
    )
