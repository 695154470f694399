"""Aggregators' pages: the story, and each related story, whatever the words and the language."""

from typing import Any

import pytest

from streams.clean.extraction import Extraction
from streams.clean.plain import layout
from streams.clean.times import parse_timestamp
from tests.clean import aggregator
from tests.clean.aggregator import ENGLISH, OTHERS, STORY, TITLE

BASE = parse_timestamp("2025-06-12T09:00:00Z")
GERMAN = {
    "hashtags": "Schlagwörter",
    "promo": ["Testen Sie unsere KI-Funktionen"],
    "comments": "Kommentare",
    "none": "Noch keine Kommentare …",
    "related": "Ähnliche Artikel:",
    "ages": ["vor 2 Stunden", "gestern", "11.06.2025"],
}
ARABIC = {
    "hashtags": "هاشتاغز",
    "promo": ["جرب ميزات الذكاء الاصطناعي لدينا", "اكتشف ما يمكن أن يفعله Daily8 AI من أجلك:"],
    "comments": "التعليقات",
    "none": "لا يوجد تعليقات بعد...",
    "related": "أخبار ذات صلة",
    "ages": ["منذ 5 ساعات", "منذ يوم واحد", "منذ 2 دقائق"],
}
INVENTED = {  # in no table
    "hashtags": "Zorbiloj",
    "promo": ["Provlu niajn trikojn", "Vidlu kion ili faras por vi:"],
    "comments": "Paroladoj",
    "none": "Neniu parolis...",
    "related": "Similaj pecoj",
    "ages": ["2 horplu tagu", "5 horplu tagu", "7 horplu tagu"],
}


def read(text: str) -> Extraction:
    found = layout.extract(layout.read_lines(text), BASE)
    assert found is not None
    return found


def check(found: Extraction, words: dict[str, Any], *, tags: tuple[str, ...] = ("#Harbour", "#G7")) -> None:
    assert found.title == TITLE
    assert found.paragraphs == STORY
    assert tuple(found.hashtags) == tags
    assert [(s.source, s.age_text, s.title, " ".join(s.text)) for s in found.related] == [
        (source, age, title, text) for (source, title, text), age in zip(OTHERS, words["ages"], strict=True)
    ]


@pytest.mark.parametrize("words", [ENGLISH, GERMAN, ARABIC, INVENTED], ids=["english", "german", "arabic", "invented"])
@pytest.mark.parametrize("bullet", ["- ", "• ", "via ", "Source: ", "> ", "@"])
@pytest.mark.parametrize("category", [None, "Politics"])
@pytest.mark.parametrize("tight", [False, True])
def test_words_bullets_and_gaps_do_not_matter(
    words: dict[str, Any], bullet: str, category: str | None, *, tight: bool
) -> None:
    check(read(aggregator.page(words, bullet=bullet, category=category, tight=tight)), words)


@pytest.mark.parametrize("tags", ["#Harbour#G7", "#Harbour, #G7", "#Harbour\n#G7"], ids=["glued", "commas", "lines"])
def test_hashtags_in_any_form(tags: str) -> None:
    check(read(aggregator.page(tags=tags)), ENGLISH)


def test_no_hashtags() -> None:
    check(read(aggregator.page(tags=None)), ENGLISH, tags=())
    check(read(aggregator.page(tags="")), ENGLISH, tags=())


def test_markers_inside_the_story_stay() -> None:
    traps = ["Comments", "Two hours ago", "- Reuters", "Try our AI features, the advert had promised.", STORY[1]]
    found = read(aggregator.page(story=[STORY[0], *traps]))
    assert found.paragraphs == [STORY[0], *traps]
    assert len(found.related) == len(OTHERS)


def test_comments_are_counted_and_cut() -> None:
    threads = [("Tom", "a minute ago", "Where are the Related Articles?"), ("Μαρία", "17-10-2025", "😂😂😂")]
    found = read(aggregator.page(threads=threads))
    check(found, ENGLISH)
    assert found.comments_count == 2


@pytest.mark.parametrize("bullet", ["- ", ""])
def test_one_commenter_who_comments_twice_is_no_source(bullet: str) -> None:
    threads = [("Tom", "a minute ago", "First!"), ("Tom", "15 days ago", "Second!")]
    check(read(aggregator.page(threads=threads, bullet=bullet)), ENGLISH)


def test_no_comments_is_zero() -> None:
    assert read(aggregator.page()).comments_count == 0


def test_a_title_that_looks_like_an_age() -> None:
    others = [(OTHERS[0][0], "3 hours ago", OTHERS[0][2]), *OTHERS[1:]]
    assert read(aggregator.page(others=others)).related[0].title == "3 hours ago"


def test_a_related_story_without_text() -> None:
    others = [*OTHERS[:2], (OTHERS[2][0], OTHERS[2][1], "")]
    found = read(aggregator.page(others=others, after=["", "© 2025 Daily8. All rights reserved.", "Advertisement"]))
    assert found.related[2].text == []
    assert found.related[2].title == OTHERS[2][1]


def test_advertisements_in_the_story_and_below_go() -> None:
    story = [STORY[0], "Advertisement", STORY[1], "ADVERTISEMENT"]
    check(read(aggregator.page(story=story, after=["", "Subscribe to our newsletter"])), ENGLISH)


def test_header_with_glued_source_and_date() -> None:
    found = read(aggregator.page(before=["logo", TITLE, ""], story=["The Star21-10-2025", *STORY]))
    check(found, ENGLISH)
    assert found.published_at is not None
    assert found.published_at.value == "2025-10-21T00:00:00Z"


def test_a_brief_without_body() -> None:
    found = read(aggregator.page(story=[]))
    assert found.title == TITLE
    assert found.paragraphs == []
    assert len(found.related) == len(OTHERS)


def test_without_related_stories_the_markers_still_cut() -> None:
    found = read(aggregator.page(others=[]))
    assert found.paragraphs == STORY
    assert found.related == []


def test_plain_prose_is_no_aggregator() -> None:
    assert layout.extract(layout.read_lines("\n".join([TITLE, *STORY])), BASE) is None


def test_every_cut_line_has_its_reason() -> None:
    text = aggregator.page()
    found = read(text)
    kept = {found.title, *found.paragraphs}
    cut = {cut.text for cut in found.cut}
    assert all(cut.reason for cut in found.cut)
    assert {line.text for line in layout.read_lines(text)} - kept <= cut | {f"- {source}" for source, _, _ in OTHERS}
