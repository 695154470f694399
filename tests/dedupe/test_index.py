"""The packed index against a plain dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from streams.dedupe.index import POSTINGS, Index

HASHES = st.lists(st.sampled_from([0, 1, 2, 7, 2**16, 2**16 + 1, 2**31, 2**32 - 1]), max_size=POSTINGS, unique=True)


@given(st.lists(st.tuples(st.integers(0, 5), HASHES), max_size=40))
def test_what_is_found_is_what_was_added_and_not_dropped_the_newest_first(steps: list[tuple[int, list[int]]]) -> None:
    index = Index(6)
    rows: dict[int, list[int]] = {}  # number → hashes, the oldest first
    slots: dict[int, int] = {}
    for number, (which, hashes) in enumerate(steps, 1):
        if len(rows) > which:
            gone = list(rows)[which]
            index.drop(slots.pop(gone))
            del rows[gone]
        if len(rows) < 6:
            index.add(number, 100 * number, hashes)
            rows[number] = hashes
            slots = {index.number(slot): slot for slot in range(1, 7) if index.number(slot) in rows}
        assert len(index) == len(rows)
        assert (index.number(index.oldest) if index.oldest else None) == next(iter(rows), None)
        for each in {each for known in rows.values() for each in known} | {0, 2**16}:
            found = [index.number(slot) for slot in index.find(each)]
            holders = [row for row in reversed(rows) if each in rows[row]]
            assert [row for row in found if row in holders] == holders
            # Others may come along where their hash shares bucket and upper half.
            assert all(any(other >> 16 == each >> 16 for other in rows[row]) for row in found)
    for slot in list(slots.values()):
        index.drop(slot)
    assert not any(index._next)
    assert not any(index._before)
