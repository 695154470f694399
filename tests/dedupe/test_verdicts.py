"""Each rule of dedupe's verdicts, on articles of one partition."""

import msgspec
import pytest

from streams.dedupe.evidence import PASSAGE_CHARS
from streams.dedupe.rows import HISTORY
from streams.events import Duplicate, UniqueArticle
from tests.dedupe.articles import PIER, TEXTS, Judge, article

X, Y, Z = TEXTS[:3]


@pytest.fixture
def judge() -> Judge:
    return Judge()


def _kind(outcome: UniqueArticle | Duplicate) -> str:
    return outcome.kind if isinstance(outcome, Duplicate) else f"{outcome.dedupe.verdict} {outcome.revision}"


def test_a_new_story_passes_whole_and_names_the_story(judge: Judge) -> None:
    page = article("a", X)
    outcome = judge.visit(page)
    assert isinstance(outcome, UniqueArticle)
    assert {name: getattr(outcome, name) for name in page.__struct_fields__} == msgspec.structs.asdict(page)
    assert _kind(outcome) == "unique 1"
    assert (outcome.story_id, outcome.supersedes, outcome.dedupe.nearest) == (page.article_id, [], [])


def test_a_redelivery_gets_its_old_verdict_byte_for_byte(judge: Judge) -> None:
    pages = [
        article("reader", X, kind="aggregator"),
        article("a", X),
        article("b", X),
        article("a", Y),
        article("a", Y),
        article("b", Z),
    ]
    encode = msgspec.json.encode
    first = [encode(judge.visit(page, position=f"p{number}")) for number, page in enumerate(pages)]
    judge.commit()
    rows = judge.rows()
    again = [encode(judge.visit(page, position=f"p{number}")) for number, page in reversed(list(enumerate(pages)))]
    judge.commit()
    assert again[::-1] == first
    assert judge.rows() == rows


def test_another_version_passes_the_same_record_again(judge: Judge) -> None:
    judge.visit(article("a", X), position="p1")
    judge.visit(article("a", Y), position="p2")
    judge.commit()
    first = judge.visit(article("a", Z), position="p1", version="2")  # the new version makes another text of it
    second = judge.visit(article("a", Y), position="p2", version="2")
    assert [_kind(first), _kind(second)] == ["unique 1", "revision 2"]
    assert _kind(judge.visit(article("b", Z))) == "exact"
    assert judge.visit(article("a", Z), position="p1", version="2") == first


def test_another_version_does_not_pass_a_refetch_that_changed_nothing(judge: Judge) -> None:
    for version in ("1", "2"):
        told = [judge.visit(article("a", X), position=f"p{number}", version=version) for number in range(2)]
        assert [_kind(outcome) for outcome in told] == ["unique 1", "revision_unchanged"]


@pytest.mark.parametrize(("copy", "kind"), [([*X, *Y, *Z], "exact"), ([*X, *Y, *Z, "More soon."], "near")])
def test_a_copy_stays_one_for_another_version_whatever_the_brokers_clock_said(
    judge: Judge, copy: list[str], kind: str
) -> None:
    judge.visit(article("a", [*X, *Y, *Z]), position="p1", at=1000)
    for version in ("1", "2"):  # read after it, and written a moment before it to another partition of the raw topic
        assert _kind(judge.visit(article("b", copy), position="p2", version=version, at=999)) == kind
    assert _kind(judge.visit(article("a", [*X, *Y, *Z]), position="p1", version="2", at=1000)) == "unique 1"


def test_a_refetch_with_the_same_text_is_unchanged(judge: Judge) -> None:
    page = article("a", X)
    judge.visit(page)
    again = judge.visit(page)
    assert isinstance(again, Duplicate)
    assert (again.kind, again.duplicate_of, again.similarity) == ("revision_unchanged", page.article_id, 1.0)


def test_each_changed_text_is_the_next_revision_and_so_is_the_way_back(judge: Judge) -> None:
    told = [judge.visit(article("a", text)) for text in (X, Y, Y, Z, X)]
    assert [_kind(one) for one in told] == ["unique 1", "revision 2", "revision_unchanged", "revision 3", "revision 4"]
    assert {one.story_id for one in told} == {article("a", X).article_id}


def test_another_headline_alone_is_a_revision(judge: Judge) -> None:
    judge.visit(article("a", X, title="Pier"))
    assert _kind(judge.visit(article("a", X, title="Pier: work begins"))) == "revision 2"


def test_a_copy_under_another_url_is_a_duplicate_with_its_evidence(judge: Judge) -> None:
    first = article("a", X)
    judge.visit(first)
    copy = article("b", [X[0].upper().replace(",", " —") + "!"], title="Other")
    told = judge.visit(copy)
    assert isinstance(told, Duplicate)
    assert (told.kind, told.duplicate_of, told.story_id) == ("exact", first.article_id, first.article_id)
    assert (told.article_id, told.url, told.title, told.similarity) == (copy.article_id, copy.url, "Other", 1.0)
    [passage] = told.shared_passages
    assert copy.paragraphs[passage.paragraph][passage.start : passage.end] == passage.text == copy.paragraphs[0]


def test_evidence_of_a_long_copy_is_short_and_stands_where_it_says(judge: Judge) -> None:
    long = [PIER * 20, PIER]
    judge.visit(article("a", long))
    told = judge.visit(article("b", long))
    assert isinstance(told, Duplicate)
    [passage] = told.shared_passages
    assert len(passage.text) == PASSAGE_CHARS
    assert long[passage.paragraph][passage.start : passage.end] == passage.text


def test_a_copy_of_a_copy_is_a_duplicate_of_the_first_article(judge: Judge) -> None:
    told = [judge.visit(article(name, X)) for name in "abc"]
    assert [_kind(one) for one in told] == ["unique 1", "exact", "exact"]
    assert {one.story_id for one in told} == {told[0].article_id}


def test_a_copy_of_an_earlier_revision_is_a_duplicate(judge: Judge) -> None:
    for text in (X, Y, Z):
        judge.visit(article("a", text))
    assert [_kind(judge.visit(article(name, text))) for name, text in zip("bcd", (X, Y, Z), strict=True)] == [
        "exact"
    ] * 3


def test_a_copy_that_later_changes_passes_in_the_same_story(judge: Judge) -> None:
    judge.visit(article("a", X))
    told = [judge.visit(article("b", text)) for text in (X, X, Y, Y)]
    assert [_kind(one) for one in told] == ["exact", "revision_unchanged", "revision 2", "revision_unchanged"]
    assert {one.story_id for one in told} == {article("a", X).article_id}


def test_a_copy_that_becomes_a_copy_of_another_story_is_no_news(judge: Judge) -> None:
    judge.visit(article("a", X))
    other = judge.visit(article("b", Y))
    assert _kind(judge.visit(article("c", X))) == "exact"
    told = judge.visit(article("c", Y))
    assert (_kind(told), told.story_id) == ("exact", other.article_id)


def test_an_article_that_takes_over_anothers_text_is_a_revision_and_the_text_stays_the_others(judge: Judge) -> None:
    own = judge.visit(article("a", X))
    judge.visit(article("b", Y))
    told = judge.visit(article("b", X))
    assert (_kind(told), told.story_id) == ("revision 2", told.article_id)
    later = judge.visit(article("c", X))
    assert (_kind(later), later.story_id) == ("exact", own.article_id)


COPIES = {
    "part": {"part_of": article("page", Z).article_id},
    "aggregator": {"kind": "aggregator"},
}


@pytest.mark.parametrize("poorer", COPIES)
def test_the_publishers_own_copy_replaces_a_poorer_one(judge: Judge, poorer: str) -> None:
    copy = article("copy", X, **COPIES[poorer])
    judge.visit(copy)
    told = judge.visit(article("own", X))
    assert isinstance(told, UniqueArticle)
    assert (_kind(told), told.story_id, told.supersedes) == ("revision 1", copy.article_id, [copy.article_id])
    for name in "bc":
        later = judge.visit(article(name, X, kind="wire"))
        assert (_kind(later), later.story_id) == ("exact", copy.article_id)


@pytest.mark.parametrize("poorer", COPIES)
def test_a_poorer_copy_that_comes_later_is_a_duplicate(judge: Judge, poorer: str) -> None:
    judge.visit(article("own", X))
    assert _kind(judge.visit(article("copy", X, **COPIES[poorer]))) == "exact"


def test_of_two_poorer_copies_the_first_stays(judge: Judge) -> None:
    judge.visit(article("page", X, **COPIES["part"]))
    assert _kind(judge.visit(article("reader", X, kind="aggregator"))) == "exact"


def test_a_better_copy_stays_the_better_one_when_the_poorer_is_fetched_again(judge: Judge) -> None:
    poorer = article("reader", X, kind="aggregator")
    assert [_kind(judge.visit(page)) for page in (poorer, article("own", X), poorer, article("b", X))] == [
        "unique 1",
        "revision 1",
        "revision_unchanged",
        "exact",
    ]


def test_a_short_body_is_told_by_its_title(judge: Judge) -> None:
    told = [
        judge.visit(article("a", ["Watch the video."], title="Pier rebuilt")),
        judge.visit(article("b", ["Watch the video."], title="Ferry sails")),
        judge.visit(article("c", ["Watch the video!"], title="PIER rebuilt")),
    ]
    assert [_kind(one) for one in told] == ["unique 1", "unique 1", "exact"]


def test_an_item_without_a_body_is_told_by_its_title(judge: Judge) -> None:
    told = [
        judge.visit(article(name, [], title=title)) for name, title in (("a", "Pier"), ("b", "Ferry"), ("c", "pier"))
    ]
    assert [_kind(one) for one in told] == ["unique 1", "unique 1", "exact"]
    assert isinstance(told[2], Duplicate)
    assert told[2].shared_passages == []


def test_where_a_body_begins_to_speak_for_itself(judge: Judge) -> None:
    body = ["one two three four five six seven eight nine ten " * 2]
    assert [_kind(judge.visit(article(name, body, title=name))) for name in "ab"] == ["unique 1", "exact"]
    short = [body[0].rsplit(maxsplit=1)[0]]
    assert [_kind(judge.visit(article(name, short, title=name))) for name in "cd"] == ["unique 1", "unique 1"]


def test_two_texts_without_a_word_are_not_copies(judge: Judge) -> None:
    told = [judge.visit(article(name, [], title=title)) for name, title in (("a", "???"), ("b", "👍"))]
    assert [_kind(one) for one in told] == ["unique 1", "unique 1"]


@pytest.mark.parametrize("committed", [True, False])
def test_what_was_taken_down_is_new_when_it_comes_back(judge: Judge, committed: bool) -> None:
    page = article("a", X)
    judge.visit(page)
    for gone, next_copy in ((page, article("b", X)), (article("b", X), article("c", X)), (article("c", X), page)):
        if committed:
            judge.commit()
        judge.take_down(gone)
        if committed:
            judge.commit()
        assert _kind(judge.visit(next_copy)) == "unique 1"


def test_a_page_that_is_fetched_often_is_still_known_by_its_text(judge: Judge) -> None:
    told = [_kind(judge.visit(article("a", X))) for _ in range(HISTORY + 1)]
    assert set(told[1:]) == {"revision_unchanged"}
    judge.commit()
    assert _kind(judge.visit(article("b", X))) == "exact"


def test_as_many_visits_are_told_apart_as_history_says(judge: Judge) -> None:
    for number in range(HISTORY + 1):
        judge.visit(article("a", [f"{PIER} {number}"]), position=f"p{number}")
        judge.commit()
    row = judge.state.row(article("a", X).article_id)
    assert row is not None
    assert [verdict.position for verdict in row.verdicts] == [f"p{number}" for number in range(1, HISTORY + 1)]
    assert _kind(judge.visit(article("a", [f"{PIER} 1"]), position="p1")) == "revision 2"
    assert _kind(judge.visit(article("b", [f"{PIER} 1"]))) == "unique 1"  # a short text is known as long as TEXTS says
    assert _kind(judge.visit(article("c", [f"{PIER} {HISTORY}"]))) == "exact"
