"""Nodes of a Kafka of three are killed: the other nodes take over, and nothing is lost."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.chaos.two_actors import IMPATIENT, Chain
from tests.contract.rig import Rig, eventually
from tests.servers.kafka_nodes import KafkaNodes
from workers.broker import check, ensure, queue_specs

TAKEN_OVER_SECONDS = 90.0


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaNodes]:
    with KafkaNodes(tmp_path_factory.mktemp("kafka-nodes")) as nodes:
        yield nodes


@pytest.fixture
def rig(nodes: KafkaNodes) -> Iterator[Rig]:
    with closing(Rig(nodes.servers)) as rig:
        yield rig


@pytest.fixture
def chain(rig: Rig) -> Chain:
    return Chain(rig, rig.broker(**IMPATIENT), replication=3)


def restart(nodes: KafkaNodes, rig: Rig) -> None:
    """Starts the nodes that are down, and waits until all replicas of the chain's topics are in sync."""
    nodes.start()
    eventually(lambda: nodes.in_sync([rig.prefix + "first", rig.prefix + "second", "__consumer_offsets"]))


def test_a_leader_and_then_the_coordinator_killed_lose_nothing(nodes: KafkaNodes, rig: Rig, chain: Chain) -> None:
    with chain.running():
        killed = nodes.leader(rig.prefix + "first", 0)
        nodes.brokers[killed].kill()
        chain.goes_on(TAKEN_OVER_SECONDS)
        restart(nodes, rig)
        coordinator = nodes.coordinator(f"casemail.{rig.prefix}first")
        assert coordinator != killed  # leaders do not move back by themselves so soon
        assert coordinator in [nodes.leader(rig.prefix + "first", number) for number in range(3)]
        nodes.brokers[coordinator].kill()
        chain.goes_on(TAKEN_OVER_SECONDS)
        restart(nodes, rig)


def test_too_few_copies_refuse_what_is_sent_and_all_goes_on_when_they_are_back(
    nodes: KafkaNodes, rig: Rig, chain: Chain
) -> None:
    with chain.running():
        for number in (1, 2):
            nodes.brokers[number].kill()
        eventually(lambda: len(chain.refused) >= 2)
        assert len(set(chain.seconds)) < len(chain.acknowledged)
        restart(nodes, rig)
        chain.goes_on(TAKEN_OVER_SECONDS)
    assert len(chain.firsts) > len(set(chain.firsts))  # messages in work were delivered again


def test_new_topics_can_be_used_at_once_whichever_node_is_asked(nodes: KafkaNodes, rig: Rig) -> None:
    for number in range(20):
        specs = queue_specs(f"new{number}", partitions=3, replication=3, prefix=rig.prefix)
        assert len(ensure(nodes.servers, specs)) == len(specs)
        assert check(nodes.servers, specs) == []
