"""The faults of a game day, and the alerts that each must raise while it lasts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psutil

from ops.demo.waiting import wait_until
from ops.embedded import Postgres
from ops.kafka import ensure_topics
from tests.chaos.gameday.site import HOSTS, ROLES, Scene, Site
from tests.servers.dovecot import Dovecot
from workers.broker.clients.factory import admin

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """A fault: things are broken inside `broken`. Each of `alerts` must fire, with these labels, while it lasts."""

    name: str
    broken: Callable[[Scene], AbstractContextManager[None]]
    alerts: Sequence[Labels] = ()


@contextmanager
def _killed(scene: Scene, *names: str) -> Iterator[None]:
    for name in names:
        scene.site.processes[name].kill()
    yield
    for name in names:
        scene.site.start_process(name)


def _family(process_id: int) -> list[psutil.Process]:
    process = psutil.Process(process_id)
    return [process, *process.children(recursive=True)]


@contextmanager
def _frozen(processes: Sequence[psutil.Process]) -> Iterator[None]:
    for process in processes:
        process.suspend()
    yield
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.resume()


@contextmanager
def _processes_frozen(scene: Scene, *names: str) -> Iterator[None]:
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(_frozen(_family(scene.site.processes[name].pid)))
        yield


@contextmanager
def _nodes_killed(scene: Scene, *numbers: int) -> Iterator[None]:
    for number in numbers:
        scene.site.nodes.brokers[number].kill()
    yield
    scene.site.nodes.start(numbers)


@contextmanager
def _server_killed(server: Postgres | Dovecot | None) -> Iterator[None]:
    assert server is not None
    server.kill()
    yield
    server.start()


def _postgres_frozen(scene: Scene) -> AbstractContextManager[None]:
    assert scene.site.postgres is not None
    return _frozen(_family(scene.site.postgres.pid))


@contextmanager
def _disk_full(scene: Scene) -> Iterator[None]:
    scene.disk.fill()
    yield
    scene.disk.empty()


@contextmanager
def _topics_deleted(scene: Scene) -> Iterator[None]:
    settings = scene.site.settings
    with admin(settings.kafka.servers) as client:
        ours = [topic for topic in client.list_topics() if not topic.startswith("__")]
        client.delete_topics(ours)
        wait_until(lambda: not set(ours) & set(client.list_topics()), seconds=90, what="the topics to go")
    ensure_topics(settings)
    yield


@contextmanager
def _child_killed(scene: Scene) -> Iterator[None]:
    children = _family(scene.site.processes["worker"].pid)[1:]
    max(children, key=lambda child: len(child.threads())).kill()
    yield
    start_what_died(scene.site)


@contextmanager
def _rolled(scene: Scene) -> Iterator[None]:
    for name in names(*HOSTS):
        scene.site.processes[name].stop(seconds=90)
        scene.site.start_process(name)
    yield


def names(*hosts: str) -> tuple[str, ...]:
    """Returns the names of all processes of the hosts."""
    return tuple(Site.name(role, host) for host in hosts for role in ROLES)


def start_what_died(site: Site) -> None:
    """Starts each process again that has ended, as a service manager does."""
    for name in ("console", *names(*HOSTS)):
        if not site.processes[name].running:
            site.start_process(name)


def _down(*instances: str) -> tuple[Labels, ...]:
    return tuple({"alertname": "CasemailRoleDown", "job": f"casemail-{instance}"} for instance in instances)


def _host(host: str) -> tuple[Labels, ...]:
    return _down(*(f"{role}-{host}" for role in ROLES))


def _unreadable(part: str) -> Labels:
    return {"alertname": "CasemailPartUnreadable", "part": part}


_UNREAD = {"alertname": "CasemailQueueNotRead", "topic": "inbound.parse"}

#: The faults in their order; the first of them are those of a short game day.
FAULTS = (
    Fault("host b is lost", lambda scene: _killed(scene, *names("b")), _host("b")),
    Fault(
        "PostgreSQL swallows all bytes", lambda scene: scene.site.proxy.fault("blackhole"), (_unreadable("database"),)
    ),
    Fault("a Kafka node is killed", lambda scene: _nodes_killed(scene, 1)),
    Fault("the worker of a is killed", lambda scene: _killed(scene, "worker"), _down("worker-a")),
    Fault("the courier of b stands still", lambda scene: _processes_frozen(scene, "courier-b"), _down("courier-b")),
    Fault("PostgreSQL is killed", lambda scene: _server_killed(scene.site.postgres), (_unreadable("database"),)),
    Fault(
        "both workers are killed",
        lambda scene: _killed(scene, "worker", "worker-b"),
        (*_down("worker-a", "worker-b"), _UNREAD),
    ),
    Fault("all Kafka nodes are killed", lambda scene: _nodes_killed(scene, 1, 2, 3), (_unreadable("kafka"),)),
    Fault("the topics are deleted", _topics_deleted),
    Fault(
        "both dispatchers are killed",
        lambda scene: _killed(scene, "dispatch", "dispatch-b"),
        (*_down("dispatch-a", "dispatch-b"), {"alertname": "CasemailNotWatched"}),
    ),
    Fault("the disk is full", _disk_full, ({"alertname": "CasemailIntakeStopped"},)),
    Fault("host b stands still", lambda scene: _processes_frozen(scene, *names("b")), _host("b")),
    Fault("the dispatcher of a is killed", lambda scene: _killed(scene, "dispatch"), _down("dispatch-a")),
    Fault("two Kafka nodes are killed", lambda scene: _nodes_killed(scene, 2, 3)),
    Fault("the LMTP server of a is killed", lambda scene: _killed(scene, "lmtp"), _down("lmtp-a")),
    Fault("PostgreSQL stands still", _postgres_frozen, (_unreadable("database"),)),
    Fault("the mail server swallows all bytes", lambda scene: scene.smtp.fault("blackhole")),
    Fault("Dovecot is killed", lambda scene: _server_killed(scene.dovecot)),
    Fault("a process of the worker of a is killed", _child_killed),
    Fault("all roles are restarted in turn", _rolled),
)


def possible(scene: Scene) -> list[Fault]:
    """Returns the faults that can be made on this machine: a full disk needs root."""
    return [fault for fault in FAULTS if fault.broken is not _disk_full or scene.disk.can_fill]
