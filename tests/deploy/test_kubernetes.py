"""The manifests say what the code says: topics, sizes, times, groups, alerts; and what they name is there."""

import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import yaml

from streams.app import flow
from streams.cli.topics import configuration
from streams.settings import Settings
from streams.topics import ALL
from streams.transport.worker import LAST_RESORT_SECONDS

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
KUSTOMIZATION = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
SETTINGS = dict(line.split("=", 1) for line in KUSTOMIZATION["configMapGenerator"][0]["literals"])


def _documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((KUBERNETES / name).read_text()))


def test_everything_is_applied() -> None:
    files = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert files == {name for name in KUSTOMIZATION["resources"] if name.endswith(".yaml")}
    for base in ("runbooks", "grafana/dashboards"):
        assert f"../{base}" in KUSTOMIZATION["resources"]
        made = yaml.safe_load((DEPLOY / base / "kustomization.yaml").read_text())
        here = {path.name for path in (DEPLOY / base).iterdir()} - {"kustomization.yaml"}
        assert set(made["configMapGenerator"][0]["files"]) == here


def test_topics_are_those_that_the_command_makes() -> None:
    made = {document["metadata"]["name"]: document["spec"] for document in _documents("topics.yaml")}
    assert made.keys() == {topic.name for topic in ALL}
    for topic in ALL:
        spec = made[topic.name]
        assert spec["partitions"] == int(SETTINGS["NEWSFLOW_PARTITIONS"])
        assert {**configuration(topic, Settings()), "min.insync.replicas": "2"} == {
            key: str(value) for key, value in spec["config"].items()
        }


def test_settings_are_settings() -> None:
    source = "".join(path.read_text() for path in (KUBERNETES / "kustomization.yaml", KUBERNETES / "worker.yaml"))
    for name in set(re.findall(r"\bNEWSFLOW_[A-Z_]+", source)):
        assert name.removeprefix("NEWSFLOW_").lower() in Settings.model_fields, name


def test_a_worker_has_time_to_finish_and_reaches_what_it_mounts() -> None:
    deployment, budget, service = _documents("worker.yaml")
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["terminationGracePeriodSeconds"] > Settings().stop_seconds + LAST_RESORT_SECONDS
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert str(pod["securityContext"]["runAsUser"]) in (DEPLOY / "Dockerfile").read_text()
    assert SETTINGS["KAFKA_SSL_CAFILE"].startswith("/etc/kafka-ca/")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == labels
    [monitor] = _documents("monitoring.yaml")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "newsflow"  # as the alerts say


def test_scaling_looks_at_each_stage() -> None:
    scaled = _documents("scaling.yaml")[0]["spec"]
    watched = {(trigger["metadata"]["consumerGroup"], trigger["metadata"]["topic"]) for trigger in scaled["triggers"]}
    assert watched == {(f"newsflow.{stage.name}", stage.source.name) for stage in flow}
    assert scaled["maxReplicaCount"] == int(SETTINGS["NEWSFLOW_PARTITIONS"])


def test_the_alerts_are_those_of_prometheus() -> None:
    made = runpy.run_path(str(KUBERNETES / "alerts.py"))["manifest"]()
    assert (KUBERNETES / "alerts.yaml").read_text() == made, "make manifests"
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())
    assert yaml.safe_load(made)["spec"] == rules


def test_users_may_do_what_the_roles_may() -> None:
    kinds = {"--topic": "topic", "--group": "group", "--transactional-id": "transactionalId"}
    roles = set()
    for line in (DEPLOY / "acls.txt").read_text().splitlines():
        if line.startswith("--"):
            words = shlex.split(line)
            pairs = list(zip(words[::2], words[1::2], strict=True))
            told = dict(pairs)
            pattern = "prefix" if told.get("--resource-pattern-type") == "prefixed" else "literal"
            operations = tuple(sorted(value for key, value in pairs if key == "--operation"))
            user = told["--allow-principal"].removeprefix("User:")
            roles |= {(user, kinds[key], value, pattern, operations) for key, value in pairs if key in kinds}
    users = {
        (
            user["metadata"]["name"].removeprefix("newsflow-"),
            acl["resource"]["type"],
            acl["resource"]["name"],
            acl["resource"].get("patternType", "literal"),
            tuple(sorted(acl["operations"])),
        )
        for user in _documents("users.yaml")
        for acl in user["spec"]["authorization"]["acls"]
    }
    assert users == roles
