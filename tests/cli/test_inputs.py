"""What is read from pages, lines, archives and feeds, packed or not, whole or broken; and what is said of the rest."""

import base64
import gzip
import io
import json
import random
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from streams.cli import inputs
from streams.cli.inputs import unpack
from streams.cli.inputs.zstandard import ZstdFile
from streams.events import RawPage
from tests.cli.archives import ATOM, RSS, http, page, record

Newsflow = Callable[..., Any]
LARGEST = 1 << 20
NOTHING = inputs.About(None, None, None)


def zstd(data: bytes) -> bytes:
    packed = io.BytesIO()
    with ZstdFile(packed, "wb") as file:
        file.write(data)
    return packed.getvalue()


def read(*paths: Path, known: inputs.About = NOTHING, largest: int = LARGEST) -> tuple[list[Any], list[str]]:
    """Events as documents, and the summary."""
    told = inputs.Told(largest)
    files = inputs.files_of([str(path) for path in paths], known, told)
    values = [raw.value for raw in inputs.raw_events(files, known, told)]
    for value in values:
        msgspec.json.decode(value, type=RawPage)
    return [json.loads(value) for value in values], list(told.lines())


def test_a_response_becomes_a_raw_event(tmp_path: Path) -> None:
    block = http(page("Wick"), Set_Cookie="id=1", ETag="x")
    (tmp_path / "a.warc").write_bytes(record("https://a.example/1", block))
    [event], summary = read(tmp_path / "a.warc")
    assert base64.b64decode(event.pop("body_b64")) == page("Wick")
    assert event == {
        "url": "https://a.example/1",
        "content_type": "text/html; charset=utf-8",
        "fetched_at": "2025-06-07T12:00:00Z",
        "http_status": 200,
        "headers": {"content-type": "text/html; charset=utf-8", "etag": "x"},
    }
    assert summary == ["  WARC        1 file, 1 event"]


def test_what_is_no_page_in_an_archive_is_counted_by_what_it_is(tmp_path: Path) -> None:
    records = [
        record("", b"software: x\r\n", "warcinfo", Content_Type="application/warc-fields"),
        record("https://a.example/1", b"GET / HTTP/1.1\r\n\r\n", "request"),
        record("https://a.example/1", http(page("Wick"))),
        record("https://a.example/2", http(b"", "301 Moved", Location="/1")),
        record("https://a.example/3", http(b"<p>Sorry</p>", "503 Service Unavailable")),
        record("https://a.example/4", http(b"<p>Gone</p>", "410 Gone")),
        record("https://a.example/5", http(b"\x89PNG", Content_Type="image/png")),
        record("https://a.example/6", http(b"?", Content_Encoding="br")),
        record("https://a.example/7", b"nothing of HTTP"),
        record("https://a.example/8", page("Oslo"), "resource", Content_Type="text/html"),
        record("https://a.example/9", http(b"x" * LARGEST)),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(records))
    events, summary = read(tmp_path / "a.warc")
    assert [event["url"][-1] for event in events] == ["1", "4", "8"]
    assert events[1]["http_status"] == 410
    assert summary[0].startswith("  WARC        1 file, 3 events; left out: ")
    left_out = set(summary[0].partition("left out: ")[2].split(", "))
    assert left_out == {
        *(
            "warcinfo records (1)",
            "request records (1)",
            "redirects (1)",
            "HTTP errors (1)",
            "neither HTML nor text (1)",
        ),
        *("content-encoding br (1)", "no HTTP response (1)", "too large (1)"),
    }


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"5\r\n<p>He\r\n8;x=1\r\nllo</p>\n\r\n0\r\n\r\n", {"Transfer_Encoding": "chunked"}),
        (b"<p>Hello</p>\n", {"Transfer_Encoding": "chunked"}),  # joined already
        (zlib.compress(b"<p>Hello</p>\n"), {"Content_Encoding": "deflate"}),
        (zlib.compress(b"<p>Hello</p>\n")[2:-4], {"Content_Encoding": "deflate"}),
        (b"<p>Hello</p>\n", {"Content_Encoding": "identity"}),
    ],
)
def test_what_http_put_around_a_body_is_taken_off(tmp_path: Path, body: bytes, headers: dict[str, str]) -> None:
    (tmp_path / "a.warc").write_bytes(record("https://a.example/1", http(body, **headers)))
    [event], _ = read(tmp_path / "a.warc")
    assert base64.b64decode(event["body_b64"]) == b"<p>Hello</p>\n"


@pytest.mark.parametrize("pack", [gzip.compress, zstd, bytes])
def test_an_archive_that_breaks_off_is_read_to_the_break_and_the_next_file_all_the_same(
    tmp_path: Path, pack: Callable[[bytes], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    records = [pack(record(f"https://a.example/{n}", http(page(f"Place {n}")))) for n in range(4)]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(records)[:-40])
    (tmp_path / "b.warc").write_bytes(record("https://a.example/9", http(page("Oslo"))))
    events, summary = read(tmp_path)
    assert [event["url"][-1] for event in events] == ["0", "1", "2", "9"]
    assert summary == ["  WARC        2 files, 4 events; left out: broken files (1)"]
    assert capsys.readouterr().err.endswith("a.warc.gz: it breaks off after 3 records; the rest of it is left out\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no archive\r\n", "it holds no WARC record where one must begin after 0 records"),
        (record("x", b"", Content_Length="-5"), "a record does not say how long it is"),
        (record("x", b"", Content_Length=10**30), "it breaks off"),
        (b"WARC/1.0\r\n" + b"A: b\r\n" * 100_000, "a record has more than 65,536 bytes of headers"),
        (b"WARC/1.0\r\n" + b"A" * 100_000, "a record has more than 65,536 bytes of headers"),
        (record("https://a.example/1", http(page("Wick"))) + b"junk", "after 1 record;"),
    ],
)
def test_an_archive_that_is_none_is_one_line(
    tmp_path: Path, data: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.warc").write_bytes(data)
    read(tmp_path)
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_random_damage_breaks_nothing(
    tmp_path: Path, pack: Callable[[bytes], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(5)
    archive = b"".join(record(f"https://a.example/{n}", http(page(f"Place {n}"))) for n in range(3))
    files = {"a.warc": archive, "b.xml": RSS.encode(), "c.atom": ATOM.encode(), "d.html": page("Wick")}
    for _ in range(150):
        for name, data in files.items():
            damaged = bytearray(pack(data))
            for _ in range(dice.randint(1, 8)):
                at = dice.randrange(len(damaged))
                damaged[at : at + dice.randint(0, 3)] = dice.choice([b"", b"\x00", b"<", b"\r\n", b"\xff", b"9"])
            (tmp_path / name).write_bytes(damaged)
        read(tmp_path)
    assert capsys.readouterr().err.count("the rest of it is left out") > 50


def test_explain_tells_that_a_page_cannot_be_read(newsflow: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(page("Wick"))[:-20])
    answer = newsflow("explain", tmp_path / "a.html.gz")
    assert answer.code == 1
    assert answer.err.splitlines()[0].endswith("a.html.gz: it breaks off; the rest of it is left out")
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(page("Wick")))
    assert newsflow("explain", tmp_path / "a.html.gz").code == 0


def test_an_entry_of_rss_that_carries_its_story_becomes_a_page(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(RSS)
    events, summary = read(tmp_path)
    assert summary == [
        "  feed        1 file, 2 events; left out: entries with a teaser or a link only (1)",
    ]
    first, third = events
    assert first["url"] == "https://gazette.example/news/pier"
    assert first["source"] == {"name": "Wick Gazette"}
    assert first["hints"] == {
        "title": "Pier & harbour to be rebuilt",
        "published_at": "2025-06-07T11:22:00+01:00",
        "language": "en-GB",
    }
    assert '<html lang="en-GB"><head><title>Pier &amp; harbour to be rebuilt</title>' in first["body"]
    assert "picture of the pier" not in first["body"]
    assert third["url"] == "https://gazette.example/news/3"
    assert '<meta name="author" content="Jane Doe">' in third["body"]


def test_an_entry_of_atom_is_read_by_the_type_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "feed.atom").write_text(ATOM)
    first, second = read(tmp_path, known=inputs.About(None, None, "2025-06-07T12:00:00Z"))[0]
    assert first["url"] == "https://bote.example/1"
    assert "<h1>Rat tagt</h1>" in first["body"]
    assert "<p>Der Rat tagt &amp; ber&#xE4;t.</p>" in first["body"]
    assert '<html lang="de">' in first["body"]
    assert first["fetched_at"] == second["fetched_at"] == "2025-06-07T12:00:00Z"
    assert "url" not in second
    assert second["source"] == {"name": "Bote"}
    assert "Kurz: 5 &lt; 6." in second["body"]


def test_clean_reads_what_the_feed_said(newsflow: Newsflow, tmp_path: Path) -> None:
    (tmp_path / "feed.rss").write_text(RSS)
    first = newsflow("enrich", tmp_path).records[0]["value"]
    assert first["title"] == "Pier & harbour to be rebuilt"
    assert first["authors"] == ["Anna Reid"]
    assert first["published_at"]["value"] == "2025-06-07T11:22:00+01:00"
    assert first["paragraphs"] == ["The council voted on Friday to rebuild the pier of Wick.", "Work begins in May."]
    assert first["source"]["name"] == "Wick Gazette"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (RSS[: len(RSS) * 3 // 4].encode(), "it breaks off after 2 entries"),
        (b"<urlset><url/></urlset>", "it is no feed: RSS and Atom begin with <rss>, <feed> or <rdf:RDF>, not <urlset>"),
        (b"\x00\x01\x02", "it is no XML"),
        (b"", "it is no XML"),
        (b"<rss><channel><item>" + b"<a>x</a>" * 400_000, "an entry has more than 1,048,576 bytes"),
        (
            b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "'
            + b"&a;" * 1000
            + b'"><!ENTITY c "'
            + b"&b;" * 1000
            + b'">]><rss><channel><item><title>&c;</title><description>&c;</description></item></channel></rss>',
            "",
        ),
        (
            b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><item><description>&a;</description></item></rss>',
            "",
        ),
    ],
)
def test_a_hostile_feed_is_one_line_or_nothing(
    tmp_path: Path, data: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "feed.rss").write_bytes(data)
    events, _ = read(tmp_path)
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == bool(said)
    assert len(events) == (1 if "breaks off" in said else 0)


def test_names_of_entities_and_other_faults_are_read_over(tmp_path: Path) -> None:
    (tmp_path / "feed.rss").write_text(
        "<rss><channel><item><title>A & B</title><link>https://a.example/1?a=1&b=2</link>"
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">AT&T&nbsp;says<br></content:encoded>'
        "</item></channel></rss>"
    )
    [event], _ = read(tmp_path)
    assert event["hints"]["title"] == "A & B"
    assert event["url"] == "https://a.example/1?a=1&b=2"


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_every_kind_may_be_packed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    contents = {
        "a.html": page("Wick"),
        "b.jsonl": b'{"url": "https://a.example/1", "body": "Text"}\n',
        "c.warc": record("https://a.example/2", http(page("Oslo"))),
        "d.atom": ATOM.encode(),
        "e.txt": b"Title\n\nText",
    }
    (tmp_path / "plain").mkdir()
    (tmp_path / "packed").mkdir()
    for name, data in contents.items():
        (tmp_path / "plain" / name).write_bytes(data)
        (tmp_path / "packed" / f"{name}.{'gz' if pack is gzip.compress else 'zst'}").write_bytes(pack(data))
    plain, packed = (read(tmp_path / each)[0] for each in ("plain", "packed"))
    for event in (*plain, *packed):
        if event.get("source", {}).get("name", "").startswith(("a.html", "e.txt")):
            del event["source"]
    assert plain == packed
    assert len(plain) == 6


def test_a_line_that_is_too_long_is_left_out_and_the_next_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'"' + b"x" * 3 * LARGEST + b'"\n{"url": "a", "body": "b"}\n')
    events, summary = read(tmp_path)
    assert events == [{"url": "a", "body": "b"}]
    assert summary == ["  JSON Lines  1 file, 1 event; left out: too large (1)"]


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_bomb_is_left_where_it_grows_too_large(
    tmp_path: Path,
    pack: Callable[[bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(unpack, "GROWTH_BYTES", 4 * LARGEST)
    for name in ("a.jsonl.gz", "b.warc.gz", "c.html.gz", "d.rss.gz"):
        (tmp_path / name).write_bytes(pack(b" " * 20 * LARGEST))
    (tmp_path / "e.jsonl").write_bytes(b'{"url": "a", "body": "b"}\n')
    events, _ = read(tmp_path)
    assert events == [{"url": "a", "body": "b"}]
    said = capsys.readouterr().err
    assert "a.jsonl.gz: it unpacks to more than 200 times its size after 1 line; the rest of it is left out\n" in said
    assert "c.html.gz: a page of more than 1,048,576 bytes is left out\n" in said
    assert said.count("\n") == 4


def test_a_packed_file_that_breaks_off_is_read_to_the_break(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [b'{"url": "https://a.example/%d", "body": "%d"}' % (n, n * 7919) for n in range(5000)]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines))[:-2000])
    (tmp_path / "b.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfd junk that is no frame")
    events, summary = read(tmp_path)
    assert 1000 < len(events) < 5000
    assert [event["body"] for event in events] == [str(n * 7919) for n in range(len(events))]
    assert summary == [f"  JSON Lines  2 files, {len(events):,} events; left out: broken files (2)"]
    assert f"a.jsonl.gz: it breaks off after {len(events):,} lines" in capsys.readouterr().err


def test_standard_input_may_be_packed(newsflow: Newsflow, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b'{"url": "https://a.example/1", "body": "Title\\n\\nText."}\n')
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(packed)))
    answer = newsflow("enrich", "-")
    assert [record["value"]["url"] for record in answer.records] == ["https://a.example/1"]


def test_enrich_tells_what_became_of_each_kind_and_by_its_exit_code_that_a_file_was_broken(
    newsflow: Newsflow, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"no json\n" + b'{"url": "https://a.example/1", "takedown": true}\n')
    (tmp_path / "b.txt").write_text("Title\n\nThe council of Wick met on Monday and voted.")
    (tmp_path / "c.txt").write_text("Title\n\nThe council of Wick met on Monday and voted.")
    (tmp_path / "d.png").write_bytes(b"\x89PNG")
    (tmp_path / "e.warc").write_bytes(record("https://a.example/2", http(page("Oslo"))) + b"?")
    answer = newsflow("enrich", tmp_path)
    assert answer.code == 1
    assert answer.err.splitlines()[1:] == [
        "  JSON Lines  1 file, 2 events → 1 dead-letter",
        "  page        2 files, 2 events → 1 enriched, 1 duplicate",
        "  WARC        1 file, 1 event → 1 enriched; left out: broken files (1)",
        "  others      left out: files of other kinds (1)",
        "newsflow: 1 file could not be read whole: see above",
    ]
    assert newsflow("enrich", tmp_path / "b.txt").code == 0


def test_enrich_may_go_slowly(newsflow: Newsflow, tmp_path: Path) -> None:
    lines = [b'{"url": "https://a.example/%d", "body": "Title %d\\n\\nThe council met."}\n' % (n, n) for n in range(4)]
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    begin = time.monotonic()
    assert len(newsflow("enrich", tmp_path, "--rate", "2").records) == 4
    assert time.monotonic() - begin >= 1.5


def test_words_of_strangers_move_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\u202e"
    records = [record("x", b"", f"{evil}{n}") for n in range(50)]
    records += [record("x", http(b"", Content_Encoding=f"{evil}{n}")) for n in range(50)]
    (tmp_path / f"{evil}a.warc").write_bytes(b"".join(records) + evil.encode())
    (tmp_path / "b.xml").write_text(f"<a{evil[-1]}b/>")
    _, summary = read(tmp_path)
    assert summary[0].endswith("left out: unknown records (50), content-encoding unknown (50), broken files (1)")
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_feed_costs_what_it_is_long(tmp_path: Path) -> None:
    for text in ("@" * 600_000, "<" * 600_000, "<a" * 300_000, "&#" * 300_000, "&amp;" * 120_000, "(" * 600_000):
        escaped = text.replace("<", "&lt;")
        fields = "".join(f"<{name}>{escaped}</{name}>" for name in ("title", "author", "pubDate", "description"))
        (tmp_path / "a.rss").write_text(f"<rss><channel><item>{fields}</item></channel></rss>")
        begin = time.process_time()
        read(tmp_path, largest=1 << 24)
        assert time.process_time() - begin < 5


def test_many_broken_files_are_a_few_lines_and_a_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(30):
        (tmp_path / f"{number}.xml").write_text("<urlset/>")
    _, summary = read(tmp_path)
    assert summary == ["  feed        30 files, 0 events; left out: broken files (30)"]
    assert capsys.readouterr().err.count("\n") == 11
