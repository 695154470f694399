"""Which metrics a PromQL expression asks for."""

import re

from prometheus_client import REGISTRY

from streams import telemetry

# Prometheus's own, and those of every process.
OTHERS = {"up", "process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes"}
_NAME = re.compile(r"(?<![\w:\"$])((?:newsflow|process|python)[\w:]*|up)(?=[{\s)\[]|$)")


def names_in(expression: str) -> set[str]:
    """Find the metrics' names."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', expression)))


def unknown(expression: str) -> set[str]:
    """Find the names that no worker exports."""
    return names_in(expression) - _exported() - OTHERS


def _exported() -> set[str]:
    assert telemetry.CONSUMED  # imported: its metrics are registered
    found = set()
    for metric in REGISTRY.collect():
        found |= {metric.name, *(metric.name + end for end in ("_total", "_bucket", "_sum", "_count", "_info"))}
    return found
