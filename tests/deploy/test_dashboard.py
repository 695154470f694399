"""The dashboard keeps the rules of grafana/dashboard-linter, and asks for metrics that there are.

Each test names the linter's rules that it stands for. tests/stream/test_prometheus.py runs the queries.
"""

import json
import re
import runpy
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.deploy.metrics import names_in, unknown

DEPLOY = Path(__file__).parents[2] / "deploy"
JSON = DEPLOY / "grafana" / "dashboards" / "newsflow.json"
DASHBOARD: dict[str, Any] = json.loads(JSON.read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [(panel, target) for panel in PANELS for target in panel["targets"]]
UNITS = {"none", "short", "s", "bytes", "Bps", "cps", "cpm", "percentunit", "bool_on_off"}


def test_the_file_is_what_its_description_makes() -> None:
    made = runpy.run_path(str(DEPLOY / "grafana" / "dashboard.py"))["dashboard"]()
    assert made == DASHBOARD, "make manifests"


def test_it_is_found_again_and_changed_in_its_description_only() -> None:  # uneditable-dashboard
    assert DASHBOARD["uid"] == "newsflow"
    assert DASHBOARD["editable"] is False


def test_source_job_and_instance_are_chosen() -> None:
    # template-datasource, -job, -instance, -label-promql, -on-time-change-reload
    source, job, instance, _prometheus = DASHBOARD["templating"]["list"]
    assert (source["type"], source["query"], source["name"], source["label"]) == (
        "datasource",
        "prometheus",
        "datasource",
        "Data source",
    )
    for variable, name in ((job, "job"), (instance, "instance")):
        assert (variable["name"], variable["label"], variable["type"]) == (name, name.title(), "query")
        assert variable["datasource"]["uid"] == "$datasource"
        assert variable["multi"] is True
        assert variable["allValue"] == ".+"
        assert variable["refresh"] == 2
        assert re.fullmatch(rf"label_values\(newsflow_build_info({{.*}})?, {name}\)", variable["definition"])


def test_each_panel_says_what_it_shows_in_which_unit() -> None:
    # panel-datasource, panel-title-description, panel-units, panel-no-targets
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["datasource"]["uid"] == "$datasource"
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        assert panel["targets"], panel["title"]


def test_each_query_is_narrowed_and_takes_its_rates_over_a_fitting_time() -> None:
    # The rules target-job, -instance, -rate-interval and -counter-agg; -promql is what test_prometheus tries.
    for panel, target in TARGETS:
        query = target["expr"]
        chosen = query.count('{job=~"$job", instance=~"$instance"')
        assert chosen == query.count("{") == len(re.findall(r"\b(?:newsflow_\w+|process_\w+|up)\b(?={)", query)), query
        assert set(re.findall(r"\[(.*?)\]", query)) <= {"$__rate_interval"}
        assert not unknown(query)
        if panel["title"] != "Books":  # the whole difference since the start, which a rate would show for a moment only
            counters = len(re.findall(r"_(?:total|sum|count|bucket){", query))
            assert counters == len(re.findall(r"rate\(\w+_(?:total|sum|count|bucket){", query)), query


def test_runbooks_that_panels_point_to_exist() -> None:
    links = [link["url"] for panel in PANELS for link in panel["links"]]
    assert len(links) > 20
    for link in links:
        assert (DEPLOY / "runbooks" / link.removeprefix("${prometheus}/consoles/")).is_file(), link


def test_prometheus_lie_side_by_side() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        mine = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not mine & cells, panel["title"]
        assert max(x for x, _ in mine) < 24
        cells |= mine
    tops = [panel["gridPos"]["y"] for panel in DASHBOARD["panels"]]
    assert all(before <= after for before, after in pairwise(tops))


def test_the_first_row_tells_whether_it_is_well() -> None:
    rows = [number for number, panel in enumerate(DASHBOARD["panels"]) if panel["type"] == "row"]
    first = DASHBOARD["panels"][: rows[1]]
    asked = {name for panel in first[1:] for target in panel["targets"] for name in names_in(target["expr"])}
    assert asked >= {
        "newsflow_consumed_events_total",
        "newsflow_events_total",
        "newsflow_parts_total",
        "newsflow_end_to_end_seconds_bucket",
        "newsflow_consumer_lag_seconds",
        "newsflow_dead_letters_total",
    }
