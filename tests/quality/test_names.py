"""The names of a set labelled by hand: tweets, forum posts and comments (WNUT 2017), harder than any news."""

from collections.abc import Iterator
from pathlib import Path

from streams.tag.entities import entities

KINDS = {"person": "person", "location": "place", "corporation": "organisation", "group": "organisation"}
FLOOR = 0.48  # typed F1 over all texts; 0.499 is reached
Names = set[tuple[str, str]]


def labelled(path: Path) -> Iterator[tuple[str, Names]]:
    """Read a text and its names, a word and its label a line, texts parted by empty lines."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines() if line]
        names: list[tuple[list[str], str]] = []
        for word, label in rows:
            if label.startswith("B-"):
                names.append(([word], label[2:]))
            elif label.startswith("I-"):
                names[-1][0].append(word)
        yield (
            " ".join(word for word, _ in rows),
            {(" ".join(words).lower(), KINDS[kind]) for words, kind in names if kind in KINDS},
        )


def test_names_of_hard_texts(data: Path) -> None:
    hits = wanted = found = 0
    for text, names in labelled(data / "entities" / "wnut17_dev.conll"):
        told = {(entity.text.lower(), entity.type) for entity in entities([text], "en") if entity.type != "other"}
        hits, wanted, found = hits + len(names & told), wanted + len(names), found + len(told)
    assert 2 * hits / (wanted + found) >= FLOOR
