"""What is known of names: places, given names, and the words that tell an organisation from a person."""

from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"
PLACES = _DATA / "places.txt"
GIVEN = _DATA / "given.txt"


@cache
def places() -> frozenset[str]:
    """Names of countries, states and large cities, as written."""
    lines = PLACES.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def given() -> frozenset[str]:
    """Given names of many languages, in lower case."""
    lines = GIVEN.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def cues(kind: str) -> frozenset[str]:
    """Words of one kind, in lower case: role, organisation, of, place, other, skip, given."""
    for line in (_DATA / "names.txt").read_text(encoding="utf-8").splitlines():
        name, _, listed = line.partition(": ")
        if name == kind:
            return frozenset(listed.split())
    raise KeyError(kind)
