"""The time limit, in Dramatiq's worker on Dramatiq's StubBroker."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Middleware, TimeLimitExceeded

from workers.broker.time_limit import TimeLimit, uninterrupted

MESSAGES = 1_000


class Ended(Middleware):
    """Records how the actor of each message ended: None if in time, else the type of the exception."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, type[BaseException] | None]] = []

    def after_process_message(
        self, broker: dramatiq.Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        self.messages.append((message.message_id, type(exception) if exception else None))


@pytest.fixture
def broker() -> Iterator[StubBroker]:
    broker = StubBroker(middleware=[TimeLimit(time_limit=10_000, interval=0.1)])
    broker.emit_after("process_boot")
    yield broker
    broker.close()


def work_off(broker: StubBroker, queue: str = "default") -> list[threading.Thread]:
    """Has four threads work off the queue; returns the threads that are still alive."""
    worker = dramatiq.Worker(broker, worker_threads=4, worker_timeout=50)
    worker.start()
    try:
        broker.join(queue, timeout=60_000)
        return [thread for thread in worker.workers if thread.is_alive()]
    finally:
        worker.stop()


def test_a_limit_at_the_very_end_of_actors_kills_no_thread_and_loses_no_message(broker: StubBroker) -> None:
    ended = Ended()
    broker.add_middleware(ended)

    @dramatiq.actor(broker=broker, time_limit=2)
    def hover(milliseconds: float) -> None:
        until = time.monotonic() + milliseconds / 1000
        while time.monotonic() < until:
            pass

    for number in range(MESSAGES):
        hover.send(1.5 + number % 10 / 10)
    assert len(work_off(broker)) == 4
    assert len(ended.messages) == len(dict(ended.messages)) == MESSAGES
    assert {how for _, how in ended.messages} == {None, TimeLimitExceeded}


def test_nothing_interrupts_what_must_not_be_interrupted(broker: StubBroker) -> None:
    seen: list[str] = []

    @dramatiq.actor(broker=broker, time_limit=20)
    def send() -> None:
        try:
            with uninterrupted():
                time.sleep(0.1)
                seen.append("sent")
            for _ in range(2_000):  # the clock may come late on a busy machine
                time.sleep(0.005)
            seen.append("not reached")
        except TimeLimitExceeded:
            seen.append("interrupted")

    send.send()
    work_off(broker)
    assert seen == ["sent", "interrupted"]


def test_a_message_may_bring_its_own_limit(broker: StubBroker) -> None:
    seen: list[str] = []

    @dramatiq.actor(broker=broker)
    def dawdle() -> None:
        try:
            for _ in range(2_000):
                time.sleep(0.005)
        except TimeLimitExceeded:
            seen.append("interrupted")

    dawdle.send_with_options(time_limit=20)
    work_off(broker)
    assert seen == ["interrupted"]


def test_an_actor_called_as_a_function_has_no_limit(broker: StubBroker) -> None:
    @dramatiq.actor(broker=broker, time_limit=1)
    def dawdle() -> str:
        time.sleep(0.05)
        return "done"

    assert dawdle() == "done"


def test_actors_declared_before_the_middleware_was_added_are_limited() -> None:
    broker = StubBroker(middleware=[])
    seen: list[str] = []

    @dramatiq.actor(broker=broker)
    def dawdle() -> None:
        try:
            for _ in range(2_000):
                time.sleep(0.005)
        except TimeLimitExceeded:
            seen.append("interrupted")

    broker.add_middleware(TimeLimit(time_limit=20, interval=1))
    broker.emit_after("process_boot")
    dawdle.send()
    work_off(broker)
    broker.close()
    assert seen == ["interrupted"]
