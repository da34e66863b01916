"""The poll loop: it always polls, reads everything, and replaces a client that has stalled."""

import threading
import time
from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any

import dramatiq
import pytest
from dramatiq.message import Message
from kafka import KafkaConsumer, TopicPartition
from kafka.coordinator.base import MemberState
from kafka.errors import NodeNotReadyError
from kafka.future import Future
from kafka.structs import ConsumerGroupMetadata

from tests.contract.rig import ROUNDS, Rig, eventually, stats_of, take
from workers.broker import KafkaBroker, TopicSpec, ensure
from workers.broker.clients import factory
from workers.broker.consumer import Consumer
from workers.broker.reading import poller, watchdog
from workers.broker.reading.buffer import HIGH_WATER


def fill(rig: Rig, *, partitions: int, each: int) -> None:
    """Puts `each` numbered messages into every partition of `work`."""
    for partition in range(partitions):
        put(rig, partition, range(each))


def put(rig: Rig, partition: int, numbers: Iterable[int]) -> None:
    """Puts messages with `numbers` into one partition of `work`."""
    for number in numbers:
        message: Message[Any] = Message("work", "none", (partition, number), {}, {})
        rig.put("work", message.encode(), partition=partition)


def read(consumer: Consumer, count: int) -> list[tuple[int, int]]:
    """Takes `count` messages and acknowledge each."""
    seen = []
    for _ in range(count):
        [message] = take(consumer, 1)
        consumer.ack(message)
        seen.append((message.args[0], message.args[1]))
    return seen


def small_broker(rig: Rig, partitions: int) -> KafkaBroker:
    """One message out at a time, so that reading pauses at four."""
    return rig.broker("work", partitions=partitions, prefetch=1)


def test_the_raw_client_forgets_half_read_paused_batches(rig: Rig) -> None:
    """If this fails, kafka-python has been fixed: see workers.broker.reading.poller for what is not needed then."""
    small_broker(rig, 2)
    fill(rig, partitions=2, each=10)
    a, b = TopicPartition(f"{rig.prefix}work", 0), TopicPartition(f"{rig.prefix}work", 1)
    seen = 0
    with KafkaConsumer(bootstrap_servers=rig.servers, auto_offset_reset="earliest", enable_auto_commit=False) as client:
        client.assign([a])
        while seen < 3:
            seen += sum(map(len, client.poll(500, max_records=3).values()))
        client.pause(a)
        client.poll(200)
        client.assign([a, b])
        while seen < 4:
            seen += sum(map(len, client.poll(500, max_records=1).values()))
        client.pause(a, b)
        client.poll(200)
        client.resume(a, b)
        for _ in range(6):
            seen += sum(map(len, client.poll(300).values()))
    assert seen < 20


def test_partitions_paused_half_read_are_read_to_the_end(rig: Rig) -> None:
    broker = small_broker(rig, 2)
    fill(rig, partitions=2, each=10)
    consumer = rig.consume(broker, "work")
    seen = read(consumer, 3)
    eventually(consumer._poller.client.paused)
    assert consumer.stats.buffered in (7, 17)  # never half of what was fetched of a partition
    seen += read(consumer, 17)
    assert sorted(seen) == [(partition, number) for partition in range(2) for number in range(10)]
    for partition in range(2):
        assert [number for one, number in seen if one == partition] == list(range(10))
    eventually(lambda: rig.all_committed("work"))


def test_a_partition_paused_while_another_is_drained_is_read_to_the_end(rig: Rig) -> None:
    broker = rig.broker("work", partitions=2, window=4, prefetch=32, max_partition_fetch_bytes=500)
    consumer = rig.consume(broker, "work")
    put(rig, 0, range(4))
    held = take(consumer, 4)
    eventually(consumer._poller.client.paused)
    put(rig, 0, range(4, 20))
    put(rig, 1, range(20))
    assert read(consumer, 20) == [(1, number) for number in range(20)]
    for message in held:
        consumer.ack(message)
    assert read(consumer, 16) == [(0, number) for number in range(4, 20)]
    eventually(lambda: rig.all_committed("work"))


def test_paused_partitions_that_another_consumer_takes_over_are_read_to_the_end(rig: Rig) -> None:
    broker, other = small_broker(rig, 2), small_broker(rig, 2)
    fill(rig, partitions=2, each=10)
    consumer = rig.consume(broker, "work")
    seen = set(read(consumer, 3))
    eventually(consumer._poller.client.paused)
    second = rig.consume(other, "work")
    seen |= set(read(second, 4))
    second.close()
    while len(seen) < 20:
        seen |= set(read(consumer, 1))
    eventually(lambda: rig.all_committed("work"))


def test_large_messages_are_read_ahead_and_given_out_by_their_bytes(rig: Rig) -> None:
    size, limit, fetch = 5_000, 20_000, 16_384
    broker = rig.broker("work", partitions=2, prefetch=1_000, prefetch_bytes=limit, max_partition_fetch_bytes=fetch)
    for number in range(80):
        large: Message[Any] = Message("work", "none", (number,), {"ballast": "x" * size}, {})
        rig.put("work", large.encode(), partition=number % 2)
    consumer = rig.consume(broker, "work")
    seen: set[int] = set()
    while len(seen) < 80:
        out = take(consumer, min(4, 80 - len(seen)))  # as many as the limit, the last of them over it
        eventually(lambda: consumer.stats.buffered == 0 or consumer._poller.client.paused() or len(seen) > 50)
        assert next(consumer) is None
        assert consumer.stats.buffered * size <= HIGH_WATER * limit + 2 * fetch
        for message in out:
            consumer.ack(message)
            seen.add(message.args[0])
    eventually(lambda: rig.all_committed("work"))


def test_it_polls_all_the_time_while_workers_are_busy(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    polls: list[tuple[float, tuple[Any, ...], dict[str, Any]]] = []
    poll = KafkaConsumer.poll

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        polls.append((time.monotonic(), args, kwargs))
        return poll(self, *args, **kwargs)

    broker = rig.broker("work", prefetch=2)
    busy = threading.Event()

    @dramatiq.actor(broker=broker, queue_name="work")
    def work() -> None:
        busy.wait(20)

    broker.enqueue_many([work.message() for _ in range(50)])
    monkeypatch.setattr(KafkaConsumer, "poll", spy)
    with rig.working(broker, threads=2):
        eventually(lambda: stats_of(broker, "work").in_flight == 2)
        polls.clear()
        eventually(lambda: len(polls) >= 20)
        busy.set()
        eventually(lambda: rig.all_committed("work"))
    times = [when for when, _, _ in polls]
    assert median(later - earlier for earlier, later in pairwise(times)) < 0.3
    assert all(not args and list(kwargs) == ["timeout_ms"] and kwargs["timeout_ms"] >= 100 for _, args, kwargs in polls)


def test_one_slow_message_pauses_its_partition_when_the_window_is_full(rig: Rig) -> None:
    broker = rig.broker("work", window=5, prefetch=2)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    [slow] = take(consumer, 1)
    fill(rig, partitions=1, each=4)
    read(consumer, 4)
    eventually(consumer._poller.client.paused)
    fill(rig, partitions=1, each=1)
    consumer.ack(slow)
    read(consumer, 1)
    eventually(lambda: rig.all_committed("work"))


def remakes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "is made again" in record.getMessage()]


def test_a_partition_that_the_client_does_not_read_replaces_the_consumer(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    broker = rig.broker("work", stall_after_ms=500)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    consumer._poller.client._fetcher._fetchable_partitions = list  # as with a parked batch
    fill(rig, partitions=1, each=3)
    assert read(consumer, 3) == [(0, 0), (0, 1), (0, 2)]
    assert consumer.stats.rebuilt == 1
    [line] = remakes(caplog)
    assert "nothing was read" in line
    assert f"{rig.prefix}work" in line
    eventually(lambda: rig.all_committed("work"))


def test_a_join_that_never_ends_replaces_the_consumer(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "JOIN_MARGIN_SECONDS", -8.0)
    broker = rig.broker("work")
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
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "JOIN_MARGIN_SECONDS", 2.0)
    broker = rig.broker("work", session_timeout_ms=2_000)
    consumer = rig.consume(broker, "work")
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
    eventually(lambda: rig.all_committed("work"))
    before, coordinator = consumer.stats.rebuilt, consumer._poller.client._coordinator
    coordinator.lookup_coordinator = lambda: Future().failure(NodeNotReadyError())  # as when each connection is refused
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
        end.wait(30)
        return {}

    consumer._poller.client.poll = hang
    assert hangs.wait(5)
    eventually(lambda: not consumer.stats.reading)
    monkeypatch.setattr("workers.broker.consumer.SILENT_SECONDS", 2.0)
    fill(rig, partitions=1, each=2)
    assert read(consumer, 3) == [(0, 0), (0, 0), (0, 1)]
    monkeypatch.undo()
    consumer.ack(held)  # settles nothing any more, and harms nothing
    assert consumer.stats.rebuilt == 1
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
    consumer._poller.client.poll = lambda **_: {first[0].delivery.partition: [record]}  # as of a topic made anew
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
    monkeypatch.setattr(poller, "RETRY_SECONDS", 0.5)
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
    """Whether the client of each of `consumers` has `count` partitions."""
    factory = [consumer._poller.client for consumer in consumers]
    return all(client and len(client.assignment()) == count for client in factory)


@pytest.mark.often
def test_members_on_new_topics_to_which_partitions_are_added_are_given_all_of_them(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(factory.COMMON, "metadata_max_age_ms", 1_000)  # until added partitions are noticed
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
        assert [next(consumer) for _ in range(5)] == [None] * 5  # 0.1 s each, and several looks of the watch
    assert consumer.stats.rebuilt == 0


def test_a_consumer_waits_for_its_topics(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    broker = KafkaBroker(rig.servers, topic_prefix=rig.prefix)
    broker.declare_queue("work")
    consumer = rig.consume(broker, "work")
    eventually(lambda: "topics are missing" in caplog.text)
    small_broker(rig, 1)
    fill(rig, partitions=1, each=1)
    read(consumer, 1)
