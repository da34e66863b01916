"""The benchmark of the broker runs through on real servers, and would notice a message that is lost or doubled."""

from pathlib import Path

import pytest
from dramatiq.brokers.stub import StubBroker

from ops.bench.broker import STAGES, compare, measure, redis_server
from ops.bench.broker_chain import Backend, Chain, Job, work, work_bare
from ops.embedded import Kafka


def test_every_message_goes_through_each_actor_once_on_every_broker(
    kafka: Kafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis_server(tmp_path / "redis") as redis:
        assert compare(Backend("Kafka", kafka.servers, kafka.pid), redis, items=100, threads=4, seconds=0.2) == 0
    printed = capsys.readouterr().out
    for row in ("Kafka, one actor", "Redis, chain of 5", "Stub, half load", "kafka-python", "lost or doubled: 0"):
        assert row in printed


def test_what_the_broker_adds_to_the_cost_of_a_hop_is_bounded(kafka: Kafka) -> None:
    """In CPU time, for other tests run beside it: a rate says nothing then."""
    server, items = Backend("Kafka", kafka.servers, kafka.pid), 10_000
    client = measure(server, work_bare, stages=2, items=items, threads=2).flow.cpu
    assert measure(server, work, stages=1, items=items, threads=2).flow.cpu < 3 * client
    memory = measure(Backend("Stub"), work, stages=STAGES, items=items // STAGES, threads=2).flow.cpu
    hop = measure(server, work, stages=STAGES, items=items // STAGES, threads=2).flow.cpu
    assert hop < 2.5 * (memory + client)


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
