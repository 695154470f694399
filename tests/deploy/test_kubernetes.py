"""The manifests say what the code says: topics, sizes, times, groups, alerts; and what they name is there."""

import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import yaml

from streams.app import flow
from streams.cli.checks import machine
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
    assert SETTINGS["NEWSFLOW_STATE_DIR"] in {mount["mountPath"] for mount in container["volumeMounts"]}
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert budget["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == labels
    [monitor] = _documents("monitoring.yaml")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "newsflow"  # as the alerts say


def _bytes(size: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(\w+)", size).groups()  # type: ignore[union-attr] # else the test fails
    return int(number) * {"k": 2**10, "m": 2**20, "g": 2**30}[unit[0].lower()]


def test_a_worker_may_take_the_memory_and_the_disk_that_its_settings_let_it_take() -> None:
    config = Settings(**{name.removeprefix("NEWSFLOW_").lower(): value for name, value in SETTINGS.items()
                         if name.startswith("NEWSFLOW_")})  # fmt: skip
    deployment = _documents("worker.yaml")[0]["spec"]["template"]["spec"]
    assert machine.memory_need(config) <= _bytes(deployment["containers"][0]["resources"]["limits"]["memory"])
    [state] = [volume for volume in deployment["volumes"] if volume["name"] == "state"]
    assert machine.disk_need(config) <= _bytes(state["emptyDir"]["sizeLimit"])
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())
    assert machine.memory_need(Settings()) <= _bytes(compose["services"]["worker"]["mem_limit"])


def test_a_worker_of_compose_keeps_its_state_on_a_volume_that_it_may_write() -> None:
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())
    worker = compose["services"]["worker"]
    directory = worker["environment"]["NEWSFLOW_STATE_DIR"]
    [volume] = worker["volumes"]
    assert volume.partition(":")[::2] == ("state", directory)
    assert "state" in compose["volumes"]
    assert f"install -d -o newsflow {directory}" in (DEPLOY / "Dockerfile").read_text()


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
