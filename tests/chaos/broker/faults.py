"""The faults of a fleet at work. Each makes its choices with a seeded `random.Random`."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.chaos.broker.fleet import Fleet

SESSION_SECONDS = 6.0
HOUR = 3_600.0
KILL_WORKERS = "SIGKILL of workers"


@dataclass
class Tally:
    """The faults so far by kind, and the numbers of worker processes that were killed and frozen."""

    faults: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    frozen: int = 0


def kill_workers(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Kills one to three worker processes; their main processes notice and end."""
    alive = fleet.workers()
    for worker in chance.sample(alive, min(len(alive), chance.randint(1, 3))):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
            tally.kills += 1


def kill_group(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Kills a whole node, with its main process."""
    tally.kills += fleet.some(chance).signal(signal.SIGKILL)


def kill_all(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Kills all nodes at once."""
    tally.kills += sum(node.signal(signal.SIGKILL) for node in fleet.nodes)


def terminate(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Stops a main process cleanly; the fleet's supervisor starts it again."""
    fleet.some(chance).main.terminate()


def retire(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Stops a main process without a replacement: the other nodes get its partitions at once."""
    with fleet.held():
        node = fleet.some(chance)
        fleet.nodes.remove(node)
        try:
            node.stop()
        finally:
            node.close()


def freeze(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Freezes a node for longer than the session timeout: it wakes up without partitions."""
    node = fleet.some(chance)
    with fleet.held():
        tally.frozen += node.signal(signal.SIGSTOP)
        time.sleep(SESSION_SECONDS + chance.uniform(1, 3))
        node.signal(signal.SIGCONT)


def visits(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Adds one more node, which joins and leaves, twice."""
    for _ in range(2):
        with fleet.guest("guest"):
            time.sleep(chance.uniform(2, 5))


def clock_ahead(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Sets the clock of a node an hour ahead, and then right again."""
    _jump(fleet, chance, HOUR)


def clock_behind(fleet: Fleet, chance: random.Random, tally: Tally) -> None:
    """Sets the clock of a node an hour behind, and then right again."""
    _jump(fleet, chance, -HOUR)


def _jump(fleet: Fleet, chance: random.Random, seconds: float) -> None:
    clock = fleet.some(chance).clock
    clock.set(seconds)
    time.sleep(chance.uniform(3, 5))
    clock.set(0.0)


Fault = Callable[[Fleet, random.Random, Tally], None]

FAULTS: dict[str, Fault] = {
    KILL_WORKERS: kill_workers,
    "SIGKILL of a node": kill_group,
    "SIGKILL of all nodes": kill_all,
    "SIGTERM": terminate,
    "SIGTERM for good": retire,
    "SIGSTOP": freeze,
    "join and leave": visits,
    "clock an hour ahead": clock_ahead,
    "clock an hour behind": clock_behind,
}
