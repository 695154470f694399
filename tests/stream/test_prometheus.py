"""A live Prometheus that watches a real worker: every panel shows something, and faults fire their alerts."""

import json
import math
import os
import re
import runpy
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.worker import processes
from streams.kafka.launch import free_ports
from tests.stream.pages import page
from tests.stream.stream import Stream

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = (DEPLOY / "prometheus" / "rules.yml").read_text()
PAGES = 300


def _queries() -> list[tuple[str, str]]:
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "newsflow.json").read_text())
    variables = {"$job": ".+", "$instance": ".+", "$__rate_interval": "8s"}
    found = []
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            query = target["expr"]
            for name, value in variables.items():
                query = query.replace(name, value)
            found.append((panel["title"], query))
    return found


@contextmanager
def _prometheus(directory: Path, target: str, rules: str = RULES) -> Iterator[str]:
    web = f"127.0.0.1:{free_ports(1)[0]}"
    (directory / "rules.yml").write_text(rules)
    (directory / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
        f"scrape_configs: [{{job_name: newsflow, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={web}"]
    command += [f"--web.console.templates={DEPLOY / 'runbooks'}", "--log.level=error"]
    process = subprocess.Popen(command, cwd=directory)
    try:
        _wait_ready(f"http://{web}/-/ready")
        for _ in range(100):  # it begins to look for its targets some seconds after it is ready
            if _get(f"http://{web}/api/v1/query", query="up == 1")["result"]:
                break
            time.sleep(0.2)
        yield f"http://{web}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_ready(url: str) -> None:
    for _ in range(100):
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def _get(url: str, **parameters: Any) -> Any:
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(parameters)}", timeout=5) as answer:
        return json.load(answer)["data"]


def test_every_panel_shows_finite_points(stream: Stream, tmp_path: Path) -> None:
    crawled = runpy.run_path(str(DEPLOY / "demo" / "crawler.py"))["pages"](7)
    pages = [line.encode() for line in islice(crawled, PAGES)]
    worker = stream.worker("--web-port", "0")
    target = stream.web(worker).removeprefix("http://")
    begin = time.time()
    with _prometheus(tmp_path, target) as prometheus:
        for part in range(6):  # some seconds of work, so that there are rates
            stream.produce(pages[part * PAGES // 6 : (part + 1) * PAGES // 6])
            time.sleep(1)
        stream.wait_final(PAGES)
        time.sleep(4)  # lag is sampled every 2 s, scraped every 1 s
        empty = []
        for title, query in _queries():
            data = _get(f"{prometheus}/api/v1/query_range", query=query, start=begin, end=time.time(), step=1)
            points = [float(value) for series in data["result"] for _, value in series["values"]]
            if not any(map(math.isfinite, points)):
                empty.append((title, query))
        assert empty == []
        rules = _get(f"{prometheus}/api/v1/rules")
        alerts = _get(f"{prometheus}/api/v1/alerts")
        with urllib.request.urlopen(f"{prometheus}/consoles/lag.md", timeout=5) as served:
            runbook = served.read().decode()
    assert {rule["health"] for group in rules["groups"] for rule in group["rules"]} == {"ok"}
    assert [alert["labels"]["alertname"] for alert in alerts["alerts"] if alert["state"] == "firing"] == []
    assert runbook == (DEPLOY / "runbooks" / "lag.md").read_text()
    assert stream.stop(worker) == 0


def _sixty_times_as_fast(rules: str) -> str:
    rules = re.sub(r"\b(\d+)h\b", lambda hours: f"{60 * int(hours[1])}m", rules)
    rules = re.sub(r"(\[|for: )(\d+)m", r"\1\2s", rules)
    return rules.replace("> 120", "> 2").replace("seconds) > 300", "seconds) > 5")


def test_faults_fire_their_alerts_and_no_others(stream: Stream, tmp_path: Path) -> None:
    worker = stream.worker("--web-port", "0")
    target = stream.web(worker).removeprefix("http://")
    with _prometheus(tmp_path, target, _sixty_times_as_fast(RULES)) as prometheus:

        def firing() -> set[tuple[str, str]]:
            alerts = [alert for alert in _get(f"{prometheus}/api/v1/alerts")["alerts"] if alert["state"] == "firing"]
            labels = [alert["labels"] for alert in alerts]
            return {(each["alertname"], each.get("stage") or each.get("fault") or "") for each in labels}

        stream.produce([page(number) for number in range(20)])
        stream.wait_final(20)
        stream.wait(lambda: firing() == set(), 20)
        # The processes that clean pages hang.
        _, *compute = processes(worker.pid)
        for process in compute:
            os.kill(process, signal.SIGSTOP)
        stream.produce([page(number) for number in range(20, 30)])
        stream.wait(lambda: firing() == {("NewsflowStalled", "clean"), ("NewsflowLag", "clean")}, 40)
        for process in compute:
            os.kill(process, signal.SIGCONT)
        stream.wait_final(30)
        stream.wait(lambda: firing() == set(), 20)
        # A crawler writes what is no JSON.
        stream.produce([b"no json"] * 300)
        stream.wait(lambda: firing() == {("NewsflowDeadLettersFast", "page"), ("NewsflowDeadLettersSlow", "page")}, 20)
        # Everything dies.
        stream.stop(worker, signal.SIGKILL)
        stream.wait(lambda: ("NewsflowDown", "") in firing(), 40)
