"""Aggregators' pages in shapes and words of many kinds: nothing here names an aggregator that exists."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.clean.extraction import Extraction
from streams.clean.plain import layout, tail, teasers
from tests.clean.aggregator import OTHERS, STORY, TITLE
from tests.clean.test_layout import BASE

Words = dict[str, Any]

LANGUAGES: dict[str, Words] = {
    "english": {
        "hashtags": "Topics",
        "promo": ["Get the app"],
        "comments": "Discussion (0)",
        "none": "Be the first to comment",
        "related": "More like this",
        "ages": ["3h ago", "yesterday", "Jun 9"],
    },
    "french": {
        "hashtags": "Mots-clés :",
        "promo": [],
        "comments": "Réactions",
        "none": "Soyez le premier à réagir",
        "related": "À lire aussi",
        "ages": ["il y a 3 heures", "hier", "12 juin 2025"],
    },
    "spanish": {
        "hashtags": "Etiquetas",
        "promo": ["Descarga nuestra app"],
        "comments": "Comentarios",
        "none": "Sé el primero en comentar",
        "related": "Te puede interesar",
        "ages": ["hace 2 horas", "ayer", "10/06/2025"],
    },
    "russian": {
        "hashtags": "Теги",
        "promo": [],
        "comments": "Комментарии",
        "none": "Комментариев пока нет",
        "related": "Читайте также",
        "ages": ["2 часа назад", "вчера", "10 июня 2025"],
    },
    "arabic": {
        "hashtags": "الوسوم",
        "promo": [],
        "comments": "التعليقات",
        "none": "لا توجد تعليقات",
        "related": "اقرأ أيضا",
        "ages": ["منذ ٥ ساعات", "أمس", "2025-06-10"],
    },
    "japanese": {
        "hashtags": "タグ",
        "promo": [],
        "comments": "コメント",
        "none": "コメントはまだありません",
        "related": "関連記事",
        "ages": ["3時間前", "昨日", "2025年6月10日"],
    },
    "invented": {
        "hashtags": "Grelboj",
        "promo": ["Provu nian roboton", "Malfermu ĉi tie:"],
        "comments": "Klaĉejo",
        "none": "Neniu klaĉis...",
        "related": "Samspecaj aferoj",
        "ages": ["antaŭ 3 blofoj", "antaŭ 5 blofoj", "antaŭ 9 blofoj"],
    },
}
Shape = Callable[[str, str, str, str], list[str]]
TWICE: dict[str, Shape] = {
    "bullet": lambda source, age, title, text: [source, age, f"• {source}", title, text],
    "label": lambda source, age, title, text: [source, age, f"Origin: {source}", title, text],
    "bullets everywhere": lambda source, age, title, text: [f"▪ {source}", age, f"– {source}", title, text],
    "category and author": lambda source, age, title, text: [
        source,
        age,
        "By Jo Roe",
        "Sport",
        f"> {source}",
        title,
        text,
    ],
    "button below": lambda source, age, title, text: [source, age, f"({source})", title, text, "Show"],
    "rule below": lambda source, age, title, text: [source, age, f"via {source}", title, text, "* * *"],
}
ONCE: dict[str, Shape] = {
    "source · age": lambda source, age, title, text: [f"{source} · {age}", title, text],
    "age | source": lambda source, age, title, text: [f"{age} | {source}", title, text],
    "title first": lambda source, age, title, text: [title, f"{source}, {age}", text],
    "source and age last": lambda source, age, title, text: [title, text, f"{source} - {age}"],
    "two lines": lambda source, age, title, text: [source, age, title, text],
    "age first": lambda source, age, title, text: [age, source, title, text],
}


def page(words: Words, shape: Shape, *, tags: list[str], gap: int, heading: bool = True) -> str:
    lines = [TITLE, *STORY]
    if tags:
        lines += [words["hashtags"], *tags, ""]
    lines += [*words["promo"], words["comments"], words["none"], *([words["related"]] if heading else [])]
    for (source, title, text), age in zip(OTHERS, words["ages"], strict=True):
        lines += [*[""] * gap, *shape(source, age, title, text)]
    return "\n".join(lines)


def read(text: str) -> Extraction:
    found = layout.extract(layout.read_lines(text), BASE)
    assert found is not None
    return found


def check(found: Extraction, words: Words) -> None:
    assert (found.title, found.paragraphs) == (TITLE, STORY)
    assert [(s.source, s.age_text, s.title, s.text) for s in found.related] == [
        (source, age, title, [text]) for (source, title, text), age in zip(OTHERS, words["ages"], strict=True)
    ]


@pytest.mark.parametrize("gap", [0, 1])
@pytest.mark.parametrize("shape", TWICE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_source_that_stands_twice(language: str, shape: str, gap: int) -> None:
    found = read(page(LANGUAGES[language], TWICE[shape], tags=["#Harbour", "#日本"], gap=gap))
    check(found, LANGUAGES[language])
    assert found.hashtags == ["#Harbour", "#日本"]


@pytest.mark.parametrize("gap", [0, 1])
@pytest.mark.parametrize("shape", ONCE)
@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "invented"])
def test_a_source_that_stands_once(language: str, shape: str, gap: int) -> None:
    found = read(page(LANGUAGES[language], ONCE[shape], tags=["#Harbour · #G7"], gap=gap))
    check(found, LANGUAGES[language])
    assert found.hashtags == ["#Harbour", "#G7"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_may_be_missing(language: str) -> None:
    words = LANGUAGES[language]
    check(read(page(words, TWICE["bullet"], tags=[], gap=1)), words)
    check(read(page(words, TWICE["label"], tags=["#G7"], gap=1, heading=language == "invented")), words)


def test_titles_alone_below_a_known_heading() -> None:
    titles = [title for _, title, _ in OTHERS]
    found = read("\n".join([TITLE, *STORY, "Read also", *(f"• {title}" for title in titles), "", "Privacy policy"]))
    assert found.paragraphs == STORY
    assert [(s.source, s.title, s.text) for s in found.related] == [(None, title, []) for title in titles]


def test_titles_and_texts_in_turn_below_a_known_heading() -> None:
    pairs = [part for _, title, text in OTHERS for part in (title, text)]
    found = read("\n".join([TITLE, *STORY, "Related Articles", *pairs]))
    assert [(s.title, s.text) for s in found.related] == [(title, [text]) for _, title, text in OTHERS]


@pytest.mark.parametrize(
    "header", [["logo"], ["Home › World › Europe"], ["emblemo", TITLE], ["The Star", "3 hours ago"], ["Menu", "Search"]]
)
def test_what_stands_above_the_title_is_no_title(header: list[str]) -> None:
    text = page(LANGUAGES["english"], TWICE["bullet"], tags=["#G7"], gap=1)
    check(read("\n".join([*header, text])), LANGUAGES["english"])


def test_advertisements_in_words_that_are_not_known() -> None:
    words = LANGUAGES["invented"]
    text = page(words, TWICE["bullet"], tags=["#G7"], gap=1)
    check(read(text.replace(STORY[1], f"REKLAMO\n{STORY[1]}")), words)


def test_a_promotion_of_sentences_below_the_hashtags() -> None:
    words = LANGUAGES["english"] | {"promo": ["The best of the news, every morning.", "Unsubscribe any time you like."]}
    check(read(page(words, TWICE["bullet"], tags=["#G7"], gap=1)), words)


def test_one_story_with_an_age_in_words_that_are_not_known() -> None:
    source, title, text = OTHERS[0]
    (found,) = read(
        "\n".join([TITLE, *STORY, "Samspecaj aferoj", source, "antaŭ 3 blofoj", f"- {source}", title, text])
    ).related
    assert (found.source, found.age_text, found.title, found.text) == (source, "antaŭ 3 blofoj", title, [text])


def test_a_single_name_that_stands_twice_is_no_related_story() -> None:
    lines = [TITLE, *STORY, "Whey", "2 cups of milk", "Recipe: Whey", "Stir well, and drink it before it is cold."]
    assert layout.extract(layout.read_lines("\n".join(lines)), BASE) is None


def test_sections_below_the_related_stories() -> None:
    words = LANGUAGES["english"] | {"promo": [], "comments": "", "none": "", "hashtags": ""}
    below = ["", "Topics", "#G7 #Harbour", "Comments", "No comments yet"]
    found = read("\n".join([page(words, TWICE["bullet"], tags=[], gap=1), *below]))
    check(found, words)
    assert (found.hashtags, found.comments_count) == (["#G7", "#Harbour"], 0)


def test_tags_without_the_sign() -> None:
    found = read(page(LANGUAGES["english"], TWICE["bullet"], tags=["Harbour, Climate change, G7"], gap=1))
    assert found.hashtags == ["#Harbour", "#Climatechange", "#G7"]


def test_hashtags_above_the_story() -> None:
    found = read(
        "\n".join([TITLE, "#Harbour #G7", *STORY, "Related", "", *OTHERS[0][:1], "2 hours ago", "- Reuters", "X"])
    )
    assert (found.hashtags, found.paragraphs) == (["#Harbour", "#G7"], STORY)


def test_comments_are_not_related_stories() -> None:
    thread = ["Discussion", "Tom", "2 hours ago", "Well said, I think.", "Ann", "yesterday", "No, it is not like that."]
    found = read("\n".join([TITLE, *STORY, *thread]))
    assert (found.paragraphs, found.related, found.comments_count) == (STORY, [], 2)


def test_comments_of_two_lines_are_not_related_stories() -> None:
    thread = [
        "Discussion",
        "Tom",
        "2 hours ago",
        "Well said I think",
        STORY[0],
        "Ann",
        "yesterday",
        "Not at all",
        STORY[1],
    ]
    assert read("\n".join([TITLE, *STORY, *thread])).related == []


def test_one_related_story_below_a_known_heading() -> None:
    source, title, text = OTHERS[0]
    (found,) = read("\n".join([TITLE, *STORY, "Read also", f"{source} · 3h", title, text])).related
    assert (found.source, found.age_text, found.title, found.text) == (source, "3h", title, [text])


def test_a_source_that_looks_like_an_age() -> None:
    lines = [TITLE, *STORY, "Related", "20 Minutes", "vor 2 Stunden", "- 20 Minutes", *OTHERS[0][1:]]
    assert [(s.source, s.age_text) for s in read("\n".join(lines)).related] == [("20 Minutes", "vor 2 Stunden")]


FIGURES = ["Nine months", "Shr 2.10 dlrs vs 2.20 dlrs", "Net 44.1 mln vs 46.2 mln", "Revs 3.2 billion vs 3.4 billion"]
WRAPPED = [
    "Rates rose to as high as six pct from five",
    "yesterday, and the demand of the banks went on into the",
    "afternoon, with one month rising to around six pct",
    "yesterday.",
    "Three months edged up, too, as some banks were short of",
    "yesterday, and of money for the day.",
]


@pytest.mark.parametrize("rows", [[*FIGURES, "12 months", *FIGURES[1:]], WRAPPED])
def test_figures_and_wrapped_prose_are_no_related_stories(rows: list[str]) -> None:
    found = layout.extract(layout.read_lines("\n".join(["Harbour Co 3rd qtr net", *FIGURES[1:], *rows])), None)
    assert found is None


def test_a_timetable_is_no_related_story() -> None:
    days = [part for day in range(1, 9) for part in (f"June {day}, 2025", f"{STORY[0]} It was day {day}.")]
    assert layout.extract(layout.read_lines("\n".join([TITLE, *STORY, *days])), BASE) is None


@pytest.mark.parametrize(
    ("line", "source", "age", "title"),
    [
        ("Reuters · 3h", "Reuters", "3h", None),
        ("3h • Reuters", "Reuters", "3h", None),
        ("Reuters (2 hours ago)", "Reuters", "2 hours ago", None),
        ("Reuters, June 12, 2025", "Reuters", "June 12, 2025", None),
        ("The Star 3 hours ago", "The Star", "3 hours ago", None),
        ("20 Minutes - 12 Jun 2025", "20 Minutes", "12 Jun 2025", None),
        ("Reuters | 3h ago | 4 min read", "Reuters", "3h ago", None),
        ("Reuters — 3h ago — The talks on the harbour go on", "Reuters", "3h ago", "The talks on the harbour go on"),
        ("yesterday", None, "yesterday", None),
    ],
)
def test_source_and_age_in_a_line(line: str, source: str | None, age: str, title: str | None) -> None:
    read_ = teasers.split(line)
    assert read_ is not None
    assert (read_[0], read_[1], read_[3]) == (source, age, title)


@pytest.mark.parametrize("line", ["Reuters", "The talks, the minister said, go on", STORY[0], "#G7 · 3h", ""])
def test_no_source_and_age(line: str) -> None:
    assert teasers.split(line) is None


_LINE = st.sampled_from(
    [
        "Reuters",
        "- Reuters",
        "2 hours ago",
        "Reuters · 3h",
        "#G7 #EU",
        "Tags",
        "Comments",
        "Related",
        "-----",
        "Ad",
        "5",
        "•",
        TITLE,
        *STORY,
        "",
        "",
    ]
)


@given(st.lists(_LINE, max_size=40))
def test_no_line_is_lost_and_none_stands_twice(texts: list[str]) -> None:
    lines = layout.read_lines("\n".join(texts))
    found = layout.extract(lines, BASE)
    if found is None:
        return
    printed = "\n".join(line.text for line in lines)
    kept = [found.title or "", *found.paragraphs]
    assert all(paragraph in printed for paragraph in kept)
    assert len(kept) + len(found.cut) >= sum(not layout.is_rule(line.text) for line in lines)
    for story in found.related:
        assert story.title is None or story.title in printed


def test_a_long_page_takes_linear_time() -> None:
    lines = layout.read_lines("\n".join(["Reuters", "2 hours ago", "- Reuters", TITLE] * 20_000))
    assert len(layout.extract(lines, BASE).related) == 20_000  # type: ignore[union-attr]
    assert tail.read(layout.read_lines("\n".join(["Tom", "yesterday", "Yes."] * 20_000)), []).comments is not None
