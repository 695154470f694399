"""What people who work on newsflow are given is well formed and names what is there."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.docs.blocks import ROOT, blocks


def test_hooks_run_what_lint_runs() -> None:
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    lint = (ROOT / "Makefile").read_text()
    for hook in repository["hooks"]:
        program, *words = hook["entry"].split()
        assert program.startswith(".venv/bin/")
        assert program in lint
        assert all((ROOT / word).exists() for word in words if "/" in word)


def test_the_devcontainer_is_set_up_by_our_own_script() -> None:
    told = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    command, _ = told["postCreateCommand"].split()
    assert (ROOT / command).is_file()


@pytest.mark.parametrize("name", ["bug", "page", "idea"])
def test_issue_templates_ask_what_is_needed(name: str) -> None:
    form: dict[str, Any] = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text())
    assert {"name", "description", "body"} <= set(form)
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "streams/py.typed").is_file(), "else a consumer's type checker takes streams.client for untyped"


def test_locks_of_npm_name_no_registry() -> None:
    locks = [ROOT / folder / "package-lock.json" for folder in ("schemas", "examples/javascript")]
    assert [
        path for path in locks if re.search(r'"resolved"|https?://(?!opencollective|github)', path.read_text())
    ] == []


def test_what_contributors_are_told_to_run_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = re.findall(r"^make ([a-z-]+)", "".join(blocks("CONTRIBUTING.md", "sh")), re.MULTILINE)
    inline = re.findall(r"`make ([a-z-]+)(?: ([a-z-]+))?", text)
    assert commands
    assert {word for pair in [*inline, *((command, "") for command in commands)] for word in pair if word} <= targets
    paths = re.findall(r"`((?:streams|tests|docs|deploy|schemas|examples)/[\w./-]+)`", text)
    assert [path for path in paths if not (ROOT / path).exists() and "VERSION" not in path] == []
