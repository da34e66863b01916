"""Fixtures: brokers of both kinds, without and with a worker."""

from collections.abc import Iterator

import dramatiq
import pytest

from ops.embedded import Kafka
from tests.contract.dramatiq_broker.sides import KafkaSide, Running, Side, StubSide
from tests.contract.rig import Rig


@pytest.fixture(scope="module", params=["stub", "kafka"])
def side(request: pytest.FixtureRequest, kafka: Kafka) -> Iterator[Side]:
    if request.param == "stub":
        yield StubSide()
        return
    rig = Rig(kafka.servers)
    yield KafkaSide(rig)
    rig.close()


@pytest.fixture
def broker(side: Side) -> Iterator[dramatiq.Broker]:
    """Yields a broker without a worker whose queue `hand` is empty; a test must leave the queue empty."""
    broker = side.broker()
    broker.declare_queue("hand")
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def running(side: Side) -> Iterator[Running]:
    running = Running(side)
    with Rig.working(running.broker, delays=True):
        yield running
    running.broker.close()
