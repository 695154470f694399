"""Draws the dashboard from a live Prometheus, without Grafana: `draw.py http://127.0.0.1:9090 out.png`.

Not how Grafana renders, but its queries, legends, units and places. Needs npm (for uPlot) and Chromium.
"""

import argparse
import json
import re
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

DASHBOARD = json.loads((Path(__file__).parent / "dashboards" / "newsflow.json").read_text())
UPLOT = "uplot@1.6.32"
CELL_WIDTH, CELL_HEIGHT = 70, 32  # pixels of a cell of Grafana's grid
POINTS = 200

PAGE = Path(__file__).with_suffix(".html")


def draw(prometheus: str, picture: Path, minutes: float, rows: int) -> None:
    """Ask Prometheus what each panel asks, and take a picture of a page that shows it."""
    end = time.time()
    step = max(1.0, minutes * 60 / POINTS)
    times = [end - minutes * 60 + number * step for number in range(int(minutes * 60 / step) + 1)]
    panels = [_panel(panel, prometheus, times, step) for panel in DASHBOARD["panels"]]
    width = 24 * CELL_WIDTH
    tops = [panel["y"] for panel in panels if panel["type"] == "row"]
    height = [*tops, max(panel["y"] + panel["h"] for panel in panels) + 8][rows]
    with tempfile.TemporaryDirectory() as scratch:
        script, css = _uplot(Path(scratch))
        page = Path(scratch) / "page.html"
        filled = {
            "CSS": css,
            "SCRIPT": script,
            "WIDTH": str(width),
            "HEIGHT": str(height),
            "PANELS": json.dumps(panels),
        }
        page.write_text(re.sub("__([A-Z]+)__", lambda name: filled[name[1]], PAGE.read_text()))
        command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
        command += [
            f"--window-size={width},{height}",
            f"--screenshot={picture.resolve()}",
            "--virtual-time-budget=5000",
        ]
        command += [f"file://{page}"]
        subprocess.run(command, check=True, capture_output=True)


def _panel(panel: dict[str, Any], prometheus: str, times: list[float], step: float) -> dict[str, Any]:
    place = panel["gridPos"]
    made = {
        "type": panel["type"],
        "title": panel["title"],
        "x": place["x"] * CELL_WIDTH + 3,
        "y": place["y"] * CELL_HEIGHT + 3,
        "w": place["w"] * CELL_WIDTH - 6,
        "h": place["h"] * CELL_HEIGHT - 6,
        "times": times,
        "series": [],
    }
    if panel["type"] == "row":
        return made
    defaults = panel["fieldConfig"]["defaults"]
    made |= {
        "unit": defaults["unit"],
        "steps": defaults["thresholds"]["steps"],
        "coloured": panel["options"].get("colorMode") == "background",
        "stacked": defaults["custom"].get("stacking", {}).get("mode") == "normal",
    }
    for target in panel["targets"]:
        query = target["expr"].replace("$job", ".+").replace("$instance", ".+").replace("$__rate_interval", "20s")
        asked = urllib.parse.urlencode({"query": query, "start": times[0], "end": times[-1], "step": step})
        with urllib.request.urlopen(f"{prometheus}/api/v1/query_range?{asked}", timeout=10) as answer:  # noqa: S310 - the caller's
            found = json.load(answer)["data"]["result"]
        for series in found:
            values = {round((at - times[0]) / step): value for at, value in series["values"]}
            points = [_number(values.get(number)) for number in range(len(times))]
            name = re.sub(r"\{\{(\w+)\}\}", lambda label: series["metric"].get(label[1], "?"), target["legendFormat"])  # noqa: B023 - used at once
            made["series"].append({"name": name, "values": points})
    return made


def _number(value: str | None) -> float | None:
    return None if value in {None, "NaN", "+Inf", "-Inf"} else float(value or 0)


def _uplot(directory: Path) -> tuple[str, str]:
    subprocess.run(["npm", "pack", "--silent", UPLOT], cwd=directory, check=True, capture_output=True)
    with tarfile.open(next(directory.glob("uplot-*.tgz"))) as archive:
        archive.extractall(directory, filter="data")
    dist = directory / "package" / "dist"
    return (dist / "uPlot.iife.min.js").read_text(), (dist / "uPlot.min.css").read_text()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prometheus", help="its address")
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    parser.add_argument("minutes", type=float, nargs="?", default=15, help="up to now (15)")
    parser.add_argument("rows", type=int, nargs="?", default=-1, help="how many of the dashboard's rows (all)")
    draw(**vars(parser.parse_args()))
