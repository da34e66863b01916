"""Kafka refuses commits for a while, or is killed and comes back later: nothing is lost, and work goes on by itself."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from ops.embedded import Kafka
from tests.chaos.two_actors import IMPATIENT, Chain
from tests.contract.rig import ROUNDS, Rig, eventually, stats_of

OFFSETS = "__consumer_offsets"
BACK_SECONDS = 5.0


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    with Kafka(tmp_path_factory.mktemp("kafka-away")) as kafka:
        yield kafka


@pytest.fixture
def rig(kafka: Kafka) -> Iterator[Rig]:
    with closing(Rig(kafka.servers)) as rig:
        yield rig


def limit_commits(rig: Rig, size: int) -> None:
    """Lets Kafka write no commit of more than `size` bytes."""
    rig.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, OFFSETS, {"max.message.bytes": str(size)})])


def test_commits_refused_for_a_while_are_made_later_by_the_same_consumer(rig: Rig) -> None:
    broker = rig.broker(**IMPATIENT)
    chain = Chain(rig, broker)
    with chain.running():
        limit_commits(rig, 1)
        time.sleep(1)  # until the commits on their way are made
        before = rig.committed("first")
        time.sleep(5)
        assert rig.committed("first") == before
        assert stats_of(broker, "first").refused > 3
        limit_commits(rig, 2**20)
        eventually(lambda: rig.committed("first") != before)
        eventually(lambda: stats_of(broker, "first").refused == 0)
    assert stats_of(broker, "first").rebuilt == stats_of(broker, "second").rebuilt == 0


@pytest.mark.often
@pytest.mark.parametrize("seconds", [8.0] if ROUNDS <= 2 else [8.0, 40.0])
def test_kafka_killed_and_back_after_a_while_is_worked_with_at_once(
    rig: Rig, kafka: Kafka, caplog: pytest.LogCaptureFixture, seconds: float
) -> None:
    broker = rig.broker(**IMPATIENT)
    chain = Chain(rig, broker)
    with chain.running():
        assert stats_of(broker, "first").reading
        kafka.kill()
        time.sleep(seconds)
        assert chain.refused
        assert not stats_of(broker, "first").reading
        begun = time.monotonic()
        kafka.start()
        chain.goes_on(BACK_SECONDS + 3 * (time.monotonic() - begun))  # on a busy machine, both take longer
    log = {json.loads(record.value)["args"][0] for record in rig.records("first")}
    assert set(chain.acknowledged) <= log == set(chain.seconds)
    assert "workers died" not in caplog.text
