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
    """For a test in which Kafka is away: kafka-python leaves the sockets it tried to the garbage collector."""
    client = logging.getLogger("kafka")
    before = client.level
    client.setLevel(logging.CRITICAL)  # its log records would hold them
    yield
    client.setLevel(before)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
