"""The poll loop never stops polling, and reads every record, however partitions are paused and resumed."""

import threading
from typing import Any

import dramatiq
import pytest
from dramatiq.message import Message
from kafka import KafkaConsumer, TopicPartition

from tests.contract.numbered_messages import fill, put, read, small_broker
from tests.contract.rig import Rig, eventually, stats_of, take
from workers.broker.reading.buffer import HIGH_WATER


def test_the_raw_client_forgets_half_read_paused_batches(rig: Rig) -> None:
    """Shows a fault of kafka-python. If it fails, the fault is fixed: see workers.broker.reading.poller."""
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
    assert consumer.stats.buffered in (7, 17)  # a partition's fetched records are never split
    seen += read(consumer, 17)
    assert sorted(seen) == [(partition, number) for partition in range(2) for number in range(10)]
    for partition in range(2):
        assert [number for place, number in seen if place == partition] == list(range(10))
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
        out = take(consumer, min(4, 80 - len(seen)))  # as many as the limit allows; the last message exceeds it
        eventually(lambda: consumer.stats.buffered == 0 or consumer._poller.client.paused() or len(seen) > 50)
        assert next(consumer) is None
        assert consumer.stats.buffered * size <= HIGH_WATER * limit + 2 * fetch
        for message in out:
            consumer.ack(message)
            seen.add(message.args[0])
    eventually(lambda: rig.all_committed("work"))


def test_it_polls_all_the_time_while_workers_are_busy(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    polls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    poll = KafkaConsumer.poll

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        polls.append((args, kwargs))
        return poll(self, *args, **kwargs)

    broker = rig.broker("work", prefetch=2)
    busy = threading.Event()

    @dramatiq.actor(broker=broker, queue_name="work")
    def work() -> None:
        busy.wait(120)

    broker.enqueue_many([work.message() for _ in range(50)])
    monkeypatch.setattr(KafkaConsumer, "poll", spy)
    with rig.working(broker, threads=2):
        eventually(lambda: stats_of(broker, "work").in_flight == 2)
        polls.clear()
        eventually(lambda: len(polls) >= 20)
        busy.set()
        eventually(lambda: rig.all_committed("work"))
    assert all(not args and list(kwargs) == ["timeout_ms"] and kwargs["timeout_ms"] >= 100 for args, kwargs in polls)


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
