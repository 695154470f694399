"""Words that carry no topic, by language: `data/stopwords.txt`."""

from functools import cache
from importlib.resources import files

_SAME = {"nb": "no", "nn": "no", "sk": "cs", "hr": "sr", "bs": "sr", "ms": "id", "be": "ru"}  # near enough for both


@cache
def _listed() -> dict[str, frozenset[str]]:
    text = (files("streams.tag") / "data" / "stopwords.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {language: frozenset(listed.split()) for language, _, listed in lines}


@cache
def _all() -> frozenset[str]:
    return frozenset().union(*_listed().values())


def stopwords(language: str) -> frozenset[str]:
    """Stop words of a language (BCP 47); of a language without a list: those of all languages together."""
    primary = language.partition("-")[0]
    listed = _listed()
    return listed.get(primary) or listed.get(_SAME.get(primary, "")) or _all()
