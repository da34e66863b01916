"""What the Dramatiq command line imports in each process of workers and couriers: the broker and its actors."""

import gc
import multiprocessing
from functools import cache
from multiprocessing.util import Finalize

from cases import apart
from ops import logs
from ops.kafka import make_broker
from schemas.settings import load
from workers import runner
from workers.house import House, open_house

logs.configure()
settings = load()
apart.use_processes(settings.sandbox_processes)
broker = make_broker(settings)


@cache
def house() -> House:
    """The house of this process, opened at the first record: after the fork."""
    return open_house(settings)


def end_children() -> None:
    """Ends the processes that look into hostile bytes; nobody waits for what they make of them any more."""
    for child in multiprocessing.active_children():
        child.terminate()


runner.declare(broker, house)
# a process that is stopping would wait for its children to end by themselves, which they never do
Finalize(None, end_children, exitpriority=100)

gc.collect()
gc.freeze()  # what is loaded by now lives as long as the process: no need to look through it again and again
