"""Data of the clean stage: words and patterns by language, and the scripts that made them."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """Read a table once."""
    return dict(json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8")))


@cache
def words(name: str) -> frozenset[str]:
    """Give one of the word lists of words.json."""
    return frozenset(load("words")[name])
