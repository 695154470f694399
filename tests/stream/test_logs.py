"""A worker's log: dead letters with what is known of them, and little of it while its broker is away."""

import json
import time
from collections import Counter
from pathlib import Path

from streams import kafka
from tests.faults.scene import new_stream
from tests.stream.pages import page
from tests.stream.stream import Stream

AWAY_SECONDS = 20
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_dead_letter_is_logged_with_its_stage_code_and_trace(stream: Stream) -> None:
    stream.produce([b"no json"] * 5, partition=2, headers=[("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())])
    worker = stream.worker()
    stream.wait_final(5)
    stream.stop(worker)
    lines = [json.loads(line) for line in stream.log(worker).splitlines() if line.startswith("{")]
    told = [line for line in lines if line["event"] == "dead letters"]
    assert told[0]["stage"] == "clean"
    assert told[0]["error_code"] == "decode_json"
    assert told[0]["trace"] == TRACE
    assert (told[0]["partition"], told[0]["offset"]) == (2, 0)
    assert sum(line["count"] for line in told) <= 5


def test_a_dead_letter_of_a_later_stage_names_its_article(stream: Stream) -> None:
    bad = page(99, body=f"A headline with a BUG\n\n{json.loads(page(98))['body']}")
    stream.produce([bad])
    worker = stream.worker(NEWSFLOW_FLOW="tests.stream.flows:faulty_tag")
    stream.wait_final(1)
    stream.stop(worker)
    [told] = [json.loads(line) for line in stream.log(worker).splitlines() if "dead letters" in line]
    assert (told["stage"], told["error_code"], len(told["article_id"])) == ("tag", "bug", 26)


def test_a_broker_that_is_away_is_told_once_of_each_kind(prefix: str, tmp_path: Path) -> None:
    with kafka.running(tmp_path / "kafka") as broker:
        stream = new_stream(broker.bootstrap, prefix, tmp_path)
        worker = stream.worker()
        stream.wait(lambda: stream.log(worker).count("took over") == 16)
        begin = stream.log(worker).count("\n")  # each kind is told at once, while the broker still goes down
        kafka.down(tmp_path / "kafka")
        time.sleep(AWAY_SECONDS)
        assert worker.poll() is None
        away = [json.loads(line) for line in stream.log(worker).splitlines()[begin:] if line.startswith("{")]
        stream.stop(worker)
    kinds = Counter((line["logger"], line["event"].partition(" ")[0]) for line in away)
    assert away, "aiokafka has nothing to say"
    assert len(away) <= 20, kinds  # 28 a second without a limit
