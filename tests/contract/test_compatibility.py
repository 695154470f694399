"""Within v1 nothing breaks: events of each release are events of today, and today's are events of each release.

A release freezes its schemas and examples in schemas/released/VERSION (`make freeze`, in the release checklist).
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from streams import topics
from streams.schemas import FOLDER

ROOT = FOLDER.parent
RELEASED = FOLDER / "released"
TYPES = {topic.name: topic.event for topic in topics.ALL if topic.event}


def breaks(old: Path, new: Path = FOLDER) -> Iterator[str]:
    """What a consumer, or a stored event, of the old release would stumble over: a line each."""
    for examples, schemas in ((old, new), (new, old)):
        for path in sorted(examples.glob("examples/*/*.json")):
            schema = schemas / f"{path.parent.name}.schema.json"
            if not schema.is_file():
                if schemas == new:
                    yield f"{path.parent.name} is gone"
                continue  # a topic that the old release did not have
            judge = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
            for error in judge.iter_errors(json.loads(path.read_text(encoding="utf-8"))):
                yield f"{path}: by {schema}: {error.json_path} {error.message[:200]}"


def test_every_release_is_frozen() -> None:
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]? - \d", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    frozen = [path.name for path in RELEASED.iterdir()] if RELEASED.is_dir() else []
    assert sorted(frozen) == sorted(released), "run `make freeze`"


def test_nothing_breaks_for_consumers_of_any_release() -> None:
    releases = sorted(RELEASED.iterdir()) if RELEASED.is_dir() else []
    for release in releases:
        assert list(breaks(release)) == []
        for path in release.glob("examples/*/*.json"):
            msgspec.json.decode(path.read_bytes(), type=TYPES[path.parent.name])


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Freeze as `make freeze` does."""
    for path in FOLDER.glob("*.schema.json"):
        shutil.copy(path, tmp_path)
    shutil.copytree(FOLDER / "examples", tmp_path / "examples")
    return tmp_path


def test_a_release_of_today_breaks_nothing(release: Path) -> None:
    assert list(breaks(release)) == []


def test_a_field_that_became_required_is_found(release: Path) -> None:
    example = release / "examples/news.article.enriched.v1/complete.json"
    old = json.loads(example.read_text())
    del old["hashtags"]
    example.write_text(json.dumps(old))
    assert [line.split(": ", 2)[2] for line in breaks(release)] == ["$ 'hashtags' is a required property"]


def test_a_word_that_old_consumers_do_not_know_is_found(release: Path) -> None:
    schema = release / "news.article.duplicate.v1.schema.json"
    schema.write_text(schema.read_text().replace('"exact", ', ""))
    [line] = breaks(release)
    assert "'exact' is not one of" in line


def test_a_topic_that_is_gone_is_found(release: Path) -> None:
    shutil.copytree(release / "examples/news.article.raw.v1", release / "examples/news.article.old.v1")
    assert set(breaks(release)) == {"news.article.old.v1 is gone"}
