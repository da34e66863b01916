"""The Helm chart: Helm renders and lints it, and what it renders is valid for Kubernetes and fits the settings."""

import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate
import pytest
import yaml

from ops.deploy.healthy import PORTS
from schemas.settings import load, variables
from tests.builders.environment import GOOD
from workers.pipeline import STAGES

CHART = Path(__file__).parents[3] / "ops" / "deploy" / "helm" / "casemail"
#: The versions of Kubernetes that are tried: the oldest that the chart allows, and the newest that is known here.
KUBERNETES = ("1.28", kubernetes_validate.latest_version())
#: Kinds of other projects, which Kubernetes' schemas do not have.
FOREIGN = {"ScaledObject", "PodMonitor"}
EVERYTHING = {"keda": {"enabled": True}, "podMonitor": {"enabled": True}, "blobClaim": "blobs"}
LEAST = {"networkPolicy": {"enabled": False}}


def rendered(values: dict[str, Any], chart: Path = CHART) -> Iterator[dict[str, Any]]:
    files = helm.Chart.load(chart).render(values, name="mine", namespace="casemail")
    for name, text in files.items():
        if not name.endswith("NOTES.txt"):
            yield from (each for each in yaml.safe_load_all(text) if each is not None)


def of_kind(kind: str, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in rendered(values) if each["kind"] == kind}


def pods(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    made = of_kind("Deployment", values) | of_kind("Job", values)
    return {name: each["spec"]["template"]["spec"] for name, each in made.items()}


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each.get("value", "") for each in container["env"]}


def test_helm_finds_no_fault() -> None:
    told = helm.lint(CHART, {}, strict=True)
    assert told["errors"] == []
    assert [each for each in told["messages"] if each["severity"] > 1] == []


@pytest.mark.parametrize("kubernetes", KUBERNETES)
@pytest.mark.parametrize("values", [{}, EVERYTHING, LEAST], ids=["defaults", "everything", "least"])
def test_kubernetes_knows_every_field(values: dict[str, Any], kubernetes: str) -> None:
    made = list(rendered(values))
    assert len({(each["kind"], each["metadata"]["name"]) for each in made}) == len(made)
    for each in made:
        if each["kind"] not in FOREIGN:
            kubernetes_validate.validate(each, kubernetes, strict=True)


def test_a_field_that_kubernetes_does_not_know_is_seen(tmp_path: Path) -> None:
    chart = shutil.copytree(CHART, tmp_path / "casemail")
    roles = chart / "templates" / "roles.yaml"
    roles.write_text(roles.read_text().replace("startupProbe:", "startProbe:"))
    deployment = next(each for each in rendered({}, chart) if each["kind"] == "Deployment")
    with pytest.raises(kubernetes_validate.ValidationError, match="startProbe"):
        kubernetes_validate.validate(deployment, KUBERNETES[0], strict=True)


def test_a_value_that_the_chart_does_not_know_is_refused() -> None:
    unknown: list[dict[str, Any]] = [
        {"settings": {"SMTP_HOST": "x"}},
        {"roles": {"worker": {"replica": 2}}},
        {"sekrets": {}},
    ]
    for wrong in unknown:
        with pytest.raises(helm.HelmError):
            list(rendered(wrong))


def test_each_pod_is_confined() -> None:
    for pod in pods({}).values():
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"]
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_the_settings_of_each_pod_are_settings_that_fit_its_ports() -> None:
    for name, pod in pods({}).items():
        for container in pod["containers"]:
            given = environment(container)
            assert given.keys() <= variables().keys()
            secret = {"CASEMAIL_" + key: value for key, value in GOOD.items()}
            load({**secret, **{key: value for key, value in given.items() if value}})
            if "migrate" in name:
                continue
            role = container["args"][0]
            ports = {each["name"]: each["containerPort"] for each in container["ports"]}
            assert given[PORTS[role][0]] == str(ports["metrics"]) == str(PORTS[role][1])
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert container[probe]["httpGet"]["port"] in ports


def test_the_owner_of_the_tables_is_known_to_the_job_that_migrates_alone() -> None:
    known = {
        container["name"]
        for pod in pods({}).values()
        for container in [*pod["containers"], *pod.get("initContainers", [])]
        if "CASEMAIL_OWNER_DATABASE_URL" in environment(container)
    }
    assert known == {"migrate"}


def test_each_role_has_a_budget_for_disruptions_and_its_selector_finds_its_pods_alone() -> None:
    deployments, budgets = of_kind("Deployment", {}), of_kind("PodDisruptionBudget", {})
    assert deployments.keys() == budgets.keys() == {f"mine-{role}" for role in PORTS if role != "heavy"}
    for name, deployment in deployments.items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert budgets[name]["spec"]["selector"] == deployment["spec"]["selector"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        assert labels["app.kubernetes.io/component"] == name.removeprefix("mine-")


def test_each_service_and_each_policy_leads_to_a_port_that_is_there() -> None:
    deployments = of_kind("Deployment", {})
    services = of_kind("Service", {})
    assert services.keys() == {"mine-lmtp", "mine-webhook", "mine-console", "mine-api"}
    for name, service in services.items():
        (container,) = deployments[name]["spec"]["template"]["spec"]["containers"]
        ports = {each["name"] for each in container["ports"]}
        assert {each["targetPort"] for each in service["spec"]["ports"]} <= ports
        (rule,) = of_kind("NetworkPolicy", {})[name]["spec"]["ingress"]
        assert {each["port"] for each in rule["ports"]} <= ports


def test_scaling_by_lag_names_topics_and_groups_that_are_there() -> None:
    deployments, scaled = of_kind("Deployment", EVERYTHING), of_kind("ScaledObject", EVERYTHING)
    topics = {stage.topic for stage in STAGES}
    assert scaled.keys() == {"mine-worker", "mine-courier"}
    for name, each in scaled.items():
        assert each["spec"]["scaleTargetRef"]["name"] == name
        assert "replicas" not in deployments[name]["spec"]
        for trigger in each["spec"]["triggers"]:
            assert trigger["metadata"]["topic"] in topics
            assert trigger["metadata"]["consumerGroup"] == f"casemail.{trigger['metadata']['topic']}"


def test_chart_and_casemail_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == version("casemail")
    assert helm.Chart.load(CHART).values["image"]["name"] == f"casemail:{version('casemail')}"
