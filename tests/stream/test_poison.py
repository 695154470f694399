"""Bad records in the middle of good ones, and stages that fail in every way."""

import asyncio
import json

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from streams.settings import MIB
from streams.topics import CLEAN, DEAD_LETTER, ENRICHED, RAW, UNIQUE
from tests.stream.pages import page
from tests.stream.poison import POISON, large
from tests.stream.stream import Stream


def test_each_bad_record_is_one_dead_letter_and_the_stream_goes_on(stream: Stream) -> None:
    good = [page(number) for number in range(60)]
    mixed = good[:30] + list(POISON) + good[30:]
    stream.produce(mixed, partition=1, headers=[("crawler", b"c1"), ("nothing", b"")])
    worker = stream.worker(NEWSFLOW_MAX_BODY_BYTES="100000")
    stream.wait_final(len(mixed))
    stream.stop(worker)

    dead = stream.read(DEAD_LETTER)
    codes = {record.value: dict(record.headers)["dlq.error.code"].decode() for record in dead}
    assert codes == POISON
    for record in dead:
        headers = dict(record.headers)
        assert headers["crawler"] == b"c1"
        assert headers["dlq.topic"].decode() == f"{stream.prefix}news.article.raw.v1"
        assert headers["dlq.stage"] == b"clean"
        assert headers["dlq.partition"] == b"1"
        assert len(headers["dlq.error.message"]) <= 500
        assert mixed[int(headers["dlq.offset"])] == record.value
    assert stream.books() == {
        "raw": len(mixed),
        "parts": 0,
        "enriched": 60,
        "duplicates": 0,
        "dead letters": len(POISON),
    }


class _NotUtf8(str):
    """The name of a header as librdkafka can write it."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xffcrawler"


def _send_batch(
    stream: Stream,
    values: list[bytes],
    compression: int = 0,
    *,
    transaction: str | None = None,
    strange: str = "crawler",
    key: bytes | None = b"k",
) -> None:
    """Send values as one batch; the second has a header of a strange name."""

    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=stream.bootstrap, transactional_id=transaction) as producer:
            if transaction:
                await producer.begin_transaction()
            batch = producer.create_batch()
            batch._builder = _DefaultRecordBatchBuilderPy(2, compression, bool(transaction), -1, -1, 0, 2**21)
            for number, value in enumerate(values):
                name = strange if number == 1 else "crawler"
                batch.append(timestamp=None, key=key, value=value, headers=[(name, b"c1")])
            if transaction:  # aiokafka asserts that its builder is its own
                batch._set_producer_state = batch._builder.set_producer_state
            await (await producer.send_batch(batch, f"{stream.prefix}{RAW.name}", partition=2))
            if transaction:
                await producer.abort_transaction()

    asyncio.run(send())


def test_a_header_whose_name_is_not_utf8_stops_nothing(stream: Stream) -> None:
    bad = b"no json"
    stream.produce([page(1)], partition=2)
    for number, compression in enumerate((0, 1, 2, 3, 4)):  # none, gzip, snappy, lz4, zstd
        _send_batch(stream, [page(10 + number), bad, page(20 + number)], compression, strange=_NotUtf8("x"))
    _send_batch(stream, [page(30), page(31)], transaction="aborts", strange=_NotUtf8("x"))
    stream.produce([page(2)], partition=2)
    worker = stream.worker()
    stream.wait_final(17)
    stream.stop(worker)
    assert len(stream.read(ENRICHED)) == 12
    dead = stream.read(DEAD_LETTER)
    assert [record.value for record in dead] == [bad] * 5
    assert all(dict(record.headers)["\\xffcrawler"] == b"c1" for record in dead)


def test_a_batch_that_unfolds_without_end_is_one_dead_letter(stream: Stream) -> None:
    stream.produce([page(1)], partition=2)
    bomb = page(3, body="A headline\n\n" + "word " * 200_000)
    for number, compression in enumerate((1, 2, 3, 4)):
        _send_batch(stream, [page(10 + number), bomb], compression)
    stream.produce([page(2)], partition=2)
    worker = stream.worker(NEWSFLOW_MAX_RECORD_BYTES="200000")
    stream.wait_final(6)
    stream.stop(worker)
    dead = stream.read(DEAD_LETTER)
    assert len(stream.read(ENRICHED)) == 2
    for record, name in zip(dead, (b"gzip", b"snappy", b"lz4", b"zstd"), strict=True):
        headers = dict(record.headers)
        assert headers["kafka.batch"].startswith(b"2 records, " + name)
        assert headers["dlq.error.code"] == b"decode_json"
        assert record.value[16] == 2  # the batch as it was sent: its magic byte


def test_keys_of_any_kind_harm_nothing(stream: Stream) -> None:
    for number, key in enumerate((None, b"", b"\x00\xff\xfe", b"k" * 100_000)):
        _send_batch(stream, [page(number), b"no json"], key=key)
    worker = stream.worker()
    stream.wait_final(8)
    stream.stop(worker)
    assert len(stream.read(ENRICHED)) == 4
    assert [record.key for record in stream.read(DEAD_LETTER)] == [None, b"", b"\x00\xff\xfe", b"k" * 100_000]


def test_a_page_of_16_mib_is_read_and_one_of_a_byte_more_is_kept_whole(stream: Stream) -> None:
    most, more = large(16 * MIB), large(16 * MIB + 1)
    stream.produce([most, more], partition=0)
    worker = stream.worker()
    stream.wait_final(2)
    stream.stop(worker)
    told = {bytes(record.value): dict(record.headers)["dlq.error.code"] for record in stream.read(DEAD_LETTER)}
    assert told[more] == b"too_large"
    assert told.get(most) != b"too_large"


BREAKING = {
    "BUG": ("bug", b"1"),
    "RECURSION": ("bug", b"1"),
    "EXIT": ("bug", b"1"),
    "MEMORY": ("crash", b"1"),
    "SLOW": ("timeout", b"2"),
    "SEGFAULT": ("crash", b"2"),
    "KILLED": ("crash", b"2"),
}


def test_pages_that_break_the_stage_are_dead_lettered_alone(stream: Stream) -> None:
    bad = {page(99, body=f"A headline\n\n{word}"): told for word, told in BREAKING.items()}
    good = [page(number) for number in range(28)]
    pages = [value for number, value in enumerate(bad) for value in (*good[number * 4 : number * 4 + 4], value)]
    stream.produce(pages, partition=0)
    worker = stream.worker(NEWSFLOW_FLOW="tests.stream.flows:faulty_clean", NEWSFLOW_PAGE_CPU_SECONDS="0.5")
    stream.wait_final(len(pages))
    stream.stop(worker)
    told = {}
    for dead in stream.read(DEAD_LETTER):
        headers = dict(dead.headers)
        told[dead.value] = (headers["dlq.error.code"].decode(), headers["dlq.attempts"])
    assert told == bad
    assert len(stream.read(ENRICHED)) == len(good)


def test_a_bug_in_a_later_stage_keeps_that_stages_input(stream: Stream) -> None:
    bad = page(99, body=f"A headline with a BUG\n\n{json.loads(page(98))['body']}")
    stream.produce([page(1), bad, page(2)])
    worker = stream.worker(NEWSFLOW_FLOW="tests.stream.flows:faulty_tag")
    stream.wait_final(3)
    stream.stop(worker)
    [dead] = stream.read(DEAD_LETTER)
    assert dead.value in {record.value for record in stream.read(UNIQUE)}
    headers = dict(dead.headers)
    assert headers["dlq.stage"] == b"tag"
    assert headers["dlq.error.message"].startswith(b"KeyError in flows.py:")
    assert b"news_raw_position" in {name.encode() for name in headers}


def test_a_bug_on_every_page_stops_the_worker_and_not_the_stream(stream: Stream) -> None:
    stream.produce([page(number, body=f"Headline {number}\n\nBUG") for number in range(40)])
    worker = stream.worker(NEWSFLOW_FLOW="tests.stream.flows:faulty_clean")
    assert worker.wait(60) == 1
    last = stream.log(worker).rstrip().splitlines()[-1]
    assert "StageBroken: clean fails on too many records: KeyError in flows.py" in last
    assert len(stream.read(DEAD_LETTER)) <= 20
    assert stream.read(CLEAN) == []

    worker = stream.worker()  # mended
    stream.wait_final(40)
    stream.stop(worker)
    assert stream.books()["enriched"] + len(stream.read(DEAD_LETTER)) + stream.books()["duplicates"] == 40
