"""A flow that does not fit together is refused before any record is read, in words that say where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streams import __version__
from streams import flow as flow_module
from streams.app import flow
from streams.dedupe.stage import dedupe
from streams.events import Article, RawPage, UniqueArticle
from streams.flow import Flow, Stage, WiringError
from streams.settings import Settings
from streams.tag.stage import tag
from streams.topics import CLEAN, DEAD_LETTER, DEDUPE_STATE, DUPLICATE, ENRICHED, RAW, TAGGED, UNIQUE
from streams.work import load_flow
from tests.dedupe.articles import TEXTS, Judge, article


def clean(page: RawPage) -> list[Article]:
    raise NotImplementedError(page)


def pick(article: Article) -> UniqueArticle:
    raise NotImplementedError(article)


def untyped(page):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    raise NotImplementedError(page)


def half_typed(page: RawPage):  # type: ignore[no-untyped-def] # noqa: ANN201
    raise NotImplementedError(page)


def again(article: Article) -> UniqueArticle:
    return pick(article)


again.__name__ = "clean"


CLEANING = Stage(clean, RAW >> CLEAN, requires=("body",))
TAGGING = Stage(tag, UNIQUE >> TAGGED, requires=("title",))
WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a field that no one adds": (
        lambda: Flow(Stage(clean, RAW >> CLEAN, requires=("body", "mood", "colour"))),
        "clean requires colour, mood, not in news.article.raw.v1",
    ),
    "a function of another event": (
        lambda: Flow(Stage(tag, CLEAN >> TAGGED, requires=())),
        f"tag takes {UniqueArticle}, but news.article.clean.v1 holds {Article}",
    ),
    "a topic whose event is not made": (
        lambda: Flow(Stage(pick, CLEAN >> UNIQUE | DUPLICATE, requires=())),
        "pick never makes a <class 'streams.events.Duplicate'> for news.article.duplicate.v1",
    ),
    "a stage left out": (
        lambda: Flow(CLEANING, TAGGING),
        "tag reads news.article.unique.v1, but clean writes news.article.clean.v1",
    ),
    "stages in another order": (
        lambda: Flow(TAGGING, CLEANING),
        "clean reads news.article.raw.v1, but tag writes news.article.tagged.v1",
    ),
    "a topic without events": (
        lambda: Flow(Stage(clean, DEAD_LETTER >> CLEAN, requires=("body",))),
        "news.article.dead-letter.v1 holds no event",
    ),
    "a name that no stage has": (lambda: flow["wash"], "no stage 'wash': there are clean, dedupe, tag, summarise"),
    "an event that no topic takes": (
        lambda: flow["clean"].topic_of(RawPage(url="u", body="b")),
        "clean made a RawPage, which none of its topics takes",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_wiring_is_refused_in_words_that_say_where(case: str) -> None:
    build, message = WRONG[case]
    with pytest.raises(WiringError) as raised:
        build()
    assert str(raised.value) == message


NOT_REFUSED: dict[str, tuple[Stage, ...]] = {
    "no types": (Stage(untyped, RAW >> CLEAN, requires=()),),
    "no return type": (Stage(half_typed, RAW >> CLEAN, requires=()),),
    "one name, so one consumer group, twice": (CLEANING, Stage(again, CLEAN >> UNIQUE, requires=())),
    "a setting that does not exist": (Stage(clean, RAW >> CLEAN, requires=(), settings=("max_moods",)),),
    "a setting that the function does not take": (
        Stage(clean, RAW >> CLEAN, requires=(), settings=("max_body_bytes",)),
    ),
}


@pytest.mark.parametrize("case", NOT_REFUSED)
def test_more_that_cannot_work_is_refused(case: str) -> None:
    with pytest.raises(WiringError):
        Flow(*NOT_REFUSED[case])


def test_the_flow_prints_its_stages_with_what_each_adds() -> None:
    lines = str(flow).splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["clean", "dedupe", "tag", "summarise"]
    assert lines[1].strip() == (
        "dedupe: news.article.clean.v1 → news.article.unique.v1, news.article.duplicate.v1"
        "  (+ revision, story_id, supersedes, dedupe)"
    )
    assert lines[2].endswith("(+ keywords, entities, topics, hashtags)")
    assert lines[3].endswith("(+ summary, complete, missing)")
    assert set(flow["clean"].assigns) == set(Article.__struct_fields__)


def test_every_topic_of_the_flow_is_named_once() -> None:
    assert set(flow.topics) == {RAW, CLEAN, UNIQUE, TAGGED, ENRICHED, DUPLICATE, DEDUPE_STATE}
    assert len(flow.topics) == len(set(flow.topics))


def test_an_event_goes_to_the_topic_of_its_own_type() -> None:
    stage = Stage(dedupe, CLEAN >> UNIQUE | DUPLICATE, requires=())
    judge = Judge()
    first, copy = judge.visit(article("a", TEXTS[0])), judge.visit(article("b", TEXTS[0]))
    assert (stage.topic_of(first), stage.topic_of(copy), stage.next) == (UNIQUE, DUPLICATE, UNIQUE)
    assert isinstance(first, UniqueArticle)
    with pytest.raises(WiringError):
        stage.topic_of(tag(first))  # a subclass is another event


# ------------------------------------------------------------------------------------------------- the pipeline version


def _version(**settings: Any) -> str:
    return flow.pipeline_version(Settings(**settings))


def test_a_setting_that_changes_values_changes_the_pipeline_version_and_no_other_does() -> None:
    assert _version(max_body_bytes=1000) != _version()
    other = {"batch_records": 1, "partitions": 9, "topic_prefix": "x.", "log_level": "debug", "instance_id": "i"}
    other |= {"compute_processes": 9, "web_port": 1, "flow": "x:y", "stop_seconds": 1.0}
    assert _version(**other) == _version()


def test_a_table_of_a_stage_and_a_package_it_leans_on_change_the_pipeline_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(flow_module, "__file__", str(tmp_path / "flow.py"))
    versions = [_version()]
    for name, text in (("clean/tables/words.json", "{}"), ("clean/tables/words.json", "[]"), ("tag/words.txt", "a")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        versions.append(_version())
    assert len(set(versions)) == 4
    (tmp_path / "clean" / "notes.md").write_text("no table")
    assert _version() == versions[-1]
    monkeypatch.setattr(flow_module, "version", lambda _: "0")
    assert _version() not in versions


def test_the_pipeline_version_begins_with_the_packages_own() -> None:
    package, _, rest = _version().partition("+")
    assert package == __version__
    assert len(rest) == 8


def test_a_flow_is_found_by_its_name() -> None:
    assert load_flow("streams.app:flow") is flow
    assert load_flow("streams.app") is flow
