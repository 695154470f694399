"""Who an article is: the same id for the same page on every machine, another one for another page."""

import base64
import hashlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.identity import article_id, event_id, folded, lane, normal_url, page_key, short_hash, text_sha256

# Written once and kept: a change of any of them gives every known article another id.
GOLDEN = {
    ("https://harbour.example/a", None, None, ()): "aovux57er3zbdmccacl26d5jxa",
    (None, "Harbour Post", "A pier", ("It is to be rebuilt.",)): "x4eu6iwneuyteckqzstgq2xuca",
    (None, None, None, ()): "lzpec7x4ubhlsnnv76ogrs67he",
}
SAME_PAGE = [
    "https://harbour.example/pier?id=7",
    "  https://harbour.example/pier?id=7\n",
    "HTTPS://Harbour.Example/pier?id=7",
    "https://harbour.example:443/pier?id=7",
    "https://harbour.example/pier?id=7#comments",
    "https://harbour.example/pier?utm_source=mail&id=7&utm_medium=x",
    "https://harbour.example/pier?fbclid=abc&id=7&gclid=x",
]
OTHER_PAGES = [
    "https://harbour.example/pier",
    "https://harbour.example/pier?id=8",
    "https://harbour.example/pier?ID=7",
    "https://harbour.example/Pier?id=7",
    "https://harbour.example/pier?id=7&page=2",
    "https://news.harbour.example/pier?id=7",
    "https://harbour.example:8443/pier?id=7",
]
ODD = "aA1:/?#[]@!$&'()*+,;=%.é中\ud800\u200b \t\n-"
ODD_URLS = st.text() | st.builds(
    "{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP:", "//", "http://[", "mailto:", "http://a:b@", "https://xn--"]),
    st.text(alphabet=ODD, max_size=30),
    st.sampled_from(["", "?id=7", "?a=1;b=2&a", "#x", ":99999999", ":http", "/%zz%", "?\x00"]),
)


@pytest.mark.parametrize("named", GOLDEN)
def test_an_id_is_what_it_always_was(named: tuple[str | None, str | None, str | None, tuple[str, ...]]) -> None:
    assert article_id(*named) == GOLDEN[named]


@given(st.none() | st.text(), st.none() | st.text(), st.none() | st.text(), st.lists(st.text(), max_size=3))
def test_an_id_is_26_characters_base32(
    url: str | None, source: str | None, title: str | None, paragraphs: list[str]
) -> None:
    name = article_id(url, source, title, paragraphs)
    assert len(name) == 26
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz234567")


@given(st.lists(st.text(), max_size=4))
def test_a_short_hash_is_base32_of_blake2b(parts: list[str]) -> None:
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
    assert short_hash(*parts) == base64.b32encode(digest).decode().rstrip("=").lower()


@given(st.text() | st.text(alphabet="aB1_ ,.'’“–…\u00a0\nßıİﬁ日ª", max_size=30))
def test_folded_is_the_words_in_one_case_and_width(text: str) -> None:
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    assert folded(text) == " ".join(words)


def test_a_page_has_one_id_under_all_its_addresses() -> None:
    assert {normal_url(url) for url in SAME_PAGE} == {"https://harbour.example/pier?id=7"}
    assert len({article_id(url, None, None, ()) for url in SAME_PAGE}) == 1


def test_other_pages_have_other_ids() -> None:
    pages = [SAME_PAGE[0], *OTHER_PAGES]
    assert len({article_id(url, None, None, ()) for url in pages}) == len(pages)


SAME_ARTICLE = [
    "https://harbour.example/pier.html?id=7",
    "http://harbour.example/pier.html?id=7",
    "https://www.harbour.example/pier.html?id=7",
    "https://www.harbour.example/pier.amp.html?id=7&utm_source=x",
    "https://harbour.example/amp/pier.html?id=7",
    "https://harbour.example/pier.html?amp=1&id=7",
    "https://amp.harbour.example/pier.html/amp/?id=7",
    "https://m.harbour.example/pier.html?id=7&outputType=amp",
    "https://www.google.com/amp/s/harbour.example/pier.html?id=7",
    "https://harbour-example.cdn.ampproject.org/c/s/harbour.example/pier.html?id=7",
]
OTHER_ARTICLES = [
    "https://harbour.example/pier.html?id=7&camp=1",
    "https://harbour.example/camp/pier.html?id=7",
    "https://harbour.example/pier.html/ramp?id=7",
    "https://me.harbour.example/pier.html?id=7",
    "https://news.harbour.example/pier.html?id=7",
    "https://m.example/pier.html?id=7",
    "https://www.google.com/amps/harbour.example/pier.html?id=7",
    "https://m.harbour.example/",
    "https://harbour.example/",
    "https://harbour.example/amp",
    "ftp://harbour.example/pier.html?id=7",
]


def test_an_article_has_one_id_in_all_the_forms_that_its_site_serves() -> None:
    assert {page_key(url) for url in SAME_ARTICLE} == {SAME_ARTICLE[0]}
    assert len({article_id(url, None, None, ()) for url in SAME_ARTICLE}) == 1


def test_what_only_looks_like_another_form_is_another_article() -> None:
    urls = [SAME_ARTICLE[0], *OTHER_ARTICLES]
    assert len({article_id(url, None, None, ()) for url in urls}) == len(urls)


def test_a_url_alone_names_the_article() -> None:
    assert article_id("https://harbour.example/a", "Post", "A", ("b",)) == article_id(
        "https://harbour.example/a", None, None, ()
    )


def test_without_a_url_source_title_and_text_name_it() -> None:
    named = article_id(None, "Post", "A pier", ("It falls.", "It rises."))
    assert named == article_id("", " POST ", "a  Pier!", ("it falls it rises",))
    others: list[tuple[str, str, tuple[str, ...]]] = [
        ("Other", "A pier", ("It falls.", "It rises.")),
        ("Post", "The pier", ("It falls.", "It rises.")),
    ]
    others += [("Post", "A pier", ("It falls.",)), ("Post A", "pier", ("It falls.", "It rises."))]
    assert named not in {article_id(None, *other) for other in others}


@pytest.mark.parametrize("query", ["{}", "cid={}", "eid={}", "gallery={}", "game={}", "reference={}", "keyword={}"])
def test_a_parameter_that_is_no_tracker_stays(query: str) -> None:
    assert len({normal_url(f"https://harbour.example/pier?{query.format(number)}") for number in (7, 8)}) == 2


@given(ODD_URLS)
def test_no_url_raises(url: str) -> None:
    assert len(article_id(url, None, None, ())) == 26


@given(st.text(alphabet=ODD), st.text(alphabet=ODD))
def test_a_normal_url_stays_as_it_is(path: str, query: str) -> None:
    """`newsflow takedown` may be given what an event shows as `canonical_url`."""
    normal = normal_url(f"https://harbour.example/{path}?{query}")
    assert normal_url(normal) == normal


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert folded(f"  {text.upper()}…") == folded(text.upper())
    assert once == " ".join(once.split())


def test_case_width_punctuation_and_white_space_do_not_tell_texts_apart() -> None:
    assert folded("Ｔｈｅ “Straße”—ﬁne,\u00a0 THAT_is!\n") == "the strasse fine that is"
    assert folded("Pier 4.2") != folded("Pier 4.3")


def test_hashes_keep_their_parts_apart() -> None:
    assert short_hash("ab", "c") != short_hash("a", "bc")
    assert event_id("ab", "c") != event_id("a", "bc")
    assert len(event_id("clean")) == 32


def test_text_hash_knows_the_headline() -> None:
    assert text_sha256("A", ["b"]) != text_sha256("B", ["b"])
    assert text_sha256(None, ["b"]) == hashlib.sha256(b"\nb").hexdigest()


def test_a_lane_is_the_language_or_else_the_source() -> None:
    assert [lane(code, "Post.example") for code in ("en", "en-GB", "zh-Hant-TW")] == ["en", "en", "zh"]
    assert lane("und", "Post.example") == "post.example"
    assert lane("und", None) == "und"
    assert lane("und", "x" * 253) == "x" * 253
    assert len(lane("und", "x" * 254)) == 26
