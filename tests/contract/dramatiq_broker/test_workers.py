"""Workers that start, pause and stop."""

import threading
import time

import dramatiq
import pytest
from dramatiq.middleware import (
    Shutdown,
)

from tests.contract.dramatiq_broker.sides import Side, declare
from tests.contract.rig import Rig, eventually


def test_what_matters_more_is_worked_on_first(broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dramatiq.worker.QUEUE_PREFETCH", 10)
    go_on = threading.Event()
    order: list[int] = []
    block = declare(broker, lambda: go_on.wait(120), "block")
    little, much = (
        declare(broker, order.append, name, priority=priority) for name, priority in (("little", 9), ("much", 0))
    )
    with Rig.working(broker, threads=1) as worker:
        for sent in (block.message(), little.message(1), little.message(2), much.message(3)):
            broker.enqueue(sent)
        eventually(lambda: worker.work_queue.qsize() == 3)
        go_on.set()
        broker.join("hand", timeout=60_000)
    assert order == [3, 1, 2]


def test_a_paused_worker_works_on_nothing_until_it_is_resumed(
    broker: dramatiq.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dramatiq.worker.CONSUMER_RESTART_DELAY_SECS", 0.1)
    seen: list[int] = []
    note = declare(broker, seen.append)
    with Rig.working(broker) as worker:
        note.send(1)
        broker.join("hand", timeout=60_000)
        worker.pause()
        note.send(2)
        time.sleep(0.5)
        assert seen == [1]
        worker.resume()
        broker.join("hand", timeout=60_000)
    assert seen == [1, 2]


def test_an_actor_that_wants_to_know_is_notified_of_the_shutdown(side: Side, broker: dramatiq.Broker) -> None:
    begun = threading.Event()
    ended: list[bool] = []

    def dawdle() -> None:
        begun.set()
        try:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                time.sleep(0.01)
        except Shutdown:
            ended.append(True)
            raise

    actor = declare(broker, dawdle, notify_shutdown=True, throws=Shutdown)
    with Rig.working(broker):
        sent = actor.send()
        assert begun.wait(60)
    assert ended == [True]
    assert sent.message_id in side.dead_letters(broker, "hand")
