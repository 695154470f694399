"""Make `data/given.txt` anew: `python -m streams.tag.build_given`, with the package Faker (MIT licence) installed.

Given names of the languages that Faker knows, in scripts with capitals; none that is a common word or a place.
"""

import importlib
import pkgutil
from typing import Any

from streams.tag.lexicon import known
from streams.tag.names import GIVEN, cues, places
from streams.tag.stopwords import stopwords

_NOTICE = """\
# Given names. Made by streams/tag/build_given.py from Faker's person providers (github.com/joke2k/faker), MIT licence,
# copyright 2012 Daniele Faraglia, and by hand (names.txt). Lower case.
"""
_OTHER = ("role", "organisation", "place", "other", "skip")
_LISTS = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary", "first_romanized_names")


def main() -> None:
    """Write the names, one a line."""
    package: Any = importlib.import_module("faker.providers.person")
    found: set[str] = set()
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"{package.__name__}.{module.name}").Provider
        for name in _LISTS:
            listed = getattr(provider, name, ())
            found |= set(listed) if not isinstance(listed, property) else set()
    single = {n.lower() for n in found if n.isalpha() and len(n) > 2 and n[0].isupper() and n[1:].islower()}  # noqa: PLR2004 - no initials
    common = set().union(*(stopwords(language) for language in ("und", "en"))) | set(known())
    common |= {place.lower() for place in places()} | {word for kind in _OTHER for word in cues(kind)}
    names = (single - common) | cues("given")
    GIVEN.write_text(_NOTICE + "\n".join(sorted(names)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
