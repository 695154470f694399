"""Copies with changes: what counts as one, which copy stands, in any script and order, and within which bounds."""

import os
import random
import time

import pytest

from streams.dedupe.stage import dedupe
from streams.dedupe.state import BUCKET, Arrival, View
from streams.events import Duplicate, UniqueArticle
from tests.dedupe.articles import VARIANTS, Judge, article

HOUR = 3_600_000
COPIES = int(os.environ.get("STORY_COPIES", "1000"))  # 10,000 take the same time each
WHOLE, CUT, EDITED, FULLER = VARIANTS
TITLE = "Council approves the budget after a long debate"


@pytest.fixture
def judge() -> Judge:
    return Judge()


def _told(outcome: UniqueArticle | Duplicate) -> str:
    return outcome.kind if isinstance(outcome, Duplicate) else outcome.dedupe.verdict


def words(seed: int, count: int) -> list[str]:
    """A text of its own: letters at random."""
    dice = random.Random(seed)
    return ["".join(dice.choices("abcdefghijklmnoprstuvwz", k=dice.randint(2, 9))) for _ in range(count)]


def test_edited_and_cut_copies_are_duplicates_of_the_first(judge: Judge) -> None:
    first = article("a", WHOLE, title=TITLE)
    told = [judge.visit(page) for page in (first, article("b", EDITED, title=TITLE), article("c", CUT, title=TITLE))]
    assert [_told(one) for one in told] == ["unique", "near", "contained"]
    assert {one.duplicate_of for one in told[1:] if isinstance(one, Duplicate)} == {first.article_id}


def test_evidence_stands_verbatim_in_both(judge: Judge) -> None:
    judge.visit(article("a", WHOLE, title=TITLE))
    told = judge.visit(article("b", EDITED, title=TITLE))
    assert isinstance(told, Duplicate)
    assert 0 < told.similarity < 1
    assert told.shared_passages
    for passage in told.shared_passages:
        assert EDITED[passage.paragraph][passage.start : passage.end] == passage.text
        assert any(passage.text in text for text in WHOLE)


def test_a_fuller_copy_takes_the_place_of_a_cut_one_in_the_same_story(judge: Judge) -> None:
    cut, fuller = article("a", CUT, title=TITLE), article("b", FULLER, title=TITLE)
    judge.visit(cut)
    told = judge.visit(fuller)
    assert isinstance(told, UniqueArticle)
    assert (told.dedupe.verdict, told.story_id, told.supersedes) == ("revision", cut.article_id, [cut.article_id])
    later = judge.visit(article("c", FULLER, title=TITLE))
    assert isinstance(later, Duplicate)
    assert later.duplicate_of == cut.article_id


@pytest.mark.parametrize("related_first", [True, False])
def test_a_page_and_its_teaser_elsewhere_are_one_story_in_either_order(judge: Judge, related_first: bool) -> None:
    page = article("own", WHOLE, title=TITLE)
    teaser = article("teaser", CUT, title=TITLE, part_of=article("other", []).article_id)
    told = [judge.visit(one) for one in ((teaser, page) if related_first else (page, teaser))]
    assert [_told(one) for one in told] == (["unique", "revision"] if related_first else ["unique", "contained"])
    assert len({one.story_id for one in told}) == 1


def test_a_teaser_under_the_pages_own_url_does_not_replace_the_page(judge: Judge) -> None:
    judge.visit(article("own", WHOLE, title=TITLE))
    told = judge.visit(article("own", CUT, title=TITLE, part_of=article("other", []).article_id))
    assert _told(told) == "contained"
    assert _told(judge.visit(article("own", WHOLE, title=TITLE))) == "revision_unchanged"
    assert _told(judge.visit(article("b", WHOLE, title=TITLE))) == "exact"


@pytest.mark.parametrize("related_first", [True, False])
def test_a_headline_alone_is_told_by_its_title(judge: Judge, related_first: bool) -> None:
    page = article("own", WHOLE, title=TITLE)
    bare = article("bare", [], title=TITLE, part_of=article("other", []).article_id)
    told = [judge.visit(one) for one in ((bare, page) if related_first else (page, bare))]
    assert [_told(one) for one in told] == (["unique", "revision"] if related_first else ["unique", "contained"])


def test_another_report_of_the_same_form_is_another_story(judge: Judge) -> None:
    form = (
        "{0} beat {1} {2}-{3} on Friday in front of a crowd of {4} at {0} Park. {5} scored in the {6}th minute. The "
        "result leaves {0} in {7}th place with {8} points from {9} matches, while {1} stay above the relegation places."
    )
    one = form.format("Norvik", "Storholm", 2, 1, 12450, "Ida Holm", 34, 5, 44, 29)
    two = form.format("Elverum", "Tarvik", 4, 3, 8120, "Per Dahl", 78, 11, 31, 27)
    told = [judge.visit(article("a", [one], title="Norvik win")), judge.visit(article("b", [two], title="Elverum win"))]
    assert [_told(one) for one in told] == ["unique", "unique"]


def test_a_unique_article_names_what_resembles_it(judge: Judge) -> None:
    shared = " ".join(words(1, 30))
    pages = [article(name, [" ".join(words(seed, 90)), shared], title=name) for name, seed in (("a", 2), ("b", 3))]
    told = [judge.visit(page) for page in pages]
    assert isinstance(told[1], UniqueArticle)
    [neighbour] = told[1].dedupe.nearest
    assert neighbour.article_id == pages[0].article_id
    assert 0.1 < neighbour.similarity < 0.5


SCRIPTS = {
    "zh": "港口委员会星期二投票决定在冬季风暴来临之前重建北码头"
    "工程师多年来一直警告说水线以下的木桩已经腐烂市长表示这项工程耗资四百二十万克朗预计三月完工",
    "ja": "港湾評議会は火曜日に冬の嵐が来る前に北桟橋を再建することを決議した"
    "技術者は水面下の杭が腐っていると何年も警告していた市長によると工事は三月まで続く",
    "th": "สภาท่าเรือลงมติเมื่อวันอังคารให้สร้างท่าเทียบเรือด้านเหนือขึ้นใหม่ก่อนพายุฤดูหนาวจะมาถึงวิศวกรเตือนมาหลายปีแล้วว่าเสาเข็มใต้น้ำผุพัง",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_without_spaces_are_compared_by_their_characters(judge: Judge, script: str) -> None:
    text = SCRIPTS[script]
    judge.visit(article("a", [text], title=text[:8]))
    told = judge.visit(article("b", [text[: -len(text) // 5]], title=text[:8]))
    assert isinstance(told, Duplicate)
    assert told.kind in {"near", "contained"}
    assert all(passage.text in text for passage in told.shared_passages)


@pytest.mark.parametrize(("hours", "found"), [(72, True), (72.001, False)])
def test_both_sides_of_the_near_windows_edge(judge: Judge, hours: float, found: bool) -> None:
    judge.visit(article("a", WHOLE, title=TITLE), at=0)
    told = judge.visit(article("b", EDITED, title=TITLE), at=round(hours * HOUR))
    assert isinstance(told, Duplicate) == found


def test_an_article_that_came_late_is_compared_with_those_that_overtook_it(judge: Judge) -> None:
    judge.visit(article("a", WHOLE, title=TITLE), at=100 * HOUR)
    assert _told(judge.visit(article("b", EDITED, title=TITLE), at=90 * HOUR)) == "near"


def test_policies() -> None:
    def told(**policy: object) -> list[str]:
        judge = Judge()
        outcomes = []
        for name, text in (("a", WHOLE), ("b", EDITED), ("c", CUT), ("d", WHOLE)):
            page = article(name, text, title=TITLE)
            outcome, rows = dedupe(page, judge.view, Arrival(name, 0, "1"), **policy)  # type: ignore[arg-type]
            judge.view.put(rows)
            outcomes.append(_told(outcome))
            assert outcome.story_id == article("a", WHOLE).article_id
        return outcomes

    assert told() == ["unique", "near", "contained", "exact"]
    assert told(dedupe_hold="contained") == ["unique", "unique", "contained", "exact"]
    assert told(dedupe_hold="exact") == ["unique", "unique", "unique", "exact"]
    with pytest.raises(AssertionError):  # each of one source is a story of its own
        told(dedupe_same_source=False)


def test_a_story_that_is_taken_down_is_told_by_the_next_copy_and_no_article_repeats_itself(judge: Judge) -> None:
    first = article("a", WHOLE, title=TITLE)
    judge.visit(first)
    judge.visit(article("b", EDITED, title=TITLE))
    judge.take_down(first)
    again = judge.visit(first)
    assert isinstance(again, UniqueArticle)
    later = judge.visit(article("c", CUT, title=TITLE))
    assert isinstance(later, Duplicate)
    assert later.duplicate_of == first.article_id


def test_any_number_of_copies_of_one_story_take_bounded_time_and_state() -> None:
    judge = Judge(max_entries=20_000)
    text = words(7, 300)
    taken = []
    for number in range(COPIES):
        copy = text[: 200 + number % 100] + words(number, number % 40)
        begin = time.process_time()
        told = judge.visit(article(f"{number}", [" ".join(copy)], title=TITLE), at=1)
        if number % 500 == 0:
            judge.commit()
        taken.append(time.process_time() - begin)
        assert (
            number == 0
            or isinstance(told, Duplicate)
            or told.supersedes
            or told.story_id == article("0", []).article_id
        )
    tenth = COPIES // 10
    assert sum(taken[-tenth:]) < 3 * sum(taken[tenth : 2 * tenth])
    held = sum(judge.state.row_of(slot).fingerprint is not None for slot in range(1, len(judge.state) + 1))
    assert held <= 2 * BUCKET


def test_a_batch_sees_its_own_articles_first() -> None:
    judge = Judge()
    judge.visit(article("a", WHOLE, title=TITLE))
    judge.commit()
    judge.visit(article("a", EDITED, title=TITLE))
    view: View = judge.view
    assert view.row(article("a", WHOLE).article_id, 0) != judge.state.row(article("a", WHOLE).article_id)


def test_another_version_compares_a_record_with_those_before_it_only(judge: Judge) -> None:
    pages = [article(name, [" ".join(words(seed, 60))]) for name, seed in (("a", 1), ("b", 2), ("c", 3))]
    for at, page in enumerate([pages[0], article("b", pages[0].paragraphs), pages[2]]):
        judge.visit(page, position=f"p{at}", at=at)
    # The new version reads of the second page what stands on the third: that came later, and passes again by itself.
    again = judge.visit(article("b", pages[2].paragraphs), position="p1", at=1, version="2")
    assert _told(again) == "unique"
    assert _told(judge.visit(pages[2], position="p2", at=2, version="2")) == "unique"


def test_where_folding_moves_the_places_there_is_no_evidence_rather_than_a_wrong_one(judge: Judge) -> None:
    judge.visit(article("a", WHOLE, title=TITLE))
    told = judge.visit(article("b", [WHOLE[0].replace("debate of six", "debate of six½½ ℡"), *WHOLE[1:]], title=TITLE))
    assert isinstance(told, Duplicate)
    assert all(any(passage.text in text for text in WHOLE) for passage in told.shared_passages)


def test_very_long_texts_take_linear_time_and_are_told_by_their_ends_too(judge: Judge) -> None:
    long = ["a bc d " * 100_000, *WHOLE]
    begin = time.process_time()
    told = [judge.visit(article(name, text, title=TITLE)) for name, text in (("a", long), ("b", long), ("c", long[:3]))]
    assert [_told(one) for one in told][:2] == ["unique", "exact"]
    assert _told(told[2]) != "exact"
    assert time.process_time() - begin < 10
