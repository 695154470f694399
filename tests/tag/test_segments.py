"""The parts of a run of capitalised words: each is scored by all that the weights were fitted for."""

import gzip
import json

import pytest

from streams.tag.kinds import (
    BEGINNING,
    KINDS,
    LIFTED,
    ONLY,
    WEIGHTS,
    after,
    as_whole,
    before,
    facts_of,
    lifted,
    roles,
    row_of,
    told,
    two_after,
    two_before,
)
from streams.tag.segments import _TITLES, _read, runs, segments

RUNS = [
    "Norvik",
    "Foreign Minister Mélanie Joly",
    "The Norvik Harbour Council's President Ingrid Dahle",
    "Mr. Petro Kern of the University of Oslo",
]


WEIGHED: dict[str, list[int]] = json.loads(gzip.decompress(WEIGHTS.read_bytes()))
TITLED = [500, 0, 0, 0, 0]


def summed(names: list[str], *, titled: bool = False) -> list[int]:
    rows = [WEIGHED[name] for name in names if name in WEIGHED] + [TITLED] * titled
    return [sum(row[kind] for row in rows) for kind in range(len(KINDS))]


def scores(row: int) -> list[int]:
    return [score - LIFTED for score in lifted(row)]


@pytest.mark.parametrize("written", RUNS)
@pytest.mark.parametrize("begins", [False, True])
def test_a_part_scores_what_its_features_weigh(written: str, begins: bool) -> None:
    run = _read(written, begins)
    words = [facts_of(piece) for piece in run.pieces]
    assert len(run.parts) >= len(words)
    for first, last, row in run.parts:
        names = [name for word, role in roles(words, first, last, begins=begins) for name in told(word, role)]
        names += [two_before(words[first - 2].lower if first > 1 else "^", words[first - 1].lower)] if first else []
        names += (
            [two_after(words[last].lower, words[last + 1].lower if last + 1 < len(words) else "$")]
            if last < len(words)
            else []
        )
        names += as_whole(words[first:last], begins=begins and not first) if last - first > 1 else []
        titled = first > 0 and run.pieces[first - 1] in _TITLES
        assert scores(row) == summed(names, titled=titled), run.pieces[first:last]


def test_a_word_scores_what_it_and_the_words_around_it_weigh() -> None:
    text = "The mayor of Oslo said so. Officials in Norvik, however, saw the Dahle said to be sunk."
    expected = []
    for written, _, begins, further, nearest, following, next_one in runs(text):
        word = facts_of(written)
        names = told(word, ONLY) + (told(word, BEGINNING) if begins else []) + before(nearest) + after(following)
        expected.append(summed([*names, two_before(further, nearest), two_after(following, next_one)]))
    assert [scores(row) for _, _, _, row in segments(text)] == expected
    assert {"-2=mayor of", "+2=mayor of", "+2=, however"} <= WEIGHED.keys()


def test_rows_add_kind_by_kind() -> None:
    one, other = [3, -500, 0, 70, -1], [-3, 499, -2, 1, 1]
    assert scores(row_of(*one) + row_of(*other)) == [0, -1, -2, 71, 0]
    assert row_of(*one) - row_of(*one) == 0
    assert scores(row_of(*one) * 1_000_000) == [score * 1_000_000 for score in one]
