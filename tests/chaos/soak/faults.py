"""What befalls a running casemail in a soak."""

import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

import psutil

from ops.cluster import Cluster
from ops.embedded import EmbeddedServerError

Fault = Callable[[Cluster, float, Random], None]
#: Seconds that what was killed stays away, or frozen.
AWAY = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def _kill(name: str) -> Fault:
    def kill(cluster: Cluster, seconds: float, _: Random) -> None:
        cluster.processes[name].kill()
        time.sleep(seconds)
        cluster.start_process(name)

    return kill


def _freeze(name: str) -> Fault:
    def freeze(cluster: Cluster, seconds: float, _: Random) -> None:
        processes = _family(cluster, name)
        for act, pause in ((psutil.Process.suspend, 2 * seconds), (psutil.Process.resume, 0)):
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    act(process)
            time.sleep(pause)

    return freeze


def _kill_child(cluster: Cluster, _seconds: float, chance: Random) -> None:
    children = _family(cluster, chance.choice(("worker", "courier")))[1:]
    if children:
        with suppress(psutil.NoSuchProcess):
            chance.choice(children).kill()


def _kill_kafka(cluster: Cluster, seconds: float, _: Random) -> None:
    assert cluster.kafka is not None
    cluster.kafka.kill()
    time.sleep(seconds)
    cluster.kafka.start()


def _kill_postgres(cluster: Cluster, seconds: float, _: Random) -> None:
    assert cluster.postgres is not None
    cluster.postgres.kill()
    time.sleep(seconds)
    cluster.postgres.start()


def _family(cluster: Cluster, name: str) -> list[psutil.Process]:
    try:
        process = psutil.Process(cluster.processes[name].pid)
        return [process, *process.children(recursive=True)]
    except (EmbeddedServerError, psutil.NoSuchProcess):  # it has just died of another fault
        return []


FAULTS: dict[str, Fault] = {
    **{f"SIGKILL of the {name}": _kill(name) for name in ("worker", "courier", "dispatch", "lmtp")},
    **{f"SIGSTOP of the {name}": _freeze(name) for name in ("worker", "courier", "dispatch")},
    "SIGKILL of a child": _kill_child,
    "SIGKILL of Kafka": _kill_kafka,
    "SIGKILL of PostgreSQL": _kill_postgres,
}


def start_what_died(cluster: Cluster) -> None:
    """What a service manager does: a process of ours that has ended is started anew."""
    for name, process in cluster.processes.items():
        if not process.running:
            cluster.start_process(name)
