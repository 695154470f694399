"""What SECURITY.md and docs/guarantees.md name is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.security.test_roles import MAY_READ, MAY_WRITE

ROOT = Path(__file__).parents[2]
SHORT = {"state": "newsflow.dedupe.state.v1", "dead letters": "news.article.dead-letter.v1"}


@pytest.mark.parametrize("document", ["SECURITY.md", "docs/guarantees.md", "docs/operating.md"])
def test_every_test_and_file_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    trees = [ast.parse(file.read_text()) for file in (ROOT / "tests").rglob("test_*.py")]
    tests = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    named = set(re.findall(r"`(test_\w+)`", text))
    assert named, "a document that proves nothing"
    assert named - tests == set()
    paths = re.findall(r"`((?:streams|tests|docs|deploy|schemas)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_table_of_roles_is_what_the_roles_may() -> None:
    rows = re.findall(r"^\| (\w+) \| ([^|]*)\| ([^|]*)\| [^|]*\|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    told = {role: (_topics(read), _topics(written)) for role, read, written in rows}
    del told["role"]
    assert told == {
        role: ({topic.name for topic in MAY_READ[role]}, {topic.name for topic in MAY_WRITE[role]}) for role in MAY_READ
    }


def _topics(cell: str) -> set[str]:
    names = [name.strip() for name in cell.split(",") if name.strip()]
    return {SHORT.get(name, f"news.article.{name}.v1") for name in names}
