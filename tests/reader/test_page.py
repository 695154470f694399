"""The reader in a real browser: what it shows, live, by keyboard, for hostile articles, and for ten thousand."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.reader.conftest import INGESTED, MOST, Served, Tab, duplicate, enriched, name_of

EVIL = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>\"'&lt;b&gt;\u202eolleh"


def titles(page: Page) -> list[str]:
    return page.locator(".headline").all_inner_texts()


def fill(served: Served, count: int) -> None:
    for number in range(1, count + 1):
        served.enter(number)


def test_the_newest_article_is_first_with_its_source_time_summary_and_hashtags(served: Served, tab: Tab) -> None:
    fill(served, 3)
    page = tab.open()
    assert titles(page) == ["Council meets on day 3", "Council meets on day 2", "Council meets on day 1"]
    first = page.locator(".articles > li").first
    assert first.locator(".meta").inner_text() == "Paper 3 · 7 Jun 2025, 11:22"
    assert first.locator(".summary").inner_text() == "The council of Wick met"
    assert first.locator(".tags").inner_text().split() == ["#Wick", "#Day3"]
    assert page.locator("#state").inner_text() == "3 articles · live"


def test_hashtags_sections_sources_names_and_words_narrow_the_list(served: Served, tab: Tab) -> None:
    fill(served, 3)
    offsets = [{"paragraph": 0, "start": 2, "end": 8}]
    name = {"text": "Amélie", "type": "person", "offsets": offsets, "score": 0.9}
    sport = {"id": "medtop:15000000", "name": "sport", "top_level": "sport", "confidence": 0.9}
    value = enriched(9, "Cup won", text="𝒜 Amélie won.", topics=[sport], hashtags=["#Cup"], entities=[name])
    served.enter(9, value)
    page = tab.open()
    page.click(".tags >> text=#Day2")
    expect(page.locator(".headline")).to_have_count(1)
    assert titles(page) == ["Council meets on day 2"]
    assert page.locator("h1").inner_text().startswith("1 article")
    page.click(".filter")
    expect(page.locator(".headline")).to_have_count(4)
    page.click("#sections >> text=sport")
    expect(page.locator(".headline")).to_have_count(1)
    page.click(".headline")
    # Offsets count code points: 𝒜 is one, and two of JavaScript's units.
    page.wait_for_selector(".text")
    assert page.locator(".text .name").inner_text() == "Amélie"
    page.click(".text .name")
    page.wait_for_selector(".filter")
    assert titles(page) == ["Cup won"]
    page.fill("#q", "AMÉLIE won")
    page.press("#q", "Enter")
    page.wait_for_selector(".filter >> text=“AMÉLIE won”")
    assert titles(page) == ["Cup won"]
    page.fill("#q", "nowhere to be found")
    page.press("#q", "Enter")
    page.wait_for_selector(".empty")


def test_an_article_shows_its_copies_with_the_evidence_and_how_it_was_decided(served: Served, tab: Tab) -> None:
    relation = {"text": None, "age_text": "2 hours ago", "published_at": None, "url": None, "source": "Bote"}
    served.enter(1)
    made = enriched(
        2,
        related=[{"article_id": name_of(1), "title": "Council meets on day 1", **relation}],
        dedupe={"verdict": "revision", "nearest": [{"article_id": name_of(1), "similarity": 0.41}]},
        revision=2,
        removed=[{"kind": "nav", "chars": 1200}],
        provenance={"title": {"method": "h1 + title", "confidence": 0.93}},
    )
    served.enter(2, made)
    served.do(lambda shelf: shelf.enter_copy(duplicate(50, 2)))
    page = tab.open()
    assert page.locator(".articles > li").first.locator(".note").all_inner_texts() == ["revision 2", "1 copy"]
    page.click(".headline >> text=day 2")
    page.wait_for_selector("#copies")
    copies = page.locator("#copies")
    assert "Copying Post · the same story with changes, 93% alike" in copies.inner_text()
    copies.locator("summary").click()
    assert copies.locator("blockquote").inner_text() == "The council of Wick met"
    assert copies.locator("a").get_attribute("href") == "https://copy.example/50"
    assert "Council meets on day 1" in page.locator("aside").inner_text()
    page.click("#decided summary")
    decided = page.locator("#decided").inner_text()
    for said in ("h1 + title", "93%", "Revision 2 of a known story", "nav (1,200 characters)", "0.1.0+test", "41%"):
        assert said in decided
    page.click("aside a >> text=Council meets on day 1 >> nth=0")
    page.wait_for_selector("h1 >> text=day 1")
    page.go_back()
    page.wait_for_selector("h1 >> text=day 2")


def test_articles_come_change_and_go_live(served: Served, tab: Tab) -> None:
    fill(served, 2)
    page = tab.open()
    page.wait_for_selector("[data-state=live]")
    served.enter(3)
    page.wait_for_selector("text=Council meets on day 3")
    assert titles(page)[0] == "Council meets on day 3"
    assert page.locator("#announce").inner_text() == "1 new article"
    served.enter(1, enriched(1, "Council has met"), arrived=INGESTED + 10)
    page.wait_for_selector("text=Council has met")
    assert titles(page) == ["Council has met", "Council meets on day 3", "Council meets on day 2"]
    served.enter(4, enriched(4, supersedes=[name_of(2)]), arrived=INGESTED + 11)
    page.wait_for_selector("text=Council meets on day 4")
    page.wait_for_selector("text=Council meets on day 2", state="detached")
    page.click("text=Council meets on day 3")
    page.wait_for_selector(".story")
    served.enter(3, None)
    page.wait_for_selector("text=This article is no longer here.")
    page.click("#main >> text=All articles")
    page.wait_for_selector(".articles")
    assert titles(page) == ["Council meets on day 4", "Council has met"]


def test_who_reads_further_down_is_told_of_news_and_not_moved(served: Served, tab: Tab) -> None:
    fill(served, 40)
    page = tab.open()
    page.evaluate("window.scrollTo(0, 1500)")
    page.wait_for_timeout(200)
    before = titles(page)
    for number in (41, 42):
        served.enter(number)
    page.wait_for_selector("#fresh >> text=2 new articles")
    assert titles(page) == before
    page.keyboard.press("n")
    page.wait_for_selector("text=Council meets on day 42")
    assert page.evaluate("window.scrollY") == 0


def test_a_reader_that_was_started_anew_is_found_again(browser: Browser) -> None:
    with Served() as first:
        fill(first, 5)
        context = browser.new_context()
        page = Tab(context, first.url).open()
        page.wait_for_selector("[data-state=live]")
        port = int(first.url.rstrip("/").rpartition(":")[2])
    page.wait_for_selector("[data-state=reconnecting]")
    with Served(port) as second:
        second.enter(9)
        page.wait_for_selector("text=Council meets on day 9")
        page.wait_for_selector("[data-state=live]")
        assert titles(page) == ["Council meets on day 9"]
        assert page.locator("#state").inner_text() == "1 article · live"
        context.close()


def test_words_of_strangers_stay_words(served: Served, tab: Tab) -> None:
    name = {"text": EVIL, "type": "person", "offsets": [{"paragraph": 0, "start": 0, "end": 9}], "score": 1}
    made = enriched(
        1,
        EVIL,
        text=EVIL,
        url="javascript:document.title='pwned'",
        canonical_url=None,
        source={"name": EVIL, "domain": None, "kind": "publisher"},
        hashtags=[f"#{EVIL}"],
        authors=[EVIL],
        entities=[name, {**name, "offsets": [{"paragraph": 7, "start": 5, "end": 2}]}],
        topics=[{"id": EVIL, "name": EVIL, "top_level": EVIL, "confidence": 1}],
        keywords=[{"text": EVIL, "score": 1}],
        provenance={EVIL: {"method": EVIL, "confidence": 1}},
        missing=[EVIL],
        language="ar-xx",
        related=[
            {
                "article_id": name_of(7),
                "title": EVIL,
                "source": EVIL,
                "age_text": EVIL,
                "published_at": None,
                "text": EVIL,
                "url": "data:text/html,<script>alert(1)</script>",
            }
        ],
    )
    served.enter(1, made)
    passage = {"paragraph": 0, "start": 0, "end": 1, "text": EVIL}
    copy = duplicate(2, 1, title=EVIL, url=" javascript:alert(1)", shared_passages=[passage])
    served.do(lambda shelf: shelf.enter_copy(copy))
    page = tab.open()
    assert titles(page) == [EVIL]
    for where in ("", f"#/a/{name_of(1)}", "#/?tag=%3Cscript%3Ealert(1)%3C/script%3E&q=%3Cb%3E&page=-1"):
        page = tab.open(where)
        page.wait_for_timeout(200)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.locator("main img, main script, main b, main iframe").count() == 0
        assert "pwned" not in page.title().replace(EVIL, "")
        links = page.evaluate("[...document.links].map((link) => link.protocol)")
        assert set(links) <= {"http:", "https:"}
    assert EVIL in tab.open(f"#/a/{name_of(1)}").locator(".text").inner_text()


def test_markup_of_a_stranger_would_not_run_even_if_it_got_in(tab: Tab) -> None:
    page = tab.open()
    with pytest.raises(Exception, match="TrustedHTML"):
        page.evaluate("document.getElementById('main').innerHTML = '<img src=x onerror=alert(1)>'")
    with pytest.raises(Exception, match="TrustedScript"):
        page.evaluate("document.getElementById('main').setAttribute('onclick', 'document.title = 1')")
    page.evaluate("fetch('https://elsewhere.example/').catch(() => 0)")
    assert any("Content Security Policy" in said for said in tab.complaints)
    tab.complaints.clear()
    tab.asked = [asked for asked in tab.asked if "elsewhere.example" not in asked]


def test_it_is_used_by_keyboard_alone(served: Served, tab: Tab) -> None:
    fill(served, 65)
    page = tab.open()
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.innerText") == "Council meets on day 64"
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=day 64")
    assert page.evaluate("document.activeElement.id") == "heading"
    page.keyboard.press("j")
    page.wait_for_selector("h1 >> text=day 63")
    page.keyboard.press("Escape")
    page.wait_for_selector(".articles")
    page.keyboard.press("]")
    page.wait_for_selector("text=2 of 3")
    assert titles(page)[0] == "Council meets on day 35"
    page.keyboard.press("[")
    page.wait_for_selector("text=1 of 3")
    page.keyboard.press("/")
    page.keyboard.type("jjj")  # typed, no command
    assert page.input_value("#q") == "jjj"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.uncheck("#keys")
    page.keyboard.press("Escape")
    focus = page.evaluate("document.activeElement.className")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") == focus
    page.reload()
    page.wait_for_selector(".articles")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") != "headline"


NAMELESS = """[...document.querySelectorAll('a, button:not([hidden]), input')].filter((each) =>
  !(each.textContent || each.getAttribute('aria-label') || each.labels?.[0]?.textContent || '').trim()).length"""
CONTRASTS = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (colour) => { const [r, g, b] = rgb(colour).map((c) => { c /= 255;
    return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('h1, h2, p, a, li, dt, dd, th, td, summary, button, time, span')]
    .filter((each) => each.innerText?.trim() && !each.closest('.fresh'))
    .map((each) => light(getComputedStyle(each).color)).map((ink) =>
      (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05)); })()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_can_be_read_by_everybody(browser: Browser, served: Served, scheme: Any, width: int) -> None:
    fill(served, 40)
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab = Tab(context, served.url)
    for where in ("", f"#/a/{name_of(3)}"):
        page = tab.open(where)
        assert page.evaluate(NAMELESS) == 0
        assert page.locator("h1").count() == 1
        assert min(page.evaluate(CONTRASTS)) >= 4.5  # WCAG 2.2, 1.4.3
        assert page.evaluate("document.documentElement.scrollWidth") <= width  # 1.4.10: no second scroll bar
        snapshot = page.locator("body").aria_snapshot()
        for landmark in ("banner", "main", "search", "navigation", "complementary", "contentinfo"):
            assert re.search(rf"- {landmark}\b", snapshot), (landmark, snapshot)
        assert page.locator("html").get_attribute("lang") == "en"
    context.close()


def test_ten_thousand_articles_are_fast_and_the_page_stays_small(served: Served, tab: Tab) -> None:
    values = [enriched(number) for number in range(1, MOST + 501)]

    def enter_all(shelf: Any) -> None:
        for number, value in enumerate(values, 1):
            shelf.enter(name_of(number), value, {}, number)

    served.do(enter_all)
    assert len(served.shelf) == MOST  # the oldest 500 went
    page = tab.open()
    assert page.locator(".articles > li").count() == 30
    assert page.locator("#state").inner_text() == "10,000 articles · live"
    begin = time.monotonic()
    page.fill("#q", "day 7777")
    page.press("#q", "Enter")
    page.wait_for_selector("h1 >> text=1 article")
    assert time.monotonic() - begin < 5  # 0.2 s on a machine that is not busy
    page = tab.open("#/?page=334")
    page.wait_for_selector("text=334 of 334")
    assert titles(page)[-1] == "Council meets on day 501"
    page = tab.open()
    for number in range(MOST + 501, MOST + 701):
        served.enter(number)
    page.wait_for_selector("text=Council meets on day 10700")
    assert page.locator(".articles > li").count() == 30
    assert page.evaluate("document.querySelectorAll('*').length") < 1500
    assert len(served.shelf._changes) <= 400
