"""What is known of names: places, given names, organisations, and the words that tell one kind from another."""

import gzip
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"
PLACES = _DATA / "places.txt"
GIVEN = _DATA / "given.txt"
SURNAMES = _DATA / "surnames.txt"
TOWNS = _DATA / "towns.txt"
ORGANISATIONS = _DATA / "organisations.txt"
CLUSTERS = _DATA / "clusters.txt.gz"


def _lines(path: Path) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def places() -> frozenset[str]:
    """Names of countries, states and large cities, as written."""
    return _lines(PLACES)


@cache
def towns() -> frozenset[str]:
    """Names of smaller cities, as written: many of them name people and things, too."""
    return _lines(TOWNS)


@cache
def given() -> frozenset[str]:
    """Given names of many languages, in lower case."""
    return _lines(GIVEN)


@cache
def surnames() -> frozenset[str]:
    """Family names of many languages, in lower case."""
    return _lines(SURNAMES)


@cache
def organisations() -> frozenset[str]:
    """Names of organisations that tell by no word of theirs that they are some, as written."""
    return _lines(ORGANISATIONS)


@cache
def clusters() -> dict[str, str]:
    """Read the clusters of words that stand in like places: word in lower case → number of its cluster."""
    lines = gzip.decompress(CLUSTERS.read_bytes()).decode().splitlines()
    rows = (line.partition(": ") for line in lines if not line.startswith("#"))
    return {word: number for number, _, words in rows for word in words.split()}


@cache
def cues(kind: str) -> frozenset[str]:
    """Words of one kind, in lower case: role, organisation, of, place, other, skip, given, title."""
    for line in (_DATA / "names.txt").read_text(encoding="utf-8").splitlines():
        name, _, listed = line.partition(": ")
        if name == kind:
            return frozenset(listed.split())
    raise KeyError(kind)
