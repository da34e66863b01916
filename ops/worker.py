"""The broker and its actors, which Dramatiq's command line imports in each process of workers and couriers."""

import gc
from functools import cache
from threading import Lock

from cases.sandbox import isolation
from ops import logs
from ops.hard_stop import HardStop
from ops.kafka import make_broker
from schemas.settings import load
from storage.resources import Resources, open_resources
from workers import runner

settings = load()
logs.configure(settings.logs)
isolation.set_process_count(settings.sandbox.processes)
broker = make_broker(settings)
broker.add_middleware(HardStop())


_opening = Lock()  # several threads may be the first


@cache
def _opened() -> Resources:
    return open_resources(settings)


def resources() -> Resources:
    """Returns the resources of this process, opened at the first record: after the fork."""
    with _opening:
        return _opened()


runner.declare(broker, resources)

gc.collect()
gc.freeze()  # objects loaded by now live as long as the process: the collector need not visit them again
