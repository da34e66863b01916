"""The buffer: how much it reads and hands out; after deaths, which records it tries alone."""

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from kafka import TopicPartition

from tests.contract.rig import eventually
from workers.broker.errors import PoisonError
from workers.broker.options import ClientOptions
from workers.broker.poison.ownership import Ownership, Takeover, read
from workers.broker.poison.solo_turn import SoloTurn
from workers.broker.reading.buffer import RecordBuffer
from workers.broker.reading.delivery import Delivery

HERE, THERE = TopicPartition("work", 0), TopicPartition("work", 1)


def buffer_of(*offsets: int) -> RecordBuffer:
    made = RecordBuffer({"work": 0}, ClientOptions(session_timeout_ms=200))
    made.assign([HERE])
    made.put({HERE: records(offsets)})
    return made


def records(offsets: Sequence[int], size: int = 1) -> list[Any]:
    return [SimpleNamespace(offset=offset, timestamp=0, value=bytes(size)) for offset in offsets]


def opened(**options: int) -> RecordBuffer:
    """Returns a buffer with one opened partition, before any record was read."""
    made = RecordBuffer({"work": 0}, ClientOptions(**options))  # type: ignore[arg-type]
    made.assign([HERE])
    made.open(HERE, Takeover(0, 0, None), 0, 0)
    return made


def begin(made: RecordBuffer) -> TopicPartition:
    """Starts the next trial. Returns its partition."""
    asked = made.ask()
    assert asked is not None
    made.begin(asked[0])
    return asked[0]


def out(made: RecordBuffer) -> list[Delivery]:
    return made.take(0)


def test_nothing_is_handed_out_or_committed_before_the_partition_is_opened() -> None:
    made = buffer_of(5, 6)
    assert (out(made), made.committable(), made.final_commits()) == ([], {}, {})
    assert made.unopened() == [HERE]
    made.open(HERE, Takeover(0, 0, None), 5, 0)
    made.release_due()
    assert [delivery.record.offset for delivery in out(made)] == [5, 6]
    assert made.unopened() == []


def test_after_deaths_records_are_tried_one_by_one_each_after_a_commit() -> None:
    made = buffer_of(5, 6, 8)
    made.open(HERE, Takeover(2, 1, None), 5, 8)  # tries records below offset 8 alone
    eventually(made.ask)  # the suspected record first waits, at most for a session timeout
    seen = []
    while asked := made.ask():
        made.release_due()
        assert out(made) == []
        name, asking, _ = asked
        assert asking == Ownership("asking", asking.since, 0, int(asking.since == 5), owner=made.owner)
        assert made.committable()[HERE] == asking.commit()
        made.begin(name)
        (delivery,) = out(made)
        assert made.committable()[HERE] == asking._replace(kind="trying").commit()
        assert delivery.record.offset == asking.since
        assert made.ask() is None
        seen.append(asking.since)
        delivery.release()
    made.release_due()
    assert (seen, [delivery.record.offset for delivery in out(made)]) == ([5, 6], [8])


def test_only_the_poison_record_comes_with_a_failure() -> None:
    made = buffer_of(5, 6)
    made.open(HERE, Takeover(0, 0, 5), 5, 0)
    made.release_due()
    first, second = out(made)
    assert isinstance(first.last_failure, PoisonError)
    assert second.last_failure is None


def test_an_owner_that_leaves_commits_that_even_without_progress() -> None:
    made = buffer_of()
    made.open(HERE, Takeover(1, 0, None), 5, 0)
    assert read(made.final_commits()[HERE].metadata) == Ownership("left", 5, 1, owner=made.owner)
    made.put({HERE: records([5])})
    (delivery,) = out(made)
    delivery.release()
    assert made.final_commits()[HERE].offset == 6


def test_a_delivery_that_failed_keeps_the_next_trial_waiting() -> None:
    made = buffer_of(5, 6)
    made.open(HERE, Takeover(2, 0, None), 5, 9)
    begin(made)
    (delivery,) = out(made)
    delivery.release(ConnectionError("its send failed"))
    assert made.ask() is None


def test_an_owner_that_gives_way_asks_again_later() -> None:
    made = buffer_of(5)
    made.open(HERE, Takeover(2, 0, None), 5, 9)
    assert made.ask()
    assert made.give_way(HERE, 0.1) == Ownership("held", 5, 2, owner=made.owner).commit()
    assert made.ask() is None
    name, asking, seconds = eventually(made.ask)
    assert (name, asking.kind) == (HERE, "asking")
    assert seconds > 0.1
    made.drop()
    assert made.give_way(HERE, 0.1) is None


def test_deliveries_at_the_same_time_are_limited_in_bytes() -> None:
    made = opened(prefetch=10, prefetch_bytes=100)
    made.put({HERE: records(range(5), size=60)})
    first, second = out(made)  # the second exceeds the limit
    assert out(made) == []
    first.release()
    (third,) = out(made)
    assert (third.record.offset, made.in_flight, made.buffered) == (2, 2, 2)
    second.release()
    third.release()
    assert len(out(made)) == 2


def test_a_record_larger_than_the_limit_goes_out_alone() -> None:
    made = opened(prefetch_bytes=100)
    made.put({HERE: records(range(2), size=1_000)})
    assert [delivery.record.offset for delivery in out(made)] == [0]
    assert out(made) == []


def test_reading_pauses_at_four_times_the_prefetch_in_bytes_and_goes_on_at_twice() -> None:
    made = opened(prefetch=10, prefetch_bytes=100)
    made.put({HERE: records(range(4), size=100)})
    assert made.paused() == {HERE}
    for left in (3, 2):
        assert made.paused() == {HERE}
        (delivery,) = out(made)
        delivery.release()
        assert made.buffered == left
    (delivery,) = out(made)
    assert made.paused() == set()


def test_records_lost_with_their_partition_make_room() -> None:
    made = opened(prefetch=10, prefetch_bytes=100)
    made.put({HERE: records(range(5), size=100)})
    (lost,) = out(made)
    made.drop([HERE])
    made.assign([HERE])
    made.open(HERE, Takeover(0, 0, None), 0, 0)
    assert (made.buffered, made.in_flight, made.paused()) == (0, 1, set())
    lost.release()
    made.put({HERE: records(range(3), size=50)})
    assert len(out(made)) == 2


def test_records_that_killed_before_are_not_all_tried_at_once() -> None:
    made = RecordBuffer({"work": 0}, ClientOptions(session_timeout_ms=3_600_000))
    names = [TopicPartition("work", number) for number in range(40)]
    made.assign(names)
    for name in names:
        made.put({name: records([5])})
        made.open(name, Takeover(2, 1, None), 5, 9)
    assert made.ask() is None  # that a record waits less than a millisecond has a chance of 1 in 90,000


def test_the_queues_of_a_process_try_one_record_at_a_time() -> None:
    solo_turn = SoloTurn()
    first, other = (RecordBuffer({"work": 0}, ClientOptions(), solo_turn) for _ in range(2))
    for made in (first, other):
        made.assign([HERE, THERE])
        for name in (HERE, THERE):
            made.open(name, Takeover(2, 0, None), 5, 9)
            made.put({name: records([5])})
    assert begin(first) == HERE
    assert other.ask() is None
    (delivery,) = out(first)
    assert (first.ask(), other.ask()) == (None, None)
    delivery.release()
    assert begin(other) == HERE
    other.drop([HERE])
    assert begin(first) == THERE


def test_deaths_over_the_first_record_are_committed_until_it_is_settled() -> None:
    made = buffer_of(5, 6)
    made.open(HERE, Takeover(2, 1, None), 5, 0)
    made.release_due()
    first, second = out(made)
    assert read(made.final_commits()[HERE].metadata) == Ownership("left", 5, 2, 1, owner=made.owner)
    assert read(made.committable()[HERE].metadata) == Ownership("held", 5, 2, 1, owner=made.owner)
    first.release()
    assert read(made.committable()[HERE].metadata) == Ownership("held", 5, 2, 0, owner=made.owner)
    second.release()


def test_records_that_wait_for_the_ownership_count_as_a_standstill() -> None:
    made = buffer_of(5)
    made.held_up()
    time.sleep(0.01)
    assert made.held_up()[1] > 0
    made.open(HERE, Takeover(0, 0, None), 5, 0)
    made.release_due()
    (delivery,) = out(made)
    delivery.release()
    assert made.held_up() == (0, 0.0)


def test_a_message_that_is_not_due_is_not_tried() -> None:
    made = RecordBuffer({"work": 3_600_000}, ClientOptions())
    made.assign([HERE])
    made.open(HERE, Takeover(2, 0, None), 5, 9)
    made.put({HERE: [SimpleNamespace(offset=5, timestamp=time.time() * 1000, value=b"")]})
    assert made.ask() is None
