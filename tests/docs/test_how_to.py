"""The how-tos are followed: their files are written, their commands run, on a real broker."""

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

from streams.topics import DEAD_LETTER
from tests.docs.blocks import ROOT, blocks
from tests.stream.stream import Stream


def file_of(document: str, folder: Path) -> Path:
    """Write the document's file, which its first line names."""
    [code] = blocks(document, "python")
    found = re.match(r"# (\w+\.py)\n", code)
    assert found
    path = folder / found[1]
    path.write_text(code)
    return path


def test_a_stage_is_one_file_and_one_line_and_crawler_and_store_do_as_told(stream: Stream, tmp_path: Path) -> None:
    document = "docs/how-to/add-a-stage.md"
    file_of(document, tmp_path)
    exports, create, work = "".join(blocks(document, "sh")[:1]).splitlines()
    variables = dict(each.split("=", 1) for each in shlex.split(exports)[1:])
    assert (create, work) == ("newsflow topics create", "newsflow worker")
    assert variables.pop("PYTHONPATH") == "."
    stream.environment |= {**variables, "PYTHONPATH": f"{tmp_path}{os.pathsep}{stream.environment['PYTHONPATH']}"}
    assert "news.article.timed.v1\tcreated" in stream.newsflow("topics", "create").stdout
    worker = stream.worker()

    crawler = file_of("docs/how-to/crawler.md", tmp_path)
    done = subprocess.run(
        [sys.executable, crawler], env=stream.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.startswith("100 pages, the first at "), done.stderr
    store = file_of("docs/how-to/consume.md", tmp_path)
    with subprocess.Popen(
        [sys.executable, "-u", store], cwd=tmp_path, env=stream.environment, stdout=subprocess.PIPE, text=True
    ) as storing:
        assert storing.stdout
        assert storing.stdout.readline().startswith("stored ")
        storing.terminate()
    with sqlite3.connect(tmp_path / "articles.db") as database:
        assert database.execute("SELECT count(*) FROM articles").fetchone()[0] >= 1
    database.close()

    *_, tail = blocks(document, "sh")
    printed = stream.newsflow(*shlex.split(tail)[1:], "--from-beginning", "--limit", "1")
    record = json.loads(printed.stdout)
    assert record["value"]["reading_seconds"] == round(record["value"]["word_count"] * 60 / 238)
    assert record["headers"]["ce_source"] == "newsflow/reading"
    assert stream.stop(worker) == 0


def test_a_flow_that_is_not_there_is_one_clear_line(stream: Stream) -> None:
    stream.environment["NEWSFLOW_FLOW"] = "readng:flow"
    done = stream.newsflow("topics", "check")
    assert done.returncode == 1
    assert done.stderr == (
        "newsflow: NEWSFLOW_FLOW=readng:flow: No module named 'readng'; is its folder on the PYTHONPATH?\n"
    )


def test_the_tutorial_is_followed(stream: Stream, tmp_path: Path) -> None:
    demo, keep, send, again, broken, why, clear = blocks("docs/tutorial.md", "sh")
    assert (demo, keep.splitlines()[2:]) == (
        "make demo\n",
        ["newsflow topics create", "newsflow worker --web-port 9100 &"],
    )
    stream.environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{stream.environment['PATH']}"
    worker = stream.worker()

    def shell(commands: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", commands], cwd=ROOT, env=stream.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = shell(send)
    titles = ("Scotland switches on", "Herring fleet returns", "Ferry to Shetland cancelled", "Islay to get second")
    assert all(title in told for title in titles)
    assert shell(again).count("revision_unchanged") == len(titles)
    produce, *look = broken.splitlines()
    shell(produce)
    stream.wait(lambda: bool(stream.read(DEAD_LETTER)))
    assert "no json" in shell("\n".join(look)).splitlines()[-1]
    assert titles[0] in shell(why)

    read = file_of("docs/tutorial.md", tmp_path)
    with subprocess.Popen(
        [sys.executable, "-u", read], env=stream.environment, stdout=subprocess.PIPE, text=True
    ) as reading:
        assert reading.stdout
        articles = [reading.stdout.readline() for _ in titles]
        reading.terminate()
    assert all(any(title in article for article in articles) for title in titles)
    assert clear.splitlines()[1] == "newsflow kafka down"
    assert stream.stop(worker) == 0
