"""Each field of an HTML page by the many ways in which pages print it."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.clean import page
from streams.clean.extraction import Extraction
from streams.clean.fields import choice, names, pictures, screen, titles
from streams.clean.fields.moments import parse
from streams.clean.times import parse_timestamp
from streams.events import Image, Moment

STORY = "<p>The minister said on Tuesday that the talks in Geneva would go on next week, despite objections.</p>" * 3
URL = "https://gazette.example/politics/talks-in-geneva-go-on"
TITLE = "Talks in Geneva go on"
NOW = parse_timestamp("2025-06-12T09:00:00Z")


def read(head: str = "", body: str = "", url: str = URL, language: str = "en", **headers: str) -> Extraction:
    shown = (body or f"<h1>{TITLE}</h1>") + STORY
    html = f"<!DOCTYPE html><html lang={language}><head>{head}</head><body>{shown}</body></html>"
    return page.extract(html, url, NOW, {name.replace("_", "-"): value for name, value in headers.items()})


def ld(*nodes: dict[str, object]) -> str:
    return f"<script type='application/ld+json'>{json.dumps(nodes if len(nodes) > 1 else nodes[0])}</script>"


def article(**fields: object) -> dict[str, object]:
    return {"@type": "NewsArticle", **fields}


# -------------------------------------------------------------------------------------------------------------- title


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"<title>{TITLE} | The Gazette</title>", ""),
        (f"<title>{TITLE} - Gazette</title>", "<h1>The Gazette</h1><h2>Politics</h2>"),
        (f"<title>Gazette: {TITLE}</title><meta property='og:title' content='{TITLE}'>", "<h2>Menu</h2>"),
        (ld(article(headline=TITLE)) + "<title>Gazette</title>", "<h1>Gazette</h1>"),
        (f"<meta property='og:title' content='{TITLE}'>", f"<h1><a href=/>Gazette</a></h1><h1>{TITLE}</h1>"),
        (f"<title>{TITLE}</title>", f"<h1><span>Opinion</span><span>{TITLE}</span></h1>"),
        (
            f"<title>Harbour Blog: {TITLE}</title><meta property='og:title' content='{TITLE}'>",
            "<h1>Harbour Blog</h1><h2>Menu</h2>",
        ),
        (f"<title>{TITLE.upper()}</title><meta property='og:title' content='{TITLE}'>", f"<h1>{TITLE.upper()}</h1>"),
    ],
    ids=["suffix", "site as h1", "prefix", "json-ld", "second h1", "kicker", "blog as h1", "capitals"],
)
def test_titles(head: str, body: str) -> None:
    found = read(head, body)
    assert found.title == TITLE
    assert 0 < found.provenance["title"].confidence <= 1


def test_a_title_is_printed_as_the_headline_prints_it_with_plain_quotation_marks_where_it_has_them() -> None:
    said = "The minister’s talks go on"
    assert read(f"<title>{said}</title>", f"<h1>{said}</h1>").title == said
    plain = said.replace("’", "'")
    assert read(f'<meta property="og:title" content="{plain}">', f"<h1>{said}</h1>").title == plain


def test_capitals_are_style_only_where_nothing_else_differs() -> None:
    capitals, other = "DOCKS VS. FERRIES: A SURVEY", "Docks vs Ferries: a survey"
    assert read(f"<title>{other}</title>", f"<h1>{capitals}</h1>").title == capitals


def test_a_heading_is_the_surer_title_in_a_dated_post_and_the_less_sure_as_a_slogan() -> None:
    other = "Geneva talks: what we know"
    said = f"<meta property='og:title' content='{other}'><title>{other}</title>"
    sure = []
    for head, body in (
        (ld({"@type": "BlogPosting"}), f"<article><h1>{TITLE}</h1><time>10 June 2025</time></article>"),
        (ld({"@type": "BlogPosting"}), f"<article><h1>{TITLE}</h1></article>"),
        (ld({"@type": "BlogPosting"}), f"<h1>{TITLE}</h1>"),
        ("", f"<h1>{TITLE}</h1>"),
        ("", f"<h1>{TITLE}.</h1>"),
    ):
        found = read(head + said, body)
        share = found.provenance["title"].confidence
        sure.append(1 - share if found.title == other else share)
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == len(sure)


def test_the_lines_of_a_headline_are_not_glued() -> None:
    for between in ("<br>", "<br/><em></em>", "</div><div>", "</p><p>"):
        shown = f"<h1><div>Strike in the <em>harbour</em>, again{between}Ferries stay at the quay</div></h1>"
        assert read("", shown).title == "Strike in the harbour, again Ferries stay at the quay"


@pytest.mark.parametrize(
    "menu", ["<button class=menu><div>Menu</button>", "<nav class=menu><div><a href=/>Home</a></nav>"]
)
def test_a_menu_that_is_never_closed_does_not_hide_the_page(menu: str) -> None:
    story = f"<h1>{TITLE}</h1><p class=byline>By Ann Lee</p><p>10 June 2025</p>{STORY}"
    found = read("<title>Geneva</title>", f"<header class=navbar>{menu}</header>{story}")
    assert (found.title, found.authors) == (TITLE, ["Ann Lee"])
    assert found.published_at
    assert found.published_at.value[:10] == "2025-06-10"
    root = page.parse(f"<body><header class=navbar>{menu}</header>{story}</body>")
    assert root is not None
    seen = screen.read(root)
    assert not seen.marks[seen.lines.index(TITLE)] & screen.ASIDE


def test_what_a_menu_holds_is_no_byline() -> None:
    menu = "<nav><p>By Ann Lee</p><p>10 June 2025</p></nav>"
    found = read("", f"{menu.replace('</nav>', '<p>Harbour</p>' * 4 + '</nav>')}<h1>{TITLE}</h1>")
    assert (found.authors, found.published_at) == ([], None)
    alone = page.extract(f"<html><body>{menu}<h1>{TITLE}</h1>{STORY.replace('p>', 'div>')}</body></html>", URL, NOW, {})
    assert (alone.authors, alone.published_at) == ([], None)


def test_the_name_of_the_site_may_be_a_word_of_the_title() -> None:
    known = titles.site_names("The Gazette", URL)
    assert titles.without_site("The Gazette wins a prize", known) == "The Gazette wins a prize"
    assert titles.without_site("Prizes - a survey - The Gazette", known) == "Prizes - a survey"


# ------------------------------------------------------------------------------------------------------------ authors


@pytest.mark.parametrize(
    ("printed", "listed"),
    [
        ("By Jane Doe", ["Jane Doe"]),
        ("By Jane Doe and Li Wei, Ana María Núñez", ["Jane Doe", "Li Wei", "Ana María Núñez"]),
        ("Jane Doe, MD, PhD", ["Jane Doe"]),
        ("Von Erika Muster und Max Muster", ["Erika Muster", "Max Muster"]),
        ("Por Ana López y Luis Gil", ["Ana López", "Luis Gil"]),
        ("Par Zoé Blanc et Luc Noir", ["Zoé Blanc", "Luc Noir"]),
        ("Jane Doe jane@gazette.example @janedoe", ["Jane Doe"]),
        ("Jane Doe - Political Editor", ["Jane Doe"]),
        ("Jane Doe (London)", ["Jane Doe"]),
        ("Jane Doe, Reuters", ["Jane Doe"]),
        ("Reuters", []),
        ("admin", []),
        ("https://gazette.example/jane", []),
        ("", []),
    ],
)
def test_names(printed: str, listed: list[str]) -> None:
    assert names.parted(printed) == listed


@pytest.mark.parametrize(
    ("line", "listed"),
    [
        ("Jane Doe", ["Jane Doe"]),
        ("Ludwig van der Berg, Max O'Neill", ["Ludwig van der Berg", "Max O'Neill"]),
        ("Jane Doe is a reporter.", ["Jane Doe"]),
        ("Read more about it", []),
        ("Senior Political Correspondent", []),
        ("talks go on", []),
    ],
)
def test_persons(line: str, listed: list[str]) -> None:
    assert names.persons(line) == listed


@pytest.mark.parametrize(
    ("head", "body", "listed"),
    [
        (ld(article(author={"@type": "Person", "name": "Jane Doe"})), f"<h1>{TITLE}</h1><p>Jane Doe</p>", ["Jane Doe"]),
        (
            ld({"@graph": [article(author={"@id": "#j"}), {"@type": "Person", "@id": "#j", "name": "Jane Doe"}]}),
            "",
            ["Jane Doe"],
        ),
        (
            "<meta name=author content='Jane Doe'>",
            f"<h1>{TITLE}</h1><div class=byline>By <a rel=author href=/j>Jane Doe</a></div>",
            ["Jane Doe"],
        ),
        (
            "",
            f"<h1>{TITLE}</h1><p class=byline>By <a href=/author/j>Jane Doe</a> and <a href=/author/l>Li Wei</a></p>",
            ["Jane Doe", "Li Wei"],
        ),
        ("", f"<h1>{TITLE}</h1><p>By Jane Doe | June 3, 2025</p>", ["Jane Doe"]),
        ("<meta name=author content=admin>", "", []),
        ("", f"<h1>{TITLE}</h1><p>June 3, 2025</p><p>Share this</p>", []),
        ("<meta property='article:author' content='https://facebook.example/jane'>", "", []),
    ],
    ids=["json-ld", "by id", "meta and byline", "two", "by and date", "admin", "nobody", "address"],
)
def test_authors(head: str, body: str, listed: list[str]) -> None:
    assert read(head, body).authors == listed


# -------------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("2025-06-10T08:30:00+02:00", ("2025-06-10T08:30:00+02:00", "second", "explicit")),
        ("2025-06-10T08:30:00.123Z", ("2025-06-10T08:30:00Z", "second", "explicit")),
        ("2025-06-10 08:30", ("2025-06-10T08:30:00Z", "minute", "assumed")),
        ("2025/06/10", ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("20250610", ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("20250610T083000Z", ("2025-06-10T08:30:00Z", "second", "assumed")),
        (1749544200, ("2025-06-10T08:30:00Z", "second", "explicit")),
        ("1749544200000", ("2025-06-10T08:30:00Z", "second", "explicit")),
        ("Tue, 10 Jun 2025 08:30:00 +0200", ("2025-06-10T08:30:00+02:00", "second", "explicit")),
        ("Tue, 10 Jun 2025 08:30:00 GMT", ("2025-06-10T08:30:00Z", "second", "explicit")),
        ("6/10/2025", ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("10. Juni 2025", ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("10 de junio de 2025", ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("10 июня 2025", ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("2025年6月10日", ("2025-06-10T00:00:00Z", "day", "unknown")),
        (["2025-06-10"], ("2025-06-10T00:00:00Z", "day", "unknown")),
        ("2 hours ago", ("2025-06-12T07:00:00Z", "relative", "explicit")),
        ("٢٠٢٥-٠٦-١٠T٠٨:٣٠:٠٠+٠٣:٠٠", ("2025-06-10T08:30:00+03:00", "second", "explicit")),
        ("2025-13-40", None),
        ("2025-06-10T08:30:00+99:99", None),
        ("soon", None),
        (True, None),
        (None, None),
    ],
)
def test_moments(value: object, read_as: tuple[str, str, str] | None) -> None:
    moment = parse(value, NOW)
    assert (moment and (moment.value, moment.precision, moment.tz)) == read_as


# Digits of any script among them.
ALMOST_RFC_3339 = st.from_regex(
    r"20\d\d-[01]\d-[0-2]\d[T ][01]\d:[0-5]\d(:[0-5]\d)?(Z|[+-][01]\d:?[0-5]\d)?", fullmatch=True
)


@given(st.text(max_size=60) | st.integers() | st.lists(st.text(max_size=20)) | ALMOST_RFC_3339)
def test_any_value_is_a_moment_or_none(value: object) -> None:
    moment = parse(value, NOW)
    assert moment is None or msgspec.convert(msgspec.to_builtins(moment), Moment) == moment


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        (ld(article(datePublished="2025-06-10")), "", "2025-06-10"),
        ("<meta property='article:published_time' content='2025-06-10T08:30:00Z'>", "", "2025-06-10"),
        ("", f"<h1>{TITLE}</h1><time datetime='2025-06-10'>June 10</time>", "2025-06-10"),
        ("", f"<h1>{TITLE}</h1><p>Published June 10, 2025</p><p>Updated: June 11, 2025</p>", "2025-06-10"),
        ("", f"<h1>{TITLE}</h1><p class=date>10 June 2025</p>", "2025-06-10"),
    ],
    ids=["json-ld", "meta", "time", "published and updated", "shown"],
)
def test_days(head: str, body: str, day: str) -> None:
    found = read(head, body)
    assert found.published_at is not None
    assert found.published_at.value[:10] == day


def test_a_slashed_date_is_read_as_the_country_writes_it() -> None:
    body = f"<h1>{TITLE}</h1><p class=date>Published 3/4/2025</p>"
    for url, language, day in (
        (URL, "en-US", "2025-03-04"),
        (URL, "en-GB", "2025-04-03"),
        ("https://gazette.uk/talks", "en", "2025-04-03"),
    ):
        moment = read("", body, url, language).published_at
        assert moment is not None
        assert moment.value[:10] == day


def test_a_change_before_publication_is_none() -> None:
    published = "<meta property='article:published_time' content='2025-06-10'>"
    later = read(published + "<meta property='article:modified_time' content='2025-06-11'>")
    assert later.modified_at is not None
    assert later.modified_at.value[:10] == "2025-06-11"
    assert read(published + "<meta property='article:modified_time' content='2025-06-09'>").modified_at is None


# ----------------------------------------------------------------------------------------------------- json-ld, rights


def test_the_article_of_this_page_is_chosen_among_several() -> None:
    other = article(
        headline="Another story",
        url="https://gazette.example/other",
        datePublished="2024-01-02",
        author={"name": "Max Mann"},
    )
    own = article(headline=TITLE, url=URL, datePublished="2025-06-10", author={"name": "Jane Doe"})
    found = read(ld({"@graph": [other, own]}) + f"<title>{TITLE}</title>")
    assert found.published_at is not None
    assert (found.published_at.value[:10], found.authors) == ("2025-06-10", ["Jane Doe"])


@pytest.mark.parametrize(
    "broken",
    [
        '{"@type":"NewsArticle","datePublished":"2025-06-10",}',
        '{"@type":"NewsArticle","description":"a\nb","datePublished":"2025-06-10"}',
        '{"@type":"NewsArticle","headline":"He said "no"","datePublished":"2025-06-10"}',
        '<!-- {"@type":"http://schema.org/NewsArticle","datePublished":"2025-06-10"} -->',
        '{"@type":"NewsArticle","datePublished":"2025-06-10","articleBody":"cut off',
    ],
)
def test_broken_json_ld_is_read_as_far_as_it_goes(broken: str) -> None:
    found = read(f"<script type='application/ld+json'>{broken}</script>")
    assert found.published_at is not None
    assert found.published_at.value[:10] == "2025-06-10"


@pytest.mark.parametrize(
    ("head", "free", "license_", "opt_out"),
    [
        (ld(article(isAccessibleForFree=True)), True, None, None),
        (ld(article(isAccessibleForFree="False")), False, None, None),
        (ld(article(hasPart={"@type": "WebPageElement", "isAccessibleForFree": False})), False, None, None),
        ("<meta property='article:content_tier' content='metered'>", False, None, None),
        ("<link rel=license href=https://cc.example/by>", None, "https://cc.example/by", None),
        (ld(article(license={"url": "https://cc.example/by"})), None, "https://cc.example/by", None),
        ("<meta name=tdm-reservation content=1>", None, None, True),
        ("<meta name=tdm-reservation content=0>", None, None, False),
        ("<meta name=robots content='index, noai'>", None, None, True),
        ("<meta name=robots content='index, noimageai'>", None, None, None),
        ("", None, None, None),
    ],
)
def test_access(head: str, free: bool | None, license_: str | None, opt_out: bool | None) -> None:
    access = read(head).access
    assert (access.free, access.license, access.tdm_opt_out) == (free, license_, opt_out)


def test_a_reservation_may_stand_in_the_http_headers() -> None:
    assert read(tdm_reservation="1").access.tdm_opt_out is True
    assert read(x_robots_tag="noai, noimageai").access.tdm_opt_out is True


def test_pictures() -> None:
    figure = (
        "<figure><img src='data:x' data-src='/b.jpg'>"
        "<figcaption>The hall in Geneva. <span class=credit>Photo: Jane Doe/Agency</span></figcaption></figure>"
    )
    found = read("<meta property='og:image' content='/a.jpg'>", f"<h1>{TITLE}</h1>{figure}")
    assert found.images == [
        Image(url="https://gazette.example/a.jpg", caption=None, credit=None),
        Image(
            url="https://gazette.example/b.jpg",
            caption="The hall in Geneva. Photo: Jane Doe/Agency",
            credit="Jane Doe/Agency",
        ),
    ]


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("The hall. Photo by Jane Doe", "Jane Doe"),
        ("The hall. © Jane Doe", "Jane Doe"),
        ("Die Halle. Foto: Erika Muster", "Erika Muster"),
        ("The hall (Credit: Jane Doe)", "Jane Doe"),
        ("Photographs of the hall", None),
        ("The hall", None),
    ],
)
def test_credits(caption: str, credit: str | None) -> None:
    match = pictures.CREDIT.search(caption)
    assert (match[1] if match else None) == credit


# ------------------------------------------------------------------------------------------------------------- choice


def test_probabilities_are_those_of_the_candidates_and_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "weights", lambda _: {"good": 2.0, "none": 1.0})
    shares = choice.probabilities("title", [{"good": 1.0}, {"unknown": 1.0}])
    assert shares == [0.665, 0.09]
    assert choice.probabilities("title", []) == []
