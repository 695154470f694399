"""Record batches that unfold within bounds, and bombs that do not."""

import resource
from collections.abc import Callable
from importlib import import_module

import cramjam
import pytest
from aiokafka import codec
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from streams.transport import unfold
from streams.transport.unfold import NAMES, UnfoldError, bound, decoders

MOST = 1 << 20
ENCODERS: dict[int, Callable[[bytes], bytes]] = {
    number: getattr(codec, f"{name}_encode") for number, name in NAMES.items()
} | {5: lambda data: bytes(cramjam.snappy.compress_raw(data))}
DECODERS = {**decoders(MOST), 5: decoders(MOST)[2]}


@pytest.mark.parametrize("number", ENCODERS)
@pytest.mark.parametrize("size", [1, 70_000, MOST])
def test_what_fits_unfolds_to_what_it_was(number: int, size: int) -> None:
    data = (b"The harbour was closed. " * (size // 24 + 1))[:size]
    assert DECODERS[number](ENCODERS[number](data)) == data


@pytest.mark.parametrize("number", ENCODERS)
def test_a_bomb_is_told_and_takes_no_memory(number: int) -> None:
    packed = ENCODERS[number](bytes(64 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnfoldError, match=f"{NAMES.get(number, 'snappy')}: .*bytes"):
        DECODERS[number](packed)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


@given(st.sampled_from(list(ENCODERS)), st.binary(max_size=99), st.integers(0, 99))
def test_what_is_broken_raises_nothing_else(number: int, noise: bytes, at: int) -> None:
    packed = ENCODERS[number](b"The harbour was closed.")
    for data in (noise, packed[:at] + noise, packed[:at] + noise + packed[at:]):
        try:
            assert len(DECODERS[number](data)) <= MOST
        except UnfoldError as error:
            assert NAMES.get(number, "snappy") in str(error)  # noqa: PT017 - it may not raise at all


def test_aiokafkas_reader_unfolds_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = import_module(DefaultRecordBatch.__module__)
    for name in NAMES.values():
        monkeypatch.setattr(reader, f"{name}_decode", getattr(reader, f"{name}_decode"))  # given back afterwards
    bound(MOST)
    for number in NAMES:
        for size, fits in ((MOST // 2, True), (2 * MOST, False)):
            builder = DefaultRecordBatchBuilder(2, number, False, -1, -1, 0, 4 * MOST)
            builder.append(0, timestamp=1, key=None, value=bytes(size), headers=[])
            batch = DefaultRecordBatch(bytes(builder.build()))
            if fits:
                assert [len(record.value) for record in batch] == [size]
            else:
                with pytest.raises(UnfoldError):
                    list(batch)
    assert unfold.UNFOLDED >= 1
