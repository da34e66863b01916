"""When an offset is committed, and when it is not."""

import time
from typing import Any

import dramatiq
import pytest
from dramatiq.message import Message
from kafka import KafkaConsumer

from tests.contract.rig import Rig, eventually, stats_of, take
from workers.broker.reading.delivery import KafkaMessage


def numbered(count: int) -> list[Message[Any]]:
    """Returns this many messages without an actor, which the tests consume and acknowledge themselves."""
    return [Message("work", "none", (number,), {}, {}) for number in range(count)]


def test_only_the_oldest_unsettled_offset_is_committed(rig: Rig) -> None:
    broker = rig.broker("work")
    broker.enqueue_many(numbered(6))
    consumer = rig.consume(broker, "work")
    messages = take(consumer, 6)
    for number in (1, 2, 4):
        consumer.ack(messages[number])
    eventually(lambda: rig.committed("work") == {0: 0})
    consumer.ack(messages[0])
    eventually(lambda: rig.committed("work") == {0: 3})
    consumer.close()
    assert rig.committed("work") == {0: 3}
    again = take(rig.consume(rig.broker("work"), "work"), 3)
    assert [message.args[0] for message in again] == [3, 4, 5]


def test_settled_offsets_are_committed_once_in_an_interval(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[float] = []
    commit = KafkaConsumer.commit_async

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        commits.append(time.monotonic())
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(KafkaConsumer, "commit_async", spy)
    broker = rig.broker("work", commit_interval_ms=500)
    consumer = rig.consume(broker, "work")
    acked, begun = 0, time.monotonic()
    while len(commits) < 4:
        broker.enqueue_many(numbered(1))
        for message in take(consumer, 1):
            consumer.ack(message)
            acked += 1
    assert acked > len(commits)
    assert commits[3] - begun >= 3 * 0.5
    eventually(lambda: rig.all_committed("work"))


def test_closing_commits_all_and_nothing_is_delivered_again(rig: Rig) -> None:
    broker = rig.broker("work", "next", partitions=2, commit_interval_ms=60_000, linger_ms=700)
    seen: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def work(number: int) -> None:
        seen.append(number)
        done.send(number)

    @dramatiq.actor(broker=broker, queue_name="next")
    def done(number: int) -> None:
        del number

    with rig.working(broker):
        broker.enqueue_many([work.message(number) for number in range(200)])
        eventually(lambda: len(seen) == 200)
    assert rig.all_committed("work")
    with rig.working(broker):
        work.send(200)
        eventually(lambda: len(seen) > 200)
    assert seen[200:] == [200]
    assert rig.count("next") == 201


def test_messages_that_a_stopping_worker_had_not_begun_are_worked_on_by_the_next_without_a_new_send(rig: Rig) -> None:
    broker = rig.broker("work")
    seen: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def work(number: int) -> None:
        seen.append(number)
        if number == 0:
            eventually(lambda: not worker.workers[0].running)

    broker.enqueue_many([work.message(number) for number in range(10)])
    with rig.working(broker, threads=1) as worker:
        eventually(lambda: worker.work_queue.qsize() == 9)
    assert seen == [0]
    assert rig.committed("work") == {0: 1}
    with rig.working(broker, threads=1):
        broker.join("work", timeout=60_000)
    assert seen == list(range(10))
    assert rig.count("work") == 10


def put_numbered(rig: Rig, partition: int, numbers: range) -> None:
    for number in numbers:
        rig.put("work", Message("work", "none", (number,), {}, {}).encode(), partition=partition)


def test_the_partition_that_stays_keeps_what_was_read_and_what_is_out(rig: Rig) -> None:
    brokers = [rig.broker("work", partitions=2, prefetch=4) for _ in range(2)]
    first = rig.consume(brokers[0], "work")
    for partition in range(2):
        put_numbered(rig, partition, range(2))
    held = take(first, 4)
    for partition in range(2):
        put_numbered(rig, partition, range(2, 10))
    eventually(lambda: first.stats.buffered == 16)
    second = rig.consume(brokers[1], "work")
    [moved] = {message.delivery.partition.partition for message in take(second, 4)}
    eventually(lambda: first.stats.buffered == 8)
    assert first.stats.in_flight == 4
    kept = [message for message in held if message.delivery.current]
    assert [message.args[0] for message in kept] == [0, 1]
    for message in held:
        first.ack(message)
    for _ in range(8):
        kept += take(first, 1)
        first.ack(kept[-1])
    assert [message.args[0] for message in kept] == list(range(10))
    assert {message.delivery.partition.partition for message in kept} == {1 - moved}
    assert (first.stats.buffered, first.stats.in_flight) == (0, 0)
    eventually(lambda: rig.committed("work").get(1 - moved) == 10)
    assert rig.committed("work").get(moved, 0) == 0


def test_no_commit_passes_an_open_message_while_another_joins_a_full_consumer(rig: Rig) -> None:
    brokers = [rig.broker("work", partitions=4, prefetch=8) for _ in range(2)]
    for partition in range(4):
        put_numbered(rig, partition, range(40))
    done: set[tuple[int, int]] = set()

    def finish(message: KafkaMessage | None) -> None:
        if message is not None:
            if message.delivery.current:
                done.add((message.delivery.partition.partition, message.delivery.record.offset))
            message.delivery.release()

    def all_is_done() -> bool:
        for consumer in (first, second) * 8:
            if consumer.stats.buffered or consumer.stats.in_flight:
                finish(next(consumer))
        assert all((at, offset) in done for at, end in rig.committed("work").items() for offset in range(end))
        return rig.all_committed("work")

    first = rig.consume(brokers[0], "work")
    held = take(first, 8)
    eventually(first._poller.client.paused)
    second = rig.consume(brokers[1], "work")
    finish(*take(second, 1))
    for message in held:
        finish(message)
    eventually(all_is_done)
    assert len(done) == 160
    group = brokers[0].group("work")
    assert (
        rig.admin.describe_groups([group])[group]["protocol_data"] == "cooperative-sticky"
    )  # with an eager protocol, consumers would stall


def test_a_late_ack_after_a_rebalance_settles_nothing(rig: Rig) -> None:
    brokers = [rig.broker("work", partitions=2) for _ in range(2)]
    brokers[0].enqueue_many(numbered(20))
    first = rig.consume(brokers[0], "work")
    held = take(first, 20)
    second = rig.consume(brokers[1], "work")
    [regained] = {message.delivery.partition for message in take(second, 1)}
    late = [message for message in held if message.delivery.partition == regained]
    kept = [message for message in held if message.delivery.partition != regained]
    for message in late:
        assert not message.delivery.current
        first.ack(message)
    first.ack(kept[0])
    eventually(lambda: rig.committed("work").get(kept[0].delivery.partition.partition) == 1)
    assert rig.committed("work").get(regained.partition, 0) == 0

    second.close()
    again = take(first, len(late))  # the same consumer gets the partition again, under a new epoch
    assert [message.args for message in again] == [message.args for message in late]
    for message in [*late, again[1]]:
        first.ack(message)
    first.ack(kept[1])
    eventually(lambda: rig.committed("work").get(kept[0].delivery.partition.partition) == 2)
    assert rig.committed("work").get(regained.partition, 0) == 0


def test_a_message_lost_while_it_waited_for_a_thread_is_not_worked_on(rig: Rig) -> None:
    broker = rig.broker("work")
    ran: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def work(number: int) -> None:
        ran.append(number)
        if number == 0:
            consumer = broker._consumers["work"]
            consumer._buffer.drop()  # as the rebalance listener does

    with rig.working(broker, threads=1):
        broker.enqueue_many([work.message(number) for number in range(5)])
        eventually(lambda: stats_of(broker, "work").in_flight == 0 and ran)
    assert ran == [0]
    assert rig.committed("work").get(0, 0) == 0


def test_a_message_without_an_outcome_is_delivered_again(rig: Rig) -> None:
    broker = rig.broker("work")
    broker.enqueue_many(numbered(1))
    consumer = rig.consume(broker, "work")
    [message] = take(consumer, 1)
    broker.emit_before("process_message", message)
    consumer.ack(message)  # as Dramatiq does when a time limit ends a hook after the actor
    [again] = take(consumer, 1)
    assert again.message_id == message.message_id
    assert rig.committed("work").get(0, 0) == 0
