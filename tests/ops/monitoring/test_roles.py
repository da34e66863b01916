"""Each role of a real casemail serves its metrics and its health, and these tell what is wrong."""

import signal
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ops.cluster import Cluster
from ops.demo.waiting import wait_until
from ops.embedded.process import free_port, listens
from tests.builders.command import casemail

pytestmark = pytest.mark.timeout(300)
ROLES = ("worker", "courier", "dispatch", "lmtp", "console", "webhook", "api")
NEEDS = {
    "worker": {"schema", "blob store", "topics", "consumers"},
    "courier": {"schema", "blob store", "topics", "consumers"},
    "dispatch": {"schema", "blob store", "topics"},
} | {role: {"schema", "blob store", "listening"} for role in ("lmtp", "console", "webhook", "api")}
STUCK_SECONDS = 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    overrides = {
        "metrics_stuck_seconds": str(STUCK_SECONDS),
        "webhook_port": str(free_port()),
        "api_port": str(free_port()),
    }
    made = Cluster(tmp_path_factory.mktemp("roles"), overrides=overrides, worker_options=("--processes=2",))
    for role in ("webhook", "api"):
        made.add_process(role, (role,))
    with made:
        for role in ("webhook", "api"):
            made.start_process(role)
        yield made


def health(cluster: Cluster, role: str, page: str) -> tuple[int, dict[str, Any]]:
    """Returns status and content of `livez` or `readyz`; 0 while nobody answers."""
    try:
        answer = httpx.get(f"{cluster.metrics(role)}/{page}", timeout=30)
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json()


def samples(cluster: Cluster, role: str) -> dict[tuple[str, str], float]:
    """Returns the samples of a role by name and value of the first label."""
    page = httpx.get(f"{cluster.metrics(role)}/metrics", timeout=30).text
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def is_ready(cluster: Cluster, role: str) -> bool:
    return health(cluster, role, "readyz")[0] == httpx.codes.OK


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_ready_and_alive_when_it_has_what_it_needs(cluster: Cluster, role: str) -> None:
    wait_until(lambda: is_ready(cluster, role), seconds=120, what=f"{role} to be ready")
    _, page = health(cluster, role, "readyz")
    assert (page["role"], set(page["needs"])) == (role, NEEDS[role])
    status, page = health(cluster, role, "livez")
    assert (status, page["stuck"]) == (200, [])
    assert page["seconds since a sign of life"]
    shown = samples(cluster, role)
    assert any(name == "casemail_build_info" for name, _ in shown)
    assert shown["process_resident_memory_bytes", ""] > 10_000_000
    assert httpx.get(f"{cluster.metrics(role)}/else").status_code == httpx.codes.NOT_FOUND


def test_a_worker_adds_up_its_processes_and_the_lane_of_heavy_mails(cluster: Cluster) -> None:
    def readers() -> tuple[float, float]:
        shown = samples(cluster, "worker")
        parse = shown.get(("dramatiq_kafka_reading", "inbound.parse"), 0)
        return parse, shown.get(("dramatiq_kafka_reading", "inbound.heavy"), 0)

    wait_until(lambda: readers() == (2, 1), seconds=120, what="all consumers of the worker")


def frozen(cluster: Cluster) -> list[psutil.Process]:
    """Stops the processes in which the worker's consumers run; returns them."""
    children = psutil.Process(cluster.processes["worker"].pid).children()
    consumers = [child for child in children if len(child.threads()) > 8]
    for child in consumers:
        child.send_signal(signal.SIGSTOP)
    return consumers


def test_a_frozen_consumer_is_stuck_and_a_worker_without_database_is_not(cluster: Cluster) -> None:
    wait_until(lambda: is_ready(cluster, "worker"), seconds=120, what="the worker")
    stopped = frozen(cluster)
    assert stopped
    try:
        part = "consumer of inbound.parse"
        wait_until(lambda: part in health(cluster, "worker", "livez")[1]["stuck"], seconds=180, what="a stuck consumer")
        assert health(cluster, "worker", "livez")[0] == 503
    finally:
        for child in stopped:
            child.send_signal(signal.SIGCONT)
    wait_until(lambda: health(cluster, "worker", "livez")[0] == 200, seconds=180, what="the worker to go on")


def test_a_database_that_is_away_is_told_by_all_and_kills_nobody(cluster: Cluster) -> None:
    assert cluster.postgres is not None
    cluster.postgres.stop()
    for role in ROLES:
        wait_until(lambda role=role: not is_ready(cluster, role), seconds=120, what=f"{role} to notice")  # type: ignore[misc]
        status, page = health(cluster, role, "readyz")
        assert (status, page["needs"]["schema"]["ready"]) == (503, False)
        assert page["needs"]["schema"]["reason"]
        wait_until(
            lambda role=role: health(cluster, role, "readyz")[1]["needs"]["blob store"]["ready"],  # type: ignore[misc]
            seconds=120,
            what=f"{role} to find its blob store",
        )
        assert health(cluster, role, "livez")[0] == httpx.codes.OK
    cluster.postgres.start()
    for role in ROLES:
        wait_until(lambda role=role: is_ready(cluster, role), seconds=120, what=f"{role} to be ready again")  # type: ignore[misc]


def test_a_second_worker_on_the_host_needs_another_port_and_says_so(cluster: Cluster) -> None:
    settings = {name.removeprefix("CASEMAIL_"): value for name, value in cluster.env.items()}
    done = casemail("courier", **settings)
    assert done.returncode == 2
    assert "Give this process another CASEMAIL_METRICS_COURIER_PORT, or 0" in done.stderr


def test_when_a_role_stops_it_is_not_ready_and_its_port_gets_free(cluster: Cluster) -> None:
    port = int(cluster.metrics("worker").rpartition(":")[2])
    assert cluster.processes["worker"].stop()
    wait_until(lambda: not listens(port), seconds=30, what="the port to get free")
    assert list((cluster.folder / "metrics").iterdir()) != []  # the courier's
    cluster.start_process("worker")
    wait_until(lambda: is_ready(cluster, "worker"), seconds=120, what="the worker to be ready again")
