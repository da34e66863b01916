"""The faults of a soak."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import psutil

from ops.cluster import Cluster
from ops.embedded import EmbeddedServerError, Kafka, Postgres
from tests.servers.dovecot import Dovecot


@dataclass(frozen=True)
class Scene:
    """The running casemail, and the server of its mailbox."""

    cluster: Cluster
    dovecot: Dovecot


Fault = Callable[[Scene, float, Random], None]
#: Two dispatchers run side by side; each does all the work that the other leaves.
DISPATCHERS = ("dispatch", "second-dispatch")
#: Seconds for which a killed process stays away; a frozen process stays frozen for twice as long.
AWAY = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def _kill(name: str) -> Fault:
    def kill(scene: Scene, seconds: float, _: Random) -> None:
        scene.cluster.processes[name].kill()
        time.sleep(seconds)
        scene.cluster.start_process(name)

    return kill


def _freeze(name: str) -> Fault:
    def freeze(scene: Scene, seconds: float, _: Random) -> None:
        processes = _family(scene.cluster, name)
        for act, pause in ((psutil.Process.suspend, 2 * seconds), (psutil.Process.resume, 0)):
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    act(process)
            time.sleep(pause)

    return freeze


def _kill_child(scene: Scene, _seconds: float, chance: Random) -> None:
    children = _family(scene.cluster, chance.choice(("worker", "courier")))[1:]
    if children:
        with suppress(psutil.NoSuchProcess):
            chance.choice(children).kill()


def _kill_kafka(scene: Scene, seconds: float, _: Random) -> None:
    _kill_server(scene.cluster.kafka, seconds)


def _kill_postgres(scene: Scene, seconds: float, _: Random) -> None:
    _kill_server(scene.cluster.postgres, seconds)


def _kill_dovecot(scene: Scene, seconds: float, _: Random) -> None:
    _kill_server(scene.dovecot, seconds)


def _kill_server(server: Kafka | Postgres | Dovecot | None, seconds: float) -> None:
    assert server is not None
    server.kill()
    time.sleep(seconds)
    server.start()


def _family(cluster: Cluster, name: str) -> list[psutil.Process]:
    try:
        process = psutil.Process(cluster.processes[name].pid)
        return [process, *process.children(recursive=True)]
    except (EmbeddedServerError, psutil.NoSuchProcess):  # the process has just died of another fault
        return []


FAULTS: dict[str, Fault] = {
    **{f"SIGKILL of the {name}": _kill(name) for name in ("worker", "courier", *DISPATCHERS, "lmtp")},
    **{f"SIGSTOP of the {name}": _freeze(name) for name in ("worker", "courier", *DISPATCHERS)},
    "SIGKILL of a child": _kill_child,
    "SIGKILL of Kafka": _kill_kafka,
    "SIGKILL of PostgreSQL": _kill_postgres,
    "SIGKILL of Dovecot": _kill_dovecot,
}


def start_what_died(cluster: Cluster) -> None:
    """Starts again each process of ours that has ended, as a service manager does."""
    for name, process in cluster.processes.items():
        if not process.running:
            cluster.start_process(name)
