"""The alerts: sound rules, each tried with and without its fault, each with a page that says what to do."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.errors import ErrorCode
from tests.deploy.metrics import names_in, unknown

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
TESTS = DEPLOY / "prometheus" / "tests.yml"
RUNBOOKS = DEPLOY / "runbooks"


def _rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in _rules() if "alert" in rule}


@pytest.mark.parametrize("arguments", ["check config prometheus.yml", "test rules tests.yml"])
def test_prometheus_takes_its_files_and_every_alert_fires_when_it_should(arguments: str) -> None:
    done = subprocess.run(
        ["promtool", *arguments.split()], cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_urgent_it_is_and_what_to_do(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]
    page = RUNBOOKS / rule["annotations"]["runbook_url"].rpartition("/")[2]
    title, *rest = page.read_text().splitlines()
    assert name in title
    assert [line.split("**")[1] for line in rest if line.startswith("**")] == [
        "What it means.",
        "What to look at",
        "What to do",
    ]
    assert f'alertname="{name}"' in TESTS.read_text() or f"alertname: {name}" in TESTS.read_text()


def test_every_page_belongs_to_an_alert() -> None:
    pages = {rule["annotations"]["runbook_url"].rpartition("/")[2] for rule in ALERTS.values()}
    assert {path.name for path in RUNBOOKS.glob("*.md")} == pages


def test_rules_ask_for_metrics_and_codes_that_there_are() -> None:
    recorded = {rule["record"] for rule in _rules() if "record" in rule}
    for rule in _rules():
        assert unknown(rule["expr"]) <= recorded, rule
    codes = set(re.findall(r"[a-z_]+", "|".join(re.findall(r'error_code[=!]~"([^"]*)"', RULES.read_text()))))
    assert codes <= set(ErrorCode)
    assert names_in(ALERTS["NewsflowDown"]["expr"]) == {"up"}
