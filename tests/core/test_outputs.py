"""What a stage makes becomes records to write: their topics, keys, ids, parts, take-downs, and what fields lack."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import structs

from streams.dedupe.stage import dedupe
from streams.dedupe.state import Arrival, Change, State, View
from streams.errors import ErrorCode
from streams.events import Article, Provenance, RawPage, Related, TaggedArticle, UniqueArticle
from streams.flow import Stage
from streams.outcomes import PartRefused, TakeDown
from streams.settings import Settings
from streams.tag.stage import tag
from streams.topics import CLEAN, DEAD_LETTER, DUPLICATE, RAW, TAGGED, UNIQUE
from streams.work import MEASURED, Output, Work
from tests.dedupe.articles import FOREVER, TEXTS, article

PAGE = msgspec.json.encode({"url": "https://harbour.example/a", "body": "text"})
HERE = Arrival("raw/0/7/0", 1_000, "1")
MAIN = article("main", TEXTS[0])
DEDUPE = Stage(dedupe, CLEAN >> UNIQUE | DUPLICATE, requires=())


def _made(made: Callable[[RawPage], Any]) -> list[Output]:
    def clean(page: RawPage) -> list[Article]:
        return made(page)  # type: ignore[no-any-return]

    outputs, _ = Work(Stage(clean, RAW >> CLEAN, requires=()), Settings(), "1")(PAGE, HERE)
    return outputs


def test_the_article_of_a_page_passes_and_its_parts_are_numbered() -> None:
    parts = [article(name, TEXTS[1], part_of=MAIN.article_id) for name in "ab"]
    outputs = _made(lambda _: [MAIN, *parts])
    assert [(output.outcome, output.part) for output in outputs] == [("passed", 0), ("part", 1), ("part", 2)]
    assert [output.subject for output in outputs] == [one.article_id for one in (MAIN, *parts)]
    assert {(output.topic, output.key) for output in outputs} == {(CLEAN.name, b"en")}
    assert [msgspec.json.decode(output.value or b"", type=Article) for output in outputs] == [MAIN, *parts]
    assert len({output.id for output in outputs}) == 3


def test_an_events_id_names_stage_version_revision_and_text_and_nothing_else() -> None:
    def clean(page: RawPage) -> Article:
        return structs.replace(MAIN, text_sha256="f" * 64) if page.body == "other" else MAIN

    def washed(page: RawPage) -> Article:
        return clean(page)

    def made(function: Callable[..., Any], version: str = "1", value: bytes = PAGE, at: Arrival = HERE) -> str:
        [output], _ = Work(Stage(function, RAW >> CLEAN, requires=()), Settings(), version)(value, at)
        return output.id

    other = b'{"url":"u","body":"other"}'
    assert made(clean) == made(clean, at=Arrival("raw/3/1/0", 5, "x"))
    assert len({made(clean), made(washed), made(clean, "2"), made(clean, value=other)}) == 4

    view = View(State(window_ms=FOREVER, max_entries=9))
    ids: list[str] = []
    for text in (TEXTS[0], TEXTS[1], TEXTS[0]):
        arrival = Arrival(f"raw/0/{len(ids)}/0", 0, "1")
        [output], _ = Work(DEDUPE, Settings(), "1")(msgspec.json.encode(article("a", text)), arrival, view=view)
        ids.append(output.id)
    assert len(set(ids)) == 3  # the text of the first revision is back, under another revision


def test_a_duplicate_goes_to_its_own_topic_and_nothing_is_missing_in_it() -> None:
    view = View(State(window_ms=FOREVER, max_entries=9))
    work = Work(DEDUPE, Settings(), "1")
    copy = article("copy", TEXTS[0])
    [passed], _ = work(msgspec.json.encode(MAIN), HERE, view=view)
    [output], _ = work(msgspec.json.encode(copy), Arrival("raw/0/8/0", 1_000, "1"), view=view)
    assert (passed.outcome, passed.topic, passed.key) == ("passed", UNIQUE.name, MAIN.article_id.encode())
    assert (output.outcome, output.topic, output.key) == ("duplicate", DUPLICATE.name, copy.article_id.encode())
    assert (output.subject, output.missing, output.low) == (copy.article_id, [], [])


def test_an_article_its_copy_and_its_refetch_are_three_events() -> None:
    view = View(State(window_ms=FOREVER, max_entries=9))
    ids = []
    for number, page in enumerate((MAIN, article("b", TEXTS[0]), article("b", TEXTS[0]), article("b", TEXTS[0]))):
        [output], _ = Work(DEDUPE, Settings(), "1")(
            msgspec.json.encode(page), Arrival(f"raw/0/{number}/0", 0, "1"), view=view
        )
        ids.append(output.id)
    assert len(set(ids)) == 3  # and the same re-fetch again is the same event again


def test_a_refused_part_is_a_dead_letter_of_its_own_and_the_page_passes() -> None:
    nothing: dict[str, Any] = dict.fromkeys(Related.__struct_fields__)
    shown = msgspec.convert({**nothing, "article_id": "b" * 26, "source": "Norvik Post"}, Related)
    refused = PartRefused(part=shown, part_of=MAIN.article_id, code=ErrorCode.NO_TEXT, message="no\ntext")
    page, part = _made(lambda _: [MAIN, refused])
    assert page.outcome == "passed"
    assert (part.outcome, part.topic, part.code, part.message) == (
        "dead_letter",
        DEAD_LETTER.name,
        "no_text",
        "no text",
    )
    assert msgspec.json.decode(part.value or b"", type=Related) == shown
    assert (part.part, part.part_of, part.subject) == (1, MAIN.article_id, "b" * 26)


def test_outputs_survive_the_way_out_of_a_compute_process() -> None:
    outputs = _made(lambda _: [MAIN, TakeDown(article_id="b" * 26, reason="gone")])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(outputs), type=list[Output]) == outputs


# ----------------------------------------------------------------------------------------------------------- take-downs


def test_a_take_down_goes_to_every_lane_as_a_tombstone_with_its_reason() -> None:
    [output] = _made(lambda _: TakeDown(article_id=MAIN.article_id, reason="http_410"))
    assert (output.outcome, output.topic, output.value) == ("takedown", CLEAN.name, None)
    assert (output.key, output.subject) == (MAIN.article_id.encode(), MAIN.article_id)
    assert (output.reason, output.everywhere) == ("http_410", True)
    [other] = _made(lambda _: TakeDown(article_id=MAIN.article_id, reason="takedown"))
    assert output.id != other.id


def test_a_take_down_passes_a_stage_without_memory_as_it_came() -> None:
    def tag(event: UniqueArticle) -> TaggedArticle:
        raise AssertionError(event)

    work = Work(Stage(tag, UNIQUE >> TAGGED, requires=()), Settings(), "1")
    [output], changes = work(None, HERE, reason="http_404", key=b"a" * 26)
    assert (output.outcome, output.topic, output.key, output.value) == ("takedown", TAGGED.name, b"a" * 26, None)
    assert (output.reason, output.everywhere, changes) == ("http_404", False, [])


def test_a_take_down_is_passed_on_by_the_lane_that_knows_the_article_and_once() -> None:
    work = Work(DEDUPE, Settings(), "1")
    view = View(State(window_ms=FOREVER, max_entries=9))
    _, changes = work(msgspec.json.encode(MAIN), HERE, view=view)
    assert [change.article_id for change in changes] == [MAIN.article_id]
    key = MAIN.article_id.encode()
    [output], changes = work(None, HERE, reason="gone", key=key, view=view)
    assert (output.outcome, output.topic, list(changes)) == ("takedown", UNIQUE.name, [Change(MAIN.article_id)])
    [output], changes = work(None, HERE, reason="gone", key=key, view=view)
    assert (output.outcome, output.topic, list(changes)) == ("forgotten", None, [])


def test_languages_and_kinds_are_told_once_by_the_stage_that_finds_them() -> None:
    [output] = _made(lambda _: MAIN)
    assert (output.language, output.kind) == ("en", "")
    view = View(State(window_ms=FOREVER, max_entries=9))
    judged = Work(DEDUPE, Settings(), "1")
    [unique], _ = judged(msgspec.json.encode(MAIN), HERE, view=view)
    copy = structs.replace(article("copy", TEXTS[0]), url="https://copy.example/1")
    [duplicate], _ = judged(msgspec.json.encode(copy), Arrival("raw/0/8/0", 2_000, "1"), view=view)
    assert (unique.language, unique.kind) == ("", "")
    assert (duplicate.language, duplicate.kind) == ("", "exact")


# --------------------------------------------------------------------------------------------------------------- fields


def test_fields_that_a_reader_lacks_or_cannot_trust_are_told() -> None:
    sure, unsure = Provenance(method="json-ld", confidence=0.5), Provenance(method="guess", confidence=0.49)
    page = structs.replace(MAIN, authors=["A"], title=None, provenance={"authors": unsure, "language": sure})
    [output] = _made(lambda _: page)
    assert output.missing == ["title", "published_at", "images"]
    assert output.low == ["authors"]


def test_a_field_is_told_once_by_the_stage_that_adds_it() -> None:
    unsure = {"authors": Provenance(method="guess", confidence=0.1)}
    view = View(State(window_ms=FOREVER, max_entries=9))
    judged = Work(DEDUPE, Settings(), "1")
    value = msgspec.json.encode(structs.replace(MAIN, paragraphs=["."], provenance=unsure))
    [unique], _ = judged(value, HERE, view=view)
    assert (unique.missing, unique.low) == ([], [])
    [tagged], _ = Work(Stage(tag, UNIQUE >> TAGGED, requires=()), Settings(), "1")(unique.value, HERE)
    assert set(tagged.missing) <= {"keywords", "entities", "topics", "hashtags"} <= set(MEASURED)
    assert "entities" in tagged.missing
    assert tagged.low == []


def test_topics_of_low_confidence_are_told() -> None:
    tagging = Work(Stage(tag, UNIQUE >> TAGGED, requires=()), Settings(), "1")
    unique = {
        "revision": 1,
        "story_id": MAIN.article_id,
        "supersedes": [],
        "dedupe": {"verdict": "unique", "nearest": []},
    }

    def low(text: str) -> list[str]:
        value = msgspec.json.encode({**msgspec.to_builtins(MAIN), **unique, "title": None, "paragraphs": [text]})
        [output], _ = tagging(value, HERE)
        return output.low

    assert low("The doctors of the hospital met the teachers of the school.") == ["topics"]
    assert low("The striker scored; the goalkeeper of the football club saved a penalty in the league match.") == []
