"""The consumers of examples/, as their README says to run them, against the real broker.

Each is given what a consumer must cope with: an aborted transaction, events told twice, an older event after a newer
one, a take-down, and a group that goes on where it stopped.
"""

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from streams.schemas import FOLDER
from tests.npm import installed
from tests.stream.records import event, id_of, write
from tests.stream.stream import Stream

EXAMPLES = FOLDER.parent / "examples"
OLD, NEW = event(1, id="a", ingested_at=1, title="Old"), event(1, id="b", ingested_at=2, title="New")
OTHER, GONE = event(2, id="c", ingested_at=3, title="Other"), event(2, id="d", ingested_at=4, gone=True)
LAST = event(5, id="f", ingested_at=5, title="Last")
REPLACING = event(3, id="e", ingested_at=6, title="Fuller", supersedes=(id_of(4),))


def run(*command: str | Path, folder: Path, seconds: float = 240) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def go() -> list[str]:
    asked = re.findall(r"^go (\d+)\.(\d+)", (EXAMPLES / "go/go.mod").read_text(), re.MULTILINE)
    there = re.findall(
        r"go(\d+)\.(\d+)", subprocess.run(["go", "version"], capture_output=True, text=True, check=True).stdout
    )
    if [tuple(map(int, pair)) for pair in there] < [tuple(map(int, pair)) for pair in asked]:  # Debian 12 has 1.19
        (pytest.fail if os.environ.get("REQUIRE_DATA") else pytest.skip)(f"Go {there} is older than go.mod asks for")
    run("go", "build", "-o", "consumer", ".", folder=EXAMPLES / "go")
    return [str(EXAMPLES / "go/consumer")]


def java() -> list[str]:
    run("mvn", "-q", "-B", "compile", "dependency:copy-dependencies", folder=EXAMPLES / "java")
    return ["java", "-cp", f"{EXAMPLES}/java/target/classes:{EXAMPLES}/java/target/dependency/*", "newsflow.Consumer"]


def javascript() -> list[str]:
    installed(EXAMPLES / "javascript")
    return ["node", str(EXAMPLES / "javascript/consumer.js")]


@pytest.fixture(params=[go, java, javascript], ids=lambda make: make.__name__)
def consumer(request: pytest.FixtureRequest) -> list[str]:
    if shutil.which(request.param.__name__.replace("javascript", "node").replace("java", "javac")) is None:
        pytest.fail(f"no {request.param.__name__} here: make set-up installs it for tests")
    return list(request.param())


@pytest.mark.timeout(400)  # the first time, it is compiled, and what it needs is fetched
def test_a_consumer_tells_each_event_once(stream: Stream, consumer: list[str]) -> None:
    def told(limit: int) -> list[str]:
        done = subprocess.run(
            [*consumer, "newsflow-consumer-test", str(limit)],
            env=stream.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return sorted(done.stdout.splitlines())

    asyncio.run(write(stream, event(9, id="x", ingested_at=1), abort=True))
    asyncio.run(write(stream, OLD, NEW, OLD, NEW, OTHER, GONE, OTHER, LAST))
    assert told(5) == sorted(
        [
            f"{id_of(1)} revision 1: Old",
            f"{id_of(1)} revision 1: New",
            f"{id_of(2)} revision 1: Other",
            f"{id_of(2)} taken down: http_410",
            f"{id_of(5)} revision 1: Last",
        ]
    )
    asyncio.run(write(stream, REPLACING))
    assert told(1) == [f"{id_of(3)} revision 1: Fuller"]


def test_types_are_those_of_the_schemas() -> None:
    schemas = [FOLDER / f"news.article.{name}.v1.schema.json" for name in ("raw", "enriched")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in schemas)).hexdigest()
    assert (EXAMPLES / "types.sha256").read_text().strip() == digest, "run examples/make-types"
