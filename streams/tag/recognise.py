"""Recognisers of names that an operator may plug in instead of our rules: spaCy or GLiNER, with a model of his own.

`NEWSFLOW_ENTITY_MODEL=spacy:en_core_web_sm` or `gliner:/models/gliner_small`. The package and the model must be
installed: nothing is ever downloaded at run time.
"""

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

Named = tuple[int, int, str]  # start, end, kind: person, organisation, place or other
_SPACY = {
    **dict.fromkeys(("PERSON", "PER"), "person"),
    "ORG": "organisation",
    **dict.fromkeys(("GPE", "LOC", "FAC"), "place"),
    **dict.fromkeys(("EVENT", "LAW", "LANGUAGE", "MISC", "NORP", "PRODUCT", "WORK_OF_ART"), "other"),
}
_KINDS = ("person", "organisation", "place", "other")


@cache
def recogniser(model: str) -> Callable[[str], Iterable[Named]]:
    """Load a model, `backend:name or path`, once a process: (text) → where its names stand."""
    backend, _, name = model.partition(":")
    return {"spacy": _spacy, "gliner": _gliner}[backend](name)


def _spacy(name: str) -> Callable[[str], Iterable[Named]]:
    read: Any = import_module("spacy").load(name)

    def recognise(text: str) -> Iterable[Named]:
        return [(e.start_char, e.end_char, _SPACY[e.label_]) for e in read(text).ents if e.label_ in _SPACY]

    return recognise


def _gliner(path: str) -> Callable[[str], Iterable[Named]]:
    read: Any = import_module("gliner").GLiNER.from_pretrained(path, local_files_only=True)

    def recognise(text: str) -> Iterable[Named]:
        return [(e["start"], e["end"], e["label"]) for e in read.predict_entities(text, list(_KINDS))]

    return recognise
