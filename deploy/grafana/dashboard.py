"""The dashboard, as rows of panels; `make manifests` writes dashboards/newsflow.json from it."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

OUT = Path(__file__).parent / "dashboards" / "newsflow.json"
WIDTH = 24  # Grafana's grid
SOURCE = {"type": "prometheus", "uid": "$datasource"}
GREEN, YELLOW, RED = "green", "yellow", "red"


class Panel(NamedTuple):
    """A panel.

    Expressions are written without what all of them need: `metric{…}` is narrowed to the chosen job and instance, and
    `[]` is `[$__rate_interval]`.
    """

    title: str
    description: str
    unit: str  # one of Grafana's
    queries: dict[str, str]  # legend → expression
    kind: str = "timeseries"
    width: int = 8
    runbook: str = ""
    limits: tuple[tuple[str, float], ...] = ()  # (colour, from this value on)
    stacked: bool = False


def well() -> list[Panel]:
    """Is it well?"""
    pages_in = (
        'sum(rate(newsflow_consumed_events_total{stage="clean"}[])) + sum(rate(newsflow_parts_total{stage="clean"}[]))'
    )
    out = (
        'sum(rate(newsflow_events_total{stage="summarise"}[])'
        ' or rate(newsflow_events_total{outcome=~"duplicate|dead_letter"}[]))'
    )
    slow = "histogram_quantile({}, sum by (le) (rate(newsflow_end_to_end_seconds_bucket{{}}[])))"
    share = (
        "sum(rate(newsflow_dead_letters_total{}[]))"
        ' / clamp_min(sum(rate(newsflow_consumed_events_total{stage="clean"}[])), 0.001)'
    )
    books = (
        "sum(sum by (instance, stage) (newsflow_events_total{})"
        " - on (instance, stage) newsflow_consumed_events_total{} - on (instance, stage) newsflow_parts_total{})"
    )
    lag = "max{}(newsflow_consumer_lag_seconds{{}})"
    return [
        Panel(
            "Workers", "Workers that answer Prometheus.", "none", {"workers": "sum(up{})"}, "stat", 4, "down",
            ((RED, 0), (GREEN, 1)),
        ),
        Panel(
            "Pages in", "Pages and the parts split off from them, a second.", "cps", {"in": pages_in}, "stat", 4,
            "source-silent",
        ),
        Panel(
            "End to end, p99", "From a page's arrival to its final outcome, for 99 of 100.", "s",
            {"p99": slow.format(0.99)}, "stat", 4, "end-to-end", ((GREEN, 0), (YELLOW, 10), (RED, 60)),
        ),
        Panel(
            "Lag", "Age of the oldest record that a stage has not read yet.", "s", {"lag": lag.format("")}, "stat", 4,
            "lag", ((GREEN, 0), (YELLOW, 60), (RED, 300)),
        ),
        Panel(
            "Dead letters", "Of 100 pages, those no article could be made of.", "percentunit", {"share": share}, "stat",
            4, "dead-letters", ((GREEN, 0), (YELLOW, 0.01), (RED, 0.05)),
        ),
        Panel(
            "Books", "Outcomes less records read and parts split off, since the workers started: 0, or there is a bug.",
            "none", {"difference": books}, "stat", 4, "books", ((RED, -1e9), (GREEN, 0), (RED, 1)),
        ),
        Panel(
            "Throughput", "Pages with their parts in, and final outcomes out: the lines lie on each other.", "cps",
            {"in": pages_in, "out": out}, runbook="lag",
        ),
        Panel(
            "End to end", "From a page's arrival to enriched, duplicate or dead letter.", "s",
            {"p50": slow.format(0.5), "p99": slow.format(0.99)}, runbook="end-to-end",
        ),
        Panel(
            "Lag by stage", "Age of the oldest record that the stage has not read yet.", "s",
            {"{{stage}}": lag.format(" by (stage) ")}, runbook="lag",
        ),
    ]  # fmt: skip


def stage(name: str) -> list[Panel]:
    """One stage: rate, errors, duration."""
    quantile = 'histogram_quantile({}, sum by (le) (rate(newsflow_{}_duration_seconds_bucket{{stage="{}"}}[])))'
    return [
        Panel(
            "Rate", f"What {name} made of records, by outcome.", "cps",
            {"{{outcome}}": f'sum by (outcome) (rate(newsflow_events_total{{stage="{name}"}}[]))'}, width=6,
            runbook="stalled", stacked=True,
        ),
        Panel(
            "Errors", "Dead letters by code, and records tried again after their process died.", "cps",
            {
                "{{error_code}}": f'sum by (error_code) (rate(newsflow_dead_letters_total{{stage="{name}"}}[]))',
                **(
                    {"retries": f'sum(rate(newsflow_retries_total{{stage="{name}"}}[]))'} if name == "clean" else {}
                ),
            },
            width=6, runbook="dead-letters",
        ),
        Panel(
            "Duration", "Stage work on a batch, and the transaction that commits it.", "s",
            {
                "work p50": quantile.format(0.5, "stage", name),
                "work p99": quantile.format(0.99, "stage", name),
                "transaction p99": quantile.format(0.99, "transaction", name),
            },
            width=6, runbook="stalled",
        ),
        Panel(
            "Waiting", "Records of each partition that are not read yet.", "short",
            {"{{partition}}": f'sum by (partition) (newsflow_consumer_lag_records{{stage="{name}"}})'}, width=6,
            runbook="lag", stacked=True,
        ),
    ]  # fmt: skip


def content() -> list[Panel]:
    """What the articles are."""
    return [
        Panel(
            "Duplicates", "Articles that repeat an earlier one, by kind.", "cps",
            {"{{kind}}": "sum by (kind) (rate(newsflow_duplicates_total{}[]))"}, stacked=True,
        ),
        Panel(
            "Languages", "Articles that clean made, by language: the ten most frequent.", "cps",
            {"{{language}}": "topk(10, sum by (language) (rate(newsflow_articles_total{}[])))"}, stacked=True,
        ),
        Panel(
            "Missing fields", "Share of articles that lack a field.", "percentunit",
            {
                "{{field}}": 'sum by (field) (rate(newsflow_fields_total{status="missing"}[]))'
                ' / sum by (field) (rate(newsflow_fields_total{status=~"missing|present"}[]))'
            },
        ),
        Panel(
            "Summaries", "By method.", "cps",
            {"{{method}}": "sum by (method) (rate(newsflow_summaries_total{}[]))"}, stacked=True,
        ),
        Panel(
            "Model requests", "Asked of the language model, by outcome.", "cps",
            {"{{outcome}}": "sum by (outcome) (rate(newsflow_llm_requests_total{}[]))"}, runbook="llm-breaker",
            stacked=True,
        ),
        Panel(
            "Model breaker", "1: the model has failed too often and is not asked.", "bool_on_off",
            {"{{instance}}": "max by (instance) (newsflow_llm_breaker_open{})"}, runbook="llm-breaker",
        ),
    ]  # fmt: skip


def resources() -> list[Panel]:
    """What it takes."""
    return [
        Panel(
            "Stage work", "Seconds of work a second: 1 is a core, compute processes included.", "none",
            {"{{stage}}": "sum by (stage) (rate(newsflow_stage_duration_seconds_sum{}[]))"}, stacked=True,
        ),
        Panel(
            "CPU", "Cores that each worker's own process uses, without its compute processes.", "none",
            {"{{instance}}": "rate(process_cpu_seconds_total{}[])"},
        ),
        Panel(
            "Memory", "Resident in each worker's own process.", "bytes",
            {"{{instance}}": "process_resident_memory_bytes{}"},
        ),
        Panel(
            "Dedupe state", "Rows in the fullest partition: 100 % is NEWSFLOW_DEDUPE_MAX_ENTRIES.", "percentunit",
            {"full": "max(newsflow_dedupe_index_entries{}) / max(newsflow_dedupe_index_limit_entries{})"},
            runbook="state-bound",
        ),
        Panel(
            "Dedupe state, bytes", "Rows of all partitions in memory.", "bytes",
            {"bytes": "sum(newsflow_dedupe_index_bytes{})"}, runbook="state-bound",
        ),
        Panel(
            "Batches", "Records committed together, on average.", "short",
            {
                "{{stage}}": "sum by (stage) (rate(newsflow_batch_records_sum{}[]))"
                " / sum by (stage) (rate(newsflow_batch_records_count{}[]))"
            },
        ),
        Panel(
            "Read and written", "Bytes of values, a second.", "Bps",
            {
                "read": "sum(rate(newsflow_consumed_bytes_total{}[]))",
                "written": "sum(rate(newsflow_produced_bytes_total{}[]))",
            },
        ),
        Panel(
            "Rebalances", "Assignments that workers received, a minute.", "cpm",
            {"{{stage}}": "60 * sum by (stage) (rate(newsflow_rebalances_total{}[]))"}, runbook="crash-loop",
        ),
        Panel(
            "Versions", "Workers by pipeline version: more than one during an upgrade only.", "none",
            {"{{pipeline_version}}": "count by (pipeline_version) (newsflow_build_info{})"},
        ),
    ]  # fmt: skip


ROWS = {
    "Is it well?": well(),
    **{name: stage(name) for name in ("clean", "dedupe", "tag", "summarise")},
    "Content": content(),
    "Resources": resources(),
}


def dashboard() -> dict[str, Any]:
    """Make Grafana's JSON."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": _at(0, y, WIDTH, 1)})
        y += 1
        x = 0
        for panel in row:
            height = 4 if panel.kind == "stat" else 8
            panels.append(_panel(panel, _at(x, y, panel.width, height)))
            x = (x + panel.width) % WIDTH
            y += 0 if x else height
    for number, made in enumerate(panels, start=1):
        made["id"] = number
    return {
        "uid": "newsflow",
        "title": "newsflow",
        "description": "Raw news pages in, enriched articles out. Written by deploy/grafana/dashboard.py.",
        "tags": ["newsflow"],
        "editable": False,
        "graphTooltip": 1,
        "links": [{"title": "Alerts", "type": "link", "url": "${prometheus}/alerts", "targetBlank": True}],
        "panels": panels,
        "refresh": "10s",
        "schemaVersion": 39,
        "templating": {"list": _variables()},
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "utc",
    }


def _at(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    steps = [{"color": colour, "value": value} for colour, value in panel.limits] or [{"color": GREEN, "value": None}]
    steps[0]["value"] = None
    custom = {"fillOpacity": 25 if panel.stacked else 5, "stacking": {"mode": "normal" if panel.stacked else "none"}}
    options: dict[str, Any] = {"legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"}}
    if panel.kind == "stat":
        custom = {}
        options = {"colorMode": "background" if panel.limits else "value", "reduceOptions": {"calcs": ["lastNotNull"]}}
    link = {"title": f"Runbook: {panel.runbook}", "url": f"${{prometheus}}/consoles/{panel.runbook}.md"}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": None if panel.kind == "stat" else 0,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": options,
        "links": [link | {"targetBlank": True}] if panel.runbook else [],
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": _narrowed(query), "legendFormat": legend}
            for number, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _narrowed(query: str) -> str:
    chosen = 'job=~"$job", instance=~"$instance"'
    narrowed = re.sub(r"\{(.*?)\}", lambda found: f"{{{', '.join(filter(None, [chosen, found[1]]))}}}", query)
    return narrowed.replace("[]", "[$__rate_interval]")


def _variables() -> list[dict[str, Any]]:
    def labels(name: str, query: str) -> dict[str, Any]:
        return {
            "name": name,
            "label": name.title(),
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": query, "refId": name},
            "definition": query,
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".+",
            "current": {"text": "All", "value": "$__all"},
        }

    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        labels("job", "label_values(newsflow_build_info, job)"),
        labels("instance", 'label_values(newsflow_build_info{job=~"$job"}, instance)'),
        # Prometheus serves the runbooks; where a browser finds it, each place decides.
        {"name": "prometheus", "label": "Prometheus", "type": "textbox", "query": "http://127.0.0.1:9090"},
    ]


if __name__ == "__main__":
    OUT.write_text(json.dumps(dashboard(), indent=1) + "\n")
