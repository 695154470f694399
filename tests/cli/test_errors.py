import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streams.cli import connection

Newsflow = Callable[..., Any]


def one_line(text: str) -> str:
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert text.startswith("newsflow: ")
    return text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("produce", "Missing argument 'PATH'; see `newsflow produce --help`"),
        ("produce --rat 5 x", "No such option: --rat (Possible options: --rate, --url); see `newsflow produce --help`"),
        ("produce nofile", "no file or directory nofile"),
        ("tail --topic nope", "no topic 'nope': there are raw, clean"),
        ("tail --limit x", "see `newsflow tail --help`"),
        ("tail --limit 0", "see `newsflow tail --help`"),
        ("nope", "No such command 'nope'; see `newsflow --help`"),
        ("topics", "Missing command; see `newsflow topics --help`"),
        ("enrich page.txt --fetched-at yesterday", "write 2025-06-07T12:00:00Z"),
        ("enrich nofile", "no file or directory nofile"),
        ("enrich empty", "nothing to read in empty"),
        ("enrich pages --url https://a.example/", "--url names one bare page"),
        ("explain pages", "explain takes one page"),
        ("takedown x", "neither an article_id"),
        ("reprocess --from yesterday", "write 2025-06-07T12:00:00Z"),
        ("reprocess --from 2025-06-07T12:00:00", "write 2025-06-07T12:00:00Z"),
        ("reprocess --from 2025-06-07T12:00:00Z --stage nope", "no stage 'nope': there are clean, dedupe"),
        ("reader nofile", "no file nofile"),
        ("demo nofile", "no page nofile"),
        ("worker --stage nope", "no stage 'nope': there are clean, dedupe"),
        ("dead-letters replay", "which dead letters?"),
        ("dead-letters replay 0/1 --all", "not both"),
        ("kafka status", "start it with `newsflow kafka up`"),
        ("tail", "no broker: set KAFKA_BOOTSTRAP"),
        ("topics check", "no broker: set KAFKA_BOOTSTRAP"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    newsflow: Newsflow, arguments: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(connection, "embedded_directory", lambda: tmp_path / "broker")
    monkeypatch.setattr("streams.cli.kafka.embedded_directory", lambda: tmp_path / "broker")
    (tmp_path / "empty").mkdir()
    (tmp_path / "pages").mkdir()
    for name in ("page.txt", "pages/a.txt", "pages/b.txt"):
        (tmp_path / name).write_text("A page")
    answer = newsflow(*arguments.split())
    assert answer.code in {1, 2}
    assert answer.out == ""
    assert said in one_line(answer.err)


def test_a_broker_that_is_away_is_one_line(newsflow: Newsflow) -> None:
    answer = newsflow("tail", KAFKA_BOOTSTRAP="127.0.0.1:9")
    assert answer.code == 1
    assert "no Kafka broker answers at 127.0.0.1:9 (" in one_line(answer.err)


@pytest.mark.parametrize(
    ("name", "value"), [("NEWSFLOW_PARTITIONS", "x"), ("NEWSFLOW_PARTITIONS", "0"), ("KAFKA_SECURITY_PROTOCOL", "TLS")]
)
def test_a_setting_that_cannot_be_used_is_one_line(newsflow: Newsflow, name: str, value: str) -> None:
    answer = newsflow("topics", "check", **{name: value})
    assert answer.code == 1
    assert one_line(answer.err).startswith(f"newsflow: {name}: ")


def test_missing_topics_are_named(newsflow: Newsflow, bootstrap: str, prefix: str, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("A page")
    environment = {"KAFKA_BOOTSTRAP": bootstrap, "NEWSFLOW_TOPIC_PREFIX": prefix}
    for arguments in (["produce", tmp_path], ["tail"], ["dead-letters", "ls"], ["takedown", "https://a.example/"]):
        answer = newsflow(*arguments, **environment)
        assert answer.code == 1
        assert "run `newsflow topics create`" in one_line(answer.err)


COMMANDS = ["demo", "worker", "produce", "tail", "explain", "enrich", "export", "takedown", "reprocess"]
COMMANDS += ["doctor", "topics create", "topics check", "kafka up", "kafka down", "kafka status"]
COMMANDS += ["dead-letters ls", "dead-letters show", "dead-letters replay"]
COMMANDS += ["watch", "reader"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_by_example(newsflow: Newsflow, command: str) -> None:
    answer = newsflow(*command.split(), "--help")
    assert answer.code == 0
    assert f"\n  $ newsflow {command}" in answer.out
    assert "│" not in answer.out


def test_help_lists_every_command_without_loading_them(newsflow: Newsflow) -> None:
    answer = newsflow()
    assert answer.code == 0
    for command in COMMANDS:
        assert f"\n  {command.split()[0]} " in answer.out
    loaded = "import sys, streams.cli.main; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "aiokafka", "faust", "lxml", "numpy", "rich.console"} & set(modules)
