"""The inbox after deaths: what is read waits until it is known how the partition was held, then for its trial."""

from types import SimpleNamespace

from kafka import TopicPartition

from workers.broker.delivery import Delivery
from workers.broker.errors import PoisonError
from workers.broker.inbox import Inbox
from workers.broker.options import ClientOptions
from workers.broker.tenure import Succession, read

HERE = TopicPartition("work", 0)


def inbox(*offsets: int) -> Inbox:
    made = Inbox({"work": 0}, ClientOptions())
    made.assign([HERE])
    made.put({HERE: [SimpleNamespace(offset=offset, timestamp=0) for offset in offsets]})
    return made


def out(made: Inbox) -> list[Delivery]:
    return made.take(0)


def test_nothing_is_given_out_nor_committed_before_the_partition_is_opened() -> None:
    made = inbox(5, 6)
    assert (out(made), made.committable(), made.last_words()) == ([], {}, {})
    assert made.unopened() == [HERE]
    made.open(HERE, Succession(0, None), 5, 0)
    made.release_due()
    assert [one.record.offset for one in out(made)] == [5, 6]
    assert made.unopened() == []


def test_after_deaths_records_are_tried_one_by_one_and_each_trial_is_committed_first() -> None:
    made = inbox(5, 6, 8)
    made.open(HERE, Succession(2, None), 5, 8)  # careful below offset 8
    seen = []
    while trials := made.trials():
        made.release_due()
        assert out(made) == []
        assert read(trials[HERE].metadata) == ("trying", trials[HERE].offset, 2)
        made.begin(trials)
        (delivery,) = out(made)
        assert delivery.record.offset == trials[HERE].offset
        assert made.trials() == {}
        seen.append(trials[HERE].offset)
        delivery.release()
    made.release_due()
    assert (seen, [one.record.offset for one in out(made)]) == ([5, 6], [8])


def test_the_poison_comes_with_its_failure_and_the_others_without() -> None:
    made = inbox(5, 6)
    made.open(HERE, Succession(0, 5), 5, 0)
    made.release_due()
    first, second = out(made)
    assert isinstance(first.last_failure, PoisonError)
    assert second.last_failure is None


def test_who_leaves_says_so_even_when_nothing_came_on() -> None:
    made = inbox()
    made.open(HERE, Succession(1, None), 5, 0)
    assert read(made.last_words()[HERE].metadata) == ("left", 5, 1)
    made.put({HERE: [SimpleNamespace(offset=5, timestamp=0)]})
    (delivery,) = out(made)
    delivery.release()
    assert made.last_words()[HERE].offset == 6


def test_a_delivery_that_failed_keeps_the_next_trial_waiting() -> None:
    made = inbox(5, 6)
    made.open(HERE, Succession(2, None), 5, 9)
    made.begin(made.trials())
    (delivery,) = out(made)
    delivery.release(ConnectionError("its send failed"))
    assert made.trials() == {}
