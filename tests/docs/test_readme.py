"""What the README shows is run here, as a new user would, and its links lead somewhere."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.stream.stream import Stream

PRODUCE, CONSUME = blocks("README.md", "python")
TWO_COMMANDS, START, KCAT = blocks("README.md", "sh")
SECONDS = 90


@pytest.fixture
def shell(bootstrap: str, tmp_path: Path) -> Iterator[Stream]:
    """A stream without a prefix, as a new user has it, started by the README's own lines."""
    stream = Stream(bootstrap, "", tmp_path)
    activate, up, *commands = START.splitlines()
    assert activate == ". .venv/bin/activate"
    assert up.startswith('eval "$(newsflow kafka up --port 9092)"'), "the tests' own broker takes its place"
    stream.environment["PATH"] = f"{Path(sys.executable).parent}:{stream.environment['PATH']}"
    with (tmp_path / "shell.log").open("wb") as log:
        running = subprocess.Popen(
            ["bash", "-ec", "\n".join([*commands, "wait"])],
            env=stream.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    stream.wait(lambda: "created" in (tmp_path / "shell.log").read_text() or running.poll() is not None)
    yield stream
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def test_the_first_page_and_the_first_article_in_python_and_with_kcat(shell: Stream, tmp_path: Path) -> None:
    for name, code in (("produce.py", PRODUCE), ("consume.py", CONSUME)):
        assert code.startswith(f"# {name}\n")
        (tmp_path / name).write_text(code)
    run([sys.executable, "produce.py"], shell, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-u", "consume.py"], cwd=tmp_path, env=shell.environment, stdout=subprocess.PIPE, text=True
    ) as consuming:
        assert consuming.stdout
        line = consuming.stdout.readline()
        consuming.terminate()
    assert re.match(r"[a-z2-7]{26} \('Pier to be rebuilt', \['#.*'\], 'The council of Port Ellery voted", line)
    printed = run(["bash", "-ec", KCAT], shell, tmp_path)
    assert "Quay to open" in printed
    assert re.search(r"^[a-z2-7]{26}$", printed, re.MULTILINE)


def run(command: list[str], stream: Stream, folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=stream.environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_two_commands_are_targets() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"\bmake ([a-z-]+)", (ROOT / "README.md").read_text())
    assert re.findall(r"^make (\w+)", TWO_COMMANDS, re.MULTILINE) == ["demo", "test"]
    assert set(named) <= set(targets)


DOCUMENTS = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(
            path
            for folder in ("docs", "schemas", "examples", "deploy", ".github")
            for path in (ROOT / folder).rglob("*.md")
        ),
    )
    if "node_modules" not in path.parts and not {"reference", "runbooks"} & set(path.relative_to(ROOT).parts[1:2])
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_documents_lead_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", text)
    near = [(document.parent / link).resolve() for pair in links for link in pair if link and ":" not in link]
    made = (ROOT / "docs/reference", ROOT / "docs/runbooks")  # by docs/conf.py, when the site is built
    assert [path for path in near if not path.exists() and path.parent not in made] == []
