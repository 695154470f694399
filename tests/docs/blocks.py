"""What documents show to be run or printed: their fenced blocks."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def shown(document: str) -> list[str]:
    """The lines of output that a document shows, less those that it shortens by …"""
    lines = "".join(blocks(document, "text")).splitlines()
    return [line for line in lines if "…" not in line]
