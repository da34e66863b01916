"""A client that has stalled, hangs, or lost its topics is replaced; an idle client is left alone."""

import threading
from functools import partial
from typing import Any

import pytest
from dramatiq.message import Message
from kafka.coordinator.base import MemberState
from kafka.errors import NodeNotReadyError
from kafka.future import Future
from kafka.structs import ConsumerGroupMetadata

from tests.contract.numbered_messages import fill, read, small_broker
from tests.contract.rig import ROUNDS, Rig, eventually, take
from workers.broker import KafkaBroker, TopicSpec, ensure
from workers.broker.clients import factory
from workers.broker.consumer import Consumer
from workers.broker.reading import poller


def remakes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "is made again" in record.getMessage()]


def test_a_partition_that_the_client_does_not_read_replaces_the_consumer(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    broker = rig.broker("work", stall_after_ms=500)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    consumer._poller.client._fetcher._fetchable_partitions = list  # a batch that the client keeps back
    fill(rig, partitions=1, each=1)
    read(consumer, 1)  # by the fetch that was under way, if one was
    fill(rig, partitions=1, each=3)
    assert read(consumer, 3) == [(0, 0), (0, 1), (0, 2)]
    assert consumer.stats.rebuilt == 1
    [line] = remakes(caplog)
    assert "nothing was read" in line
    assert f"{rig.prefix}work" in line
    eventually(lambda: rig.all_committed("work"))


def test_a_join_that_never_ends_replaces_the_consumer(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    broker = rig.broker("work", session_timeout_ms=2_000, join_margin_ms=0)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    before, client = consumer.stats.rebuilt, consumer._poller.client
    client.group_metadata = lambda: ConsumerGroupMetadata("group", state=MemberState.REBALANCING)
    eventually(lambda: consumer._poller.client is not client)
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    assert consumer.stats.rebuilt == before + 1
    assert "rebalancing" in remakes(caplog)[-1]
    eventually(lambda: rig.all_committed("work"))


def test_a_client_that_finds_no_coordinator_while_kafka_is_there_is_replaced(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    broker = rig.broker("work", session_timeout_ms=2_000, join_margin_ms=2_000)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    eventually(lambda: rig.all_committed("work"))
    before, coordinator = consumer.stats.rebuilt, consumer._poller.client._coordinator
    coordinator.lookup_coordinator = lambda: Future().failure(NodeNotReadyError())  # simulates refused connections
    coordinator.coordinator_dead("the test")
    eventually(lambda: not consumer.stats.reading)
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    assert consumer.stats.rebuilt == before + 1
    assert "not in touch with its group" in remakes(caplog)[-1]
    eventually(lambda: rig.all_committed("work"))


def test_a_poll_thread_that_hangs_shows_and_is_replaced(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = rig.broker("work", session_timeout_ms=2_000)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    [held] = take(consumer, 1)
    hangs, end = threading.Event(), threading.Event()

    def hang(**_: Any) -> Any:
        hangs.set()
        end.wait(120)
        return {}

    consumer._poller.client.poll = hang
    assert hangs.wait(60)
    eventually(lambda: not consumer.stats.reading)
    monkeypatch.setattr("workers.broker.consumer.SILENT_SECONDS", 2.0)
    fill(rig, partitions=1, each=2)
    assert read(consumer, 3) == [(0, 0), (0, 0), (0, 1)]
    monkeypatch.undo()
    consumer.ack(held)  # settles nothing and does no harm
    assert consumer.stats.rebuilt >= 1  # on a busy machine the next thread is silent for so long, too
    end.set()
    eventually(lambda: rig.all_committed("work"))


def test_offsets_that_come_again_replace_the_consumer_and_settle_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    broker = rig.broker("work")
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=3)
    first = take(consumer, 3)
    record = first[0].delivery.record
    consumer._poller.client.poll = lambda **_: {first[0].delivery.partition: [record]}  # a new topic
    eventually(lambda: remakes(caplog))
    for message in first:
        consumer.ack(message)
    assert read(consumer, 3) == [(0, 0), (0, 1), (0, 2)]
    assert "offset 0 came after offset 2" in remakes(caplog)[0]
    eventually(lambda: rig.all_committed("work"))


def test_a_topic_that_is_deleted_is_reported_and_read_again_when_it_is_created_again(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(factory.COMMON, "metadata_max_age_ms", 1_000)
    broker = rig.broker("work", stall_after_ms=500)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=5)
    read(consumer, 5)
    rig.admin.delete_topics([f"{rig.prefix}work"])
    eventually(lambda: "topics are missing" in caplog.text and not consumer.stats.reading)
    small_broker(rig, 1)
    fill(rig, partitions=1, each=2)
    assert read(consumer, 2) == [(0, 0), (0, 1)]
    eventually(lambda: rig.all_committed("work"))


def are_assigned(consumers: list[Consumer], count: int) -> bool:
    """Returns whether each consumer's client has `count` partitions."""
    factory = [consumer._poller.client for consumer in consumers]
    return all(client and len(client.assignment()) == count for client in factory)


@pytest.mark.often
def test_members_on_new_topics_to_which_partitions_are_added_are_given_all_of_them(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(factory.COMMON, "metadata_max_age_ms", 1_000)  # added partitions are noticed sooner
    monkeypatch.setattr(poller, "IDLE_POLL_MS", 100)
    broker = rig.broker(session_timeout_ms=6_000)  # dozens of poll threads share a process
    queues = [f"work{number}" for number in range(min(60, 6 * ROUNDS))]
    consumers = []
    for queue in queues:
        broker.declare_queue(queue)
        ensure(rig.servers, [TopicSpec(broker.topics(queue).main, 1)])
        consumers.append(rig.consume(broker, queue))
    for size in range(1, ROUNDS + 2):
        if size > 1:
            rig.admin.create_partitions({broker.topics(queue).main: size for queue in queues})
        eventually(partial(are_assigned, consumers, size))
    for queue, consumer in zip(queues, consumers, strict=True):
        for partition in range(ROUNDS + 1):
            rig.put(queue, Message(queue, "none", (partition,), {}, {}).encode(), partition=partition)
        assert sorted(message.args[0] for message in take(consumer, ROUNDS + 1)) == list(range(ROUNDS + 1))


def test_an_idle_consumer_is_left_alone(rig: Rig) -> None:
    broker = rig.broker("work", partitions=3, stall_after_ms=200)
    consumer = rig.consume(broker, "work")
    for _ in range(3):
        fill(rig, partitions=3, each=1)
        read(consumer, 3)
        assert [next(consumer) for _ in range(5)] == [None] * 5  # 0.1 s each, enough for several checks of the watchdog
    assert consumer.stats.rebuilt == 0


def test_a_consumer_waits_for_its_topics(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    broker = KafkaBroker(rig.servers, topic_prefix=rig.prefix)
    broker.declare_queue("work")
    consumer = rig.consume(broker, "work")
    eventually(lambda: "topics are missing" in caplog.text)
    small_broker(rig, 1)
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
