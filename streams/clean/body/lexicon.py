"""Names of elements and words of texts, with the log-odds that what they mark is a story's.

Names are of the web, not of a language ("entry-content", "sidebar"); words are English where the pages fitted on were.
A text in another language has none of them and is judged by everything else.
"""

import math
import re
from collections.abc import Iterable, Mapping

LONGEST_NAME = 30  # characters of an element's name taken whole
JUDGED = 80  # words of a text that are looked up: its first sentences
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def names(signature: str) -> set[str]:
    """Part an element's names: "article-body__Content" → itself, -article, -body, -content."""
    whole = {name.lower() for name in signature.split() if len(name) <= LONGEST_NAME}
    return whole | {"-" + part.lower() for part in _PART.findall(signature) if len(part) > 1}


def words(text: list[str]) -> set[str]:
    """Give the words of a text that it is judged by."""
    return set(text[:JUDGED])


def score(table: Mapping[str, float], parts: Iterable[str]) -> tuple[float, float, float]:
    """Give the lowest, highest and mean log-odds of the parts that the table knows, each drawn towards 0."""
    odds = [found for found in map(table.get, parts) if found is not None]
    if not odds:
        return 0.0, 0.0, 0.0
    return min(0.0, *odds), max(0.0, *odds), math.fsum(odds) / (len(odds) + 1)  # exact, so in any order
