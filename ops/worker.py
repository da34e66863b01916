"""What the Dramatiq command line imports in each worker process: the broker, with an actor for each stage."""

from functools import cache

from ops import logs
from ops.kafka import make_broker
from schemas.settings import load
from workers import runner
from workers.house import House, open_house

logs.configure()
settings = load()
broker = make_broker(settings)


@cache
def house() -> House:
    """The house of this process, opened at the first record: after the fork."""
    return open_house(settings)


runner.declare(broker, house)
