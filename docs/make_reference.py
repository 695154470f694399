"""Writes the pages of the site that are made from code: docs/reference/ and docs/runbooks/, which are not committed.

Events come from schemas/, settings from streams/settings.py, metrics from streams/telemetry.py, error codes from
streams/errors.py, commands from the command line itself.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml
from prometheus_client.metrics import MetricWrapperBase
from pydantic_settings import BaseSettings
from typer.testing import CliRunner

from streams import telemetry
from streams.cli.connection import short_name
from streams.cli.main import app
from streams.errors import MEANINGS
from streams.settings import Broker, Settings
from streams.topics import ALL, DAY_MS, Topic

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "schemas"
COLUMNS = "100"  # of a command's help
FILES = {  # beside the code, and pages of the site: title in the navigation is their own
    "SECURITY.md": "reference/security.md",
    "CHANGELOG.md": "reference/changelog.md",
    "CONTRIBUTING.md": "reference/contributing.md",
    "schemas/README.md": "reference/contract.md",
    "examples/README.md": "reference/examples.md",
    **{str(path.relative_to(ROOT)): f"runbooks/{path.name}" for path in (ROOT / "deploy/runbooks").glob("*.md")},
}


def write(folder: Path) -> None:
    """Write the pages that are new or changed below a folder, and remove those that are none any more."""
    made = pages()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in (*folder.glob("reference/*.md"), *folder.glob("runbooks/*.md")):
        if str(path.relative_to(folder)) not in made:
            path.unlink()


def pages() -> dict[str, str]:
    """Make all pages, by their place in docs/."""
    made = {
        "reference/events.md": "\n".join(events()),
        "reference/settings.md": "\n".join(settings()),
        "reference/metrics.md": "\n".join(metrics()),
        "reference/errors.md": "\n".join(errors()),
        "reference/commands.md": "\n".join(commands()),
    }
    return made | {page: _moved(file, page) for file, page in FILES.items()}


def _moved(file: str, page: str) -> str:
    """Move a document of the repository to its page: links to other pages lead there, those to code become its path."""

    def link(found: re.Match[str]) -> str:
        text, target, anchor = found[1], found[2], found[3] or ""
        place = os.path.normpath(Path(file).parent / target)
        here = Path(page).parent
        if place in FILES:
            return f"[{text}]({os.path.relpath(FILES[place], here)}{anchor})"
        if place.startswith("docs/"):
            return f"[{text}]({os.path.relpath(Path(place).relative_to('docs'), here)}{anchor})"
        return text if text.strip("`") == place else f"{text} (`{target}`)"

    return re.sub(r"\[([^\]\n]+)\]\(((?!\w+:|#)[^)#\s]+)(#[^)]*)?\)", link, (ROOT / file).read_text(encoding="utf-8"))


# ---------------------------------------------------------------------------------------------------------- events


def events() -> Iterator[str]:
    """Each topic with its event's fields, then the types that events share."""
    yield "# Events\n\nMade from the schemas, which are [the contract](contract.md). Values are JSON, times RFC 3339.\n"
    types: dict[str, Any] = {}
    known: set[str] = set()
    for topic in ALL:
        if topic.event is None:
            continue
        schema = json.loads((SCHEMAS / f"{topic.name}.schema.json").read_text(encoding="utf-8"))
        types |= schema["$defs"]
        added = {name: node for name, node in schema["properties"].items() if name not in known}
        known |= set(schema["properties"]) if topic.name != "news.article.raw.v1" else set()
        yield from _event(topic, schema, added)
    yield "## Types\n"
    for name, node in sorted(types.items()):
        yield f"(type-{name.lower()})=\n### {name}\n\n{node.get('description', '')}\n"
        yield from _table(node)


def _event(topic: Topic, schema: dict[str, Any], added: dict[str, Any]) -> Iterator[str]:
    days = topic.retention_ms // DAY_MS
    yield f"(topic-{short_name(topic.name)})=\n## {topic.name}\n\n{schema['description']}\n"
    yield f"Kept for {days} days ({topic.cleanup}).\n"
    if len(added) < len(schema["properties"]):
        yield "The fields of the event before it, and:\n"
    yield from _table({**schema, "properties": added})
    example = min((SCHEMAS / "examples" / topic.name).glob("*.json"))
    yield f"An example:\n\n```json\n{example.read_text(encoding='utf-8').strip()}\n```\n"


def _table(node: dict[str, Any]) -> Iterator[str]:
    if "properties" not in node:
        yield f"{_type(node)}\n"
        return
    yield "| field | type | |\n|---|---|---|"
    for name, field in node["properties"].items():
        yield f"| `{name}` | {_type(field)} | {_cell(_description(field))} |"
    yield ""


def _type(node: dict[str, Any]) -> str:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#type-{name.lower()})"
    if "anyOf" in node:
        return " or ".join(_type(each) for each in node["anyOf"])
    if "enum" in node:
        return ", ".join("null" if word is None else f"`{word}`" for word in node["enum"])
    kind = node.get("type", "any")
    inner = {"array": ("list", node.get("items")), "object": ("map", node.get("additionalProperties"))}.get(kind)
    if inner and isinstance(inner[1], dict):
        return f"{inner[0]} of {_type(inner[1])}"
    if "minimum" in node and "maximum" in node:
        return f"{kind} from {node['minimum']:g} to {node['maximum']:g}"
    return str(kind)


def _description(node: dict[str, Any]) -> str:
    return node.get("description") or next(
        (each["description"] for each in node.get("anyOf", ()) if "description" in each), ""
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# -------------------------------------------------------------------------------- settings, metrics, errors, commands


def settings() -> Iterator[str]:
    """Every environment variable."""
    yield "# Settings\n\nAll from the environment; `newsflow doctor` prints what is in force.\n"
    for kind, title in ((Broker, "Broker"), (Settings, "newsflow")):
        yield f"## {title}\n\n{(kind.__doc__ or '').strip()}\n"
        yield "| variable | default | |\n|---|---|---|"
        yield from _variables(kind)
        yield ""


def _variables(kind: type[BaseSettings]) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        variable = f"{kind.model_config['env_prefix']}{name}".upper()
        default = (
            "" if field.is_required() or field.default_factory or field.default in (None, "") else f"`{field.default}`"
        )
        yield f"| `{variable}` | {default} | {_cell(field.description or '')} |"


def metrics() -> Iterator[str]:
    """Every metric, and every alert."""
    yield "# Metrics and alerts\n\nOn `/metrics` of `newsflow worker --web-port 9100`; `/healthz` and `/readyz` too.\n"
    yield "| metric | type | labels | |\n|---|---|---|---|"
    found = [metric for metric in vars(telemetry).values() if isinstance(metric, MetricWrapperBase)]
    for metric in found:
        [told] = metric.describe()
        name = told.name + {"counter": "_total", "info": "_info"}.get(told.type, "")
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)  # noqa: SLF001 - no public name for it
        yield f"| `{name}` | {told.type} | {labels} | {_cell(told.documentation)} |"
    yield "\n## Alerts\n\n| alert | severity | |\n|---|---|---|"
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text(encoding="utf-8"))
    for rule in (rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule):
        page = str(rule["annotations"].get("runbook_url", "")).rpartition("/")[2]
        name = f"[{rule['alert']}](../runbooks/{page})" if f"deploy/runbooks/{page}" in FILES else rule["alert"]
        yield f"| {name} | {rule['labels']['severity']} | {_cell(rule['annotations']['summary'])} |"
    yield ""


def errors() -> Iterator[str]:
    """Every error code."""
    yield "# Error codes\n\nWhy a record became a dead letter: in its headers, in logs and in metrics. "
    yield "`newsflow dead-letters ls` lists them.\n\n| code | |\n|---|---|"
    yield from (f"| `{code}` | {_cell(meaning)} |" for code, meaning in MEANINGS.items())
    yield ""


def commands() -> Iterator[str]:
    """The help of every command, as it prints it."""
    yield "# Commands\n"
    yield from _help(app, ())


def _help(group: typer.Typer, path: tuple[str, ...]) -> Iterator[str]:
    runner = CliRunner(env={"COLUMNS": COLUMNS, "TERMINAL_WIDTH": COLUMNS, "NO_COLOR": "1"})
    for command in group.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        words = (*path, name.replace("_", "-"))
        told = runner.invoke(app, [*words, "--help"], prog_name="newsflow").output
        yield f"## newsflow {' '.join(words)}\n\n```text\n{told.strip()}\n```\n"
    for sub in group.registered_groups:
        if sub.typer_instance is not None:
            yield from _help(sub.typer_instance, (*path, str(sub.typer_instance.info.name)))
