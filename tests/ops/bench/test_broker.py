"""The benchmark of the broker runs on real servers, and notices a message that is lost or duplicated."""

from pathlib import Path

import pytest
from dramatiq.brokers.stub import StubBroker

from ops.bench.broker import compare, redis_server
from ops.bench.broker_chain import Backend, Chain, Job
from ops.embedded import Kafka


def test_every_message_goes_through_each_actor_once_on_every_broker(
    kafka: Kafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis_server(tmp_path / "redis") as redis:
        found = compare(Backend("Kafka", kafka.servers, kafka.pid), redis, items=100, threads=4, seconds=0.2)
    assert found.wrong == 0  # so few messages give no meaningful costs
    printed = capsys.readouterr().out
    for row in ("Kafka, one actor", "Redis, chain of 5", "Stub, half load", "kafka-python", "lost or doubled: 0"):
        assert row in printed


@pytest.mark.parametrize(
    ("came", "wrong"),
    [([[0, 1], [1, 0]], 0), ([[0, 1], [1]], 1), ([[0, 1, 1], [0, 1]], 1), ([[0, 1], [0, 1, 2]], 1)],
    ids=["all", "lost", "doubled", "unknown"],
)
def test_what_is_lost_or_doubled_is_counted(came: list[list[int]], wrong: int) -> None:
    broker = StubBroker(middleware=[])
    chain = Chain(broker, Job(Backend("Stub"), prefix="", stages=2, items=2, threads=1))
    chain.send(2)
    broker.flush_all()
    chain.items[:] = came
    assert chain.wrong() == wrong
