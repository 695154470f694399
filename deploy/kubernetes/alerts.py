"""Writes alerts.yaml: deploy/prometheus/rules.yml as the Prometheus operator takes it (`make manifests`)."""

from pathlib import Path

HEAD = """\
# Written by alerts.py from deploy/prometheus/rules.yml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: newsflow
  labels: {app.kubernetes.io/name: newsflow}
spec:
"""


def manifest() -> str:
    """Put the rules into a manifest."""
    rules = (Path(__file__).parents[1] / "prometheus" / "rules.yml").read_text()
    groups = rules[rules.index("groups:") :]
    return HEAD + "".join(f"  {line}" if line.strip() else line for line in groups.splitlines(keepends=True))


if __name__ == "__main__":
    Path(__file__).with_suffix(".yaml").write_text(manifest())
