"""Recognisers plugged in: fakes that answer as spaCy and GLiNER do."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from streams.settings import Settings
from streams.tag.entities import entities
from streams.tag.recognise import recogniser

TEXT = "The European Commission met Ursula von der Leyen's critics in Brussels. Leyen left."


def _places(names: dict[str, str]) -> list[tuple[int, int, str]]:
    return [(TEXT.index(name), TEXT.index(name) + len(name), label) for name, label in names.items()]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    spacy: Any = ModuleType("spacy")
    found = {"The European Commission": "ORG", "Ursula von der Leyen's": "PERSON", "Brussels": "GPE", "met": "DATE"}
    ents = [SimpleNamespace(start_char=s, end_char=e, label_=label) for s, e, label in _places(found)]
    spacy.load = lambda name: lambda _: SimpleNamespace(ents=ents if name == "some_model" else [])
    gliner: Any = ModuleType("gliner")
    named = [{"start": s, "end": e, "label": kind} for s, e, kind in _places({"Brussels": "place"})]
    model = SimpleNamespace(predict_entities=lambda _, __: named)
    gliner.GLiNER = SimpleNamespace(from_pretrained=lambda _, local_files_only: model if local_files_only else None)
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    monkeypatch.setitem(sys.modules, "gliner", gliner)
    recogniser.cache_clear()
    yield
    recogniser.cache_clear()


@pytest.mark.usefixtures("installed")
def test_spacy_finds_the_names_without_article_and_possessive() -> None:
    found = {entity.text: (entity.type, entity.offsets[0]) for entity in entities([TEXT], "en", "spacy:some_model")}
    assert {name: kind for name, (kind, _) in found.items()} == {
        "European Commission": "organisation",
        "Ursula von der Leyen": "person",
        "Brussels": "place",
    }
    assert all(TEXT[span.start : span.end] == name for name, (_, span) in found.items())


@pytest.mark.usefixtures("installed")
def test_gliner_reads_a_model_on_disk_only() -> None:
    assert [(e.text, e.type) for e in entities([TEXT], "en", "gliner:/models/small")] == [("Brussels", "place")]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("bert:x", "must be spacy:NAME or gliner:PATH"),
        ("spacy", "must be spacy:NAME or gliner:PATH"),
        ("gliner:/nowhere", "pip install 'newsflow\\[gliner\\]'"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_at_start_up(model: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Settings(entity_model=model)


def test_a_model_that_is_not_there_is_not_downloaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "spacy.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="finds no spacy model en_core_web_sm"):
        Settings(entity_model="spacy:en_core_web_sm")
    assert Settings(entity_model=f"spacy:{tmp_path}").entity_model == f"spacy:{tmp_path}"
