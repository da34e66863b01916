"""Fixtures of the contract tests."""

import gc
import logging
import warnings
from collections.abc import Iterator

import pytest

from ops.embedded import Kafka
from tests.contract.rig import Rig


@pytest.fixture
def rig(kafka: Kafka) -> Iterator[Rig]:
    rig = Rig(kafka.servers)
    yield rig
    rig.close()


@pytest.fixture
def refused_connections() -> Iterator[None]:
    """Ignores the sockets that kafka-python leaves to the garbage collector while Kafka is away."""
    client = logging.getLogger("kafka")
    before = client.level
    client.setLevel(logging.CRITICAL)  # its log records would keep the sockets alive
    yield
    client.setLevel(before)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
