"""What the Dramatiq command line imports in each process of workers and couriers: the broker and its actors."""

import gc
from functools import cache

from cases.sandbox import isolation
from ops import logs
from ops.kafka import make_broker
from schemas.settings import load
from storage.resources import Resources, open_resources
from workers import runner

logs.configure()
settings = load()
isolation.set_process_count(settings.sandbox.processes)
broker = make_broker(settings)


@cache
def resources() -> Resources:
    """The house of this process, opened at the first record: after the fork."""
    return open_resources(settings)


runner.declare(broker, resources)

gc.collect()
gc.freeze()  # what is loaded by now lives as long as the process: no need to look through it again and again
