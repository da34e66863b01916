"""The rig of the contract tests."""

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
def refused_connections(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """For a test in which Kafka is away: kafka-python leaves the sockets it tried to the garbage collector."""
    with caplog.at_level(logging.CRITICAL, "kafka"):  # its log records would hold them
        yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
