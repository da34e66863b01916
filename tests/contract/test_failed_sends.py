"""A message whose actor could not send on is delivered again."""

import dramatiq
from dramatiq.message import Message

from tests.contract.rig import Rig, eventually


def test_a_failed_send_inside_an_actor_delivers_its_message_again(rig: Rig) -> None:
    broker = rig.broker("work", "next", linger_ms=20)
    rig.refuse("next")
    runs: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def work() -> None:
        runs.append(1)
        after.send()

    @dramatiq.actor(broker=broker, queue_name="next")
    def after() -> None:
        pass

    with rig.working(broker):
        work.send()
        eventually(lambda: len(runs) >= 2)
        assert rig.committed("work").get(0, 0) == 0
        rig.refuse("next", refused=False)
        eventually(lambda: rig.all_committed("work"))
    assert rig.count("next") >= 1
    assert rig.count("work.DQ.1s") == 0


def test_one_failed_send_of_two_is_enough(rig: Rig) -> None:
    broker = rig.broker("work", "good", "bad", linger_ms=20)
    rig.refuse("bad")

    @dramatiq.actor(broker=broker, queue_name="work")
    def work() -> None:
        broker.enqueue(Message("bad", "none", (), {}, {}))
        broker.enqueue(Message("good", "none", (), {}, {}))

    with rig.working(broker):
        work.send()
        eventually(lambda: rig.count("good") >= 2)
        assert rig.committed("work").get(0, 0) == 0
        rig.refuse("bad", refused=False)
        eventually(lambda: rig.all_committed("work"))


def test_a_retry_that_cannot_be_sent_delivers_the_message_again(rig: Rig) -> None:
    broker = rig.broker("work", linger_ms=20)
    rig.refuse("work.DQ.1s")
    runs: list[int] = []

    @dramatiq.actor(broker=broker, queue_name="work", retry_delays=(1_000,))
    def work() -> None:
        runs.append(1)
        if len(runs) < 3:
            raise ValueError

    with rig.working(broker, delays=True):
        work.send()
        eventually(lambda: rig.all_committed("work"))
    assert len(runs) == 3
    assert rig.count("work.DQ.1s") == 0
