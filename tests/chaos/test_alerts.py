"""Alerts against real faults: a Prometheus and an Alertmanager with our rules watch a whole casemail. Each fault calls
people once, by the right alert, and the alert ends when the fault ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psutil
import pytest

from ops.demo.waiting import wait_until
from tests.chaos.bench import take
from tests.chaos.gameday.alerts import Alerts, name_of
from tests.chaos.silent_rig import ROLES, Rig, running
from tests.chaos.soak.background import SideBySide
from tests.servers.prometheus import Alertmanager, Prometheus

pytestmark = [
    pytest.mark.timeout(900),
    # the warning comes from the proxy when a connection is cut off while it is being made
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
]
#: By how much windows and waits of the rules are shorter, and the seconds between two scrapes.
TIMES, SCRAPE_SECONDS = 20, 2
#: Longest wait for an alert to fire or to end, in seconds, on a busy machine.
PATIENCE = 120
#: Seconds after a fault has ended in which no alert may fire again.
QUIET_SECONDS = 10


@dataclass(frozen=True)
class Watched:
    """A running casemail with mail coming in, its alerts, and the notifications of the pager."""

    rig: Rig
    alerts: Alerts
    pager: Alertmanager

    def calm(self) -> bool:
        """Returns whether no alert fires that calls people."""
        return not self.alerts.calling()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("alerts")
    with ExitStack() as stack:
        rig = stack.enter_context(running(folder))
        pager = stack.enter_context(Alertmanager(folder / "alertmanager", times=TIMES))
        targets = {f"casemail-{role}": rig.bench.cluster.metrics(role).removeprefix("http://") for role in ROLES}
        prometheus = Prometheus(
            folder / "prometheus",
            targets,
            seconds=SCRAPE_SECONDS,
            times=TIMES,
            alertmanager=pager.url.removeprefix("http://"),
        )
        alerts = Alerts(stack.enter_context(prometheus))
        stack.enter_context(alerts)
        stack.enter_context(_mail(rig))
        watched = Watched(rig, alerts, pager)
        wait_until(
            lambda: len(prometheus.ask("targets")["activeTargets"]) == len(ROLES), seconds=60, what="the targets"
        )
        wait_until(watched.calm, seconds=PATIENCE, what="no alert to fire at the start")
        yield watched


def _mail(rig: Rig) -> SideBySide:
    """Returns a writer who sends a mail about every second, while it is entered."""
    writer = SideBySide()
    letters = iter(rig.bench.letters("alerts", 2_000).values())

    def write() -> None:
        while not writer.over.wait(1.0):
            with suppress(OSError):  # LMTP is down
                take(rig.bench, next(letters))

    writer.work(write)
    return writer


@contextmanager
def _killed(rig: Rig, *roles: str) -> Iterator[None]:
    for role in roles:
        rig.bench.cluster.processes[role].kill()
    yield
    for role in roles:
        rig.bench.cluster.start_process(role)


@contextmanager
def _frozen(rig: Rig, *roles: str) -> Iterator[None]:
    processes = []
    for role in roles:
        process = psutil.Process(rig.bench.cluster.processes[role].pid)
        processes += [process, *process.children(recursive=True)]
    for process in processes:
        process.suspend()
    yield
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def _down(*roles: str) -> set[str]:
    return {f"CasemailRoleDown casemail-{role}" for role in roles}


#: Each fault with the alerts that call people. Nothing else may.
FAULTS: dict[str, tuple[Callable[[Rig], AbstractContextManager[None]], set[str]]] = {
    "LMTP, webhook and console die": (
        lambda rig: _killed(rig, "lmtp", "webhook", "console"),
        _down("lmtp", "webhook", "console"),
    ),
    "worker and courier stand still": (lambda rig: _frozen(rig, "worker", "courier"), _down("worker", "courier")),
    "the dispatcher dies": (lambda rig: _killed(rig, "dispatch"), _down("dispatch")),
    "PostgreSQL swallows all bytes": (
        lambda rig: rig.postgres.fault("blackhole"),
        {"CasemailPartUnreadable database"},
    ),
    "Kafka can't be reached": (lambda rig: rig.kafka.fault("refuse"), {"CasemailPartUnreadable kafka"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_calls_people_once_by_the_right_alert_which_ends_with_it(watched: Watched, fault: str) -> None:
    broken, wanted = FAULTS[fault]
    begun, before = time.time(), len(watched.pager.incidents)
    with broken(watched.rig):
        wait_until(lambda: wanted <= watched.alerts.calling(), seconds=PATIENCE, what=f"{wanted} to fire")
        wait_until(lambda: len(watched.pager.incidents) > before, seconds=PATIENCE, what="the pager")
    wait_until(watched.calm, seconds=PATIENCE, what="all critical alerts to end")
    wait_until(lambda: not watched.pager.open_groups, seconds=PATIENCE, what="the pager to hear that it is over")
    time.sleep(QUIET_SECONDS)
    assert watched.calm(), watched.alerts.calling()
    calls = watched.pager.incidents[before:]
    fired = [name_of(each.labels) for each in watched.alerts.new(begun, time.time())]
    assert len(calls) == 1, (calls, fired)
    assert set(calls[0]) == {name.split()[0] for name in wanted}, (calls, fired)
