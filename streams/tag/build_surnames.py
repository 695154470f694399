"""Make `data/surnames.txt` anew: `python -m streams.tag.build_surnames`, with the packages names and Faker installed.

The commonest family names of the census of the USA of 1990 (public domain, as the package names ships them, MIT
licence), and those of the languages that Faker knows (MIT licence), in scripts with capitals.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import Any

from streams.tag.names import SURNAMES

_COMMONEST = 12_000  # of 88,799: 80 % of the people
_NOTICE = """\
# Family names. Made by streams/tag/build_surnames.py from the census of the USA of 1990 (public domain), as the package
# names 0.3.0 ships it (MIT licence), and Faker's person providers (MIT licence, copyright 2012 Daniele Faraglia).
"""
_LISTS = ("last_names", "last_names_male", "last_names_female", "last_romanized_names")


def main() -> None:
    """Write the names, one a line, in lower case."""
    census = Path(str(importlib.import_module("names").__file__)).parent / "dist.all.last"
    found = {line.split()[0].lower() for line in census.read_text(encoding="ascii").splitlines()[:_COMMONEST]}
    package: Any = importlib.import_module("faker.providers.person")
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"{package.__name__}.{module.name}").Provider
        for name in _LISTS:
            listed = getattr(provider, name, ())
            words = () if isinstance(listed, property) else listed
            found |= {w.lower() for w in words if w.isalpha() and len(w) > 2 and w[0].isupper() and w[1:].islower()}  # noqa: PLR2004 - no initials
    SURNAMES.write_text(_NOTICE + "\n".join(sorted(found)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
