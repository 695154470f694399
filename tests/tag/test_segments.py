"""The parts of a run of capitalised words: each is scored by all that the weights were fitted for."""

import pytest

from streams.tag.kinds import add, as_whole, pair_after, pair_before, roles, total_of
from streams.tag.segments import _TITLED, _TITLES, _read_word, _read_words

RUNS = [
    "Norvik",
    "Foreign Minister Mélanie Joly",
    "The Norvik Harbour Council's President Ingrid Dahle",
    "Mr. Petro Kern of the University of Oslo",
]


@pytest.mark.parametrize("written", RUNS)
@pytest.mark.parametrize("begins", [False, True])
def test_a_part_scores_what_its_features_weigh(written: str, begins: bool) -> None:
    run = (_read_words if " " in written else _read_word)(written, begins)
    words = run.pieces
    assert len(run.parts) >= len(words)
    for first, last, scores in run.parts:
        told = [name for role, word in roles(words, first, last, begins=begins) for name in role(word)]
        told += [pair_before(words, first)] if first else []
        told += [pair_after(words, last)] if last < len(words) else []
        told += as_whole(words[first:last], begins=begins and not first) if last - first > 1 else []
        titled = first > 0 and words[first - 1] in _TITLES
        assert scores == (add(total_of(told), _TITLED) if titled else total_of(told)), words[first:last]
