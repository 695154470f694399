"""HTML pages: body and fields."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.clean import page
from streams.clean.extraction import Extraction

PROSE = [
    "The minister said on Tuesday that the talks in Geneva would go on next week, despite many objections.",
    "Several members had asked for a break, which the chair refused after a short debate behind closed doors.",
    "A spokesman told reporters in the evening that nobody had expected the round to end before the summer.",
]
BODY = "".join(f"<p>{p}</p>" for p in PROSE)


def read(head: str = "", body: str = BODY, url: str | None = "https://news.example/2025/06/11/talks") -> Extraction:
    story = f"<article><h1>Talks go on</h1>{body}</article>"
    html = f"<!DOCTYPE html><html lang=en><head>{head}</head><body>{story}</body></html>"
    return page.extract(html, url, None, {})


def ld(**fields: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', **fields})}</script>"


def test_body_and_title() -> None:
    found = read("<meta property='og:title' content='Talks go on | News'>")
    assert found.title == "Talks go on"
    assert found.provenance["title"].method == "h1 + og:title"
    assert found.paragraphs == PROSE


def test_a_byline_among_the_paragraphs_goes() -> None:
    markup = f"<p>By Jane Doe and Li Wei</p><p>{'</p><p>'.join(PROSE)}</p>"
    authors = ld(author=[{"name": "Jane Doe"}, {"name": "Li Wei"}])
    assert read(authors, markup).paragraphs == PROSE
    by_2050 = ["By 2050 the ministers want the talks in Geneva to have ended, they said.", *PROSE]
    assert read("", f"<p>{'</p><p>'.join(by_2050)}</p>").paragraphs == by_2050


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Harbour is closed | The Gazette", "Harbour is closed"),
        ("Harbour is closed - Gazette", "Harbour is closed"),
        ("The Gazette: Harbour is closed", "The Gazette: Harbour is closed"),
        ("Why us - and why now", "Why us - and why now"),
    ],
)
def test_site_names_are_taken_off_titles(title: str, expected: str) -> None:
    html = f"<html><head><meta property='og:title' content='{title}'></head><body>{BODY}</body></html>"
    assert page.extract(html, "https://www.gazette.example/a", None, {}).title == expected


@pytest.mark.parametrize(
    ("head", "value", "precision", "tz"),
    [
        (ld(datePublished="2025-06-10T08:30:00+02:00"), "2025-06-10T08:30:00+02:00", "second", "explicit"),
        (ld(datePublished="2025-06-10T08:30:00.000+0200"), "2025-06-10T08:30:00+02:00", "second", "explicit"),
        (ld(datePublished="2025-06-10 08:30"), "2025-06-10T08:30:00Z", "minute", "assumed"),
        (ld(datePublished="June 10, 2025"), "2025-06-10T00:00:00Z", "day", "unknown"),
        ("<meta property='article:published_time' content='2025-06-10'>", "2025-06-10T00:00:00Z", "day", "unknown"),
        ("", "2025-06-11T00:00:00Z", "day", "unknown"),
    ],
    ids=["json-ld", "odd offset", "no zone", "words", "meta", "url"],
)
def test_dates(head: str, value: str, precision: str, tz: str) -> None:
    moment = read(head).published_at
    assert moment is not None
    assert (moment.value, moment.precision, moment.tz) == (value, precision, tz)


def test_no_date_is_invented() -> None:
    assert read(url="https://news.example/talks").published_at is None


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (ld(author={"@type": "Person", "name": "Jane Doe"}), BODY, ["Jane Doe"]),
        (ld(author=[{"name": "Jane Doe"}, {"name": "Li Wei"}]), BODY, ["Jane Doe", "Li Wei"]),
        ("<meta name=author content='By Jane Doe and Li Wei'>", BODY, ["Jane Doe", "Li Wei"]),
        ("<meta name=author content='admin'>", BODY, []),
        ("<meta property='article:author' content='https://facebook.example/jane'>", BODY, []),
        ("", "<p>By <a href=/a>Jane Doe</a></p>" + BODY, ["Jane Doe"]),
        ("", "<p>By Jane Doe | June 3, 2025</p>" + BODY, ["Jane Doe"]),
        ("", BODY, []),
    ],
)
def test_authors(head: str, body: str, authors: list[str]) -> None:
    assert read(head, body).authors == authors


def test_other_fields() -> None:
    found = read(
        "<link rel=canonical href='/talks?utm_source=x'><meta property='og:site_name' content='The Gazette'>"
        "<meta name='tdm-reservation' content='1'><meta property='og:image' content='/a.jpg'>"
        + ld(isAccessibleForFree="False", license="https://license.example/by")
    )
    assert found.canonical_url == "https://news.example/talks?utm_source=x"
    assert found.site == "The Gazette"
    assert (found.access.free, found.access.tdm_opt_out) == (False, True)
    assert found.access.license == "https://license.example/by"
    assert [image.url for image in found.images] == ["https://news.example/a.jpg"]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 6000 + BODY + "</div>" * 6000,
        "<span>" * 50000 + BODY,
        "<ul><li>x" * 2000 + BODY,
        "<!-- " + BODY,
        "<!--" * 50000 + BODY,
        "<div " + " ".join(f"a{i}=1" for i in range(50000)) + ">" + BODY + "</div>",
        "<div>a</div>" * 30000 + BODY,
        "<script type='application/ld+json'>" + "[" * 20000 + "]" * 20000 + "</script>" + BODY,
    ],
    ids=[
        "deep",
        "unclosed",
        "nested lists",
        "open comment",
        "many comments",
        "attributes",
        "many elements",
        "deep json",
    ],
)
@pytest.mark.timeout(20)
def test_hostile_pages_give_their_story(html: str) -> None:
    found = page.extract(f"<!DOCTYPE html><html><body>{html}</body></html>", None, None, {})
    assert any(PROSE[0] in paragraph for paragraph in found.paragraphs)


def test_a_body_in_json_ld_is_the_last_resort() -> None:
    found = page.extract(f"<html><head>{ld(articleBody=PROSE[0])}</head><body></body></html>", None, None, {})
    assert found.paragraphs == [PROSE[0]]


@given(st.binary(max_size=40).map(lambda data: bytes(b"<>ab"[byte % 4] for byte in data)))
def test_bytes_that_run_on_without_an_element_are_found(data: bytes) -> None:
    assert page.runs_on(data, 5) == (max(map(len, re.split(b"[<>]", data))) > 5)
