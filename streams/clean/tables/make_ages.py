"""Make ages.json out of the Unicode CLDR: how people write ages and months, in every language that babel holds.

    uv run --with babel python streams/clean/tables/make_ages.py

Not needed at run time. CLDR: Unicode License v3; babel: BSD-3.
"""

import importlib
import json
import pkgutil
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel import Locale, localedata  # type: ignore[import-not-found, import-untyped, unused-ignore]
from dateparser.data import date_translation_data

from streams.clean.ages import UNIT_SECONDS, skeleton

SHORTEST_MONTH = 3  # letters: shorter ones are common words elsewhere ("de")
FIXED = {"zero": 0, "one": 1, "two": 2}  # plural categories whose patterns may leave the number out


def main() -> None:  # noqa: C901, PLR0912 - a script that is read once, from top to bottom
    """Write the table beside this file."""
    ages: dict[str, Counter[tuple[str, int | None]]] = defaultdict(Counter)
    months: dict[str, Counter[int]] = defaultdict(Counter)
    weekdays: set[str] = set()
    for code in sorted(i for i in localedata.locale_identifiers() if "_" not in i):
        data = Locale.parse(code)._data  # noqa: SLF001 - babel has no other way to all patterns
        for unit in UNIT_SECONDS:
            for width in ("", "-short", "-narrow"):
                past: dict[str, Any] = dict(data["date_fields"].get(unit + width, {}).get("past", {}))
                bare = {k: v for k, v in _unit_patterns(data, unit, width).items() if isinstance(v, str)}
                for patterns, prefix in ((past, ""), (bare, "?")):
                    for plural, pattern in patterns.items():
                        if "{0}" not in pattern and plural not in FIXED:
                            continue
                        key, numbers = skeleton(pattern.replace("{0}", "7"))
                        count = None if numbers else FIXED.get(plural)
                        if any(c.isalpha() for c in key):
                            ages[prefix + key][unit, count] += 1
        for kind in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in data["months"][kind][width].items():
                    word = name.casefold().strip(".")
                    if not any(c.isdigit() for c in word) and len(word) >= SHORTEST_MONTH:
                        months[word][number] += 1
                for name in data["days"][kind][width].values():
                    if len(name) > 1:
                        weekdays.add(name.casefold().strip("."))
    for unit, pattern in _dateparser_patterns():
        key, numbers = skeleton(re.sub(r"\(\\d.*?\)", "7", pattern))
        if key not in ages and any(c.isalpha() for c in key) and "\\" not in key:
            ages[key][unit, None if numbers else 1] += 1
    table = {
        "ages": {k: list(c.most_common(1)[0][0]) for k, c in sorted(ages.items())},
        "months": {k: c.most_common(1)[0][0] for k, c in sorted(months.items())},
        "weekdays": sorted(weekdays - set(months)),
    }
    target = Path(__file__).with_name("ages.json")
    target.write_text(
        json.dumps(table, ensure_ascii=False, indent=0).replace("[\n", "[").replace(",\nnull\n]", ", null]") + "\n"
    )


def _dateparser_patterns() -> Iterator[tuple[str, str]]:
    """Give what dateparser knows beyond CLDR: "2 tundi tagasi"."""
    for module in pkgutil.iter_modules(date_translation_data.__path__):
        info = importlib.import_module(f"{date_translation_data.__name__}.{module.name}").info
        for tables in [info, *info.get("locale_specific", {}).values()]:
            for kind in ("relative-type", "relative-type-regex"):
                for meaning, patterns in tables.get(kind, {}).items():
                    match = re.fullmatch(r"(?:\\\\1|1) (\w+?)s? ago", meaning)
                    if match and match[1] in UNIT_SECONDS:
                        yield from (
                            (match[1], pattern)
                            for pattern in patterns
                            if (kind == "relative-type") == ("d+" not in pattern)
                        )


def _unit_patterns(data: Any, unit: str, width: str) -> dict[str, Any]:
    widths = {"": "long", "-short": "short", "-narrow": "narrow"}
    return dict(data["unit_patterns"].get(f"duration-{unit}", {}).get(widths[width], {}))


if __name__ == "__main__":
    main()
