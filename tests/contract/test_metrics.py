"""The broker's metrics for Prometheus."""

import threading

import dramatiq
import pytest
from dramatiq.message import Message
from prometheus_client import REGISTRY

from tests.contract.rig import Rig, eventually, stats_of


def shown(name: str, **labels: str) -> float:
    """Returns a sample of the queue `shown`; 0 if there is no sample yet."""
    return REGISTRY.get_sample_value(f"dramatiq_kafka_{name}", {"queue": "shown", **labels}) or 0


def test_a_message_that_does_not_settle_shows_and_so_does_the_window_behind_it(rig: Rig) -> None:
    broker = rig.broker("shown", window=5, prefetch=3)
    go_on = threading.Event()

    @dramatiq.actor(broker=broker, queue_name="shown")
    def work(number: int) -> None:
        if number == 0:
            go_on.wait(120)

    broker.enqueue_many([work.message_with_options(args=(number,), key="k") for number in range(20)])
    with rig.working(broker, threads=2):
        eventually(lambda: shown("full_windows") == 1)
        eventually(lambda: shown("standstill_seconds") > 1)
        assert (shown("reading"), shown("in_flight")) == (1, 1)
        go_on.set()
        eventually(lambda: rig.all_committed("shown"))
        eventually(lambda: shown("full_windows") == shown("standstill_seconds") == shown("in_flight") == 0)
        assert shown("reading") == 1
    assert shown("reading") == 0


def test_dead_letters_and_failed_deliveries_are_counted(rig: Rig) -> None:
    broker = rig.broker("shown", "next", request_timeout_ms=500, delivery_timeout_ms=600)
    before = shown("dead_letters_total", error="ActorNotFound"), shown("redelivered_total")

    @dramatiq.actor(broker=broker, queue_name="shown")
    def work() -> None:
        broker.enqueue(Message("next", "next", (), {}, {}))

    rig.refuse("next")
    broker.enqueue(Message("shown", "nobody", (), {}, {}))
    work.send()
    with rig.working(broker):
        eventually(lambda: shown("redelivered_total") > before[1])
        rig.refuse("next", refused=False)
        eventually(lambda: rig.all_committed("shown"))
    assert shown("dead_letters_total", error="ActorNotFound") == before[0] + 1


def test_a_replaced_client_is_counted(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = rig.broker("shown", stall_after_ms=500)
    before = shown("rebuilt_total")

    @dramatiq.actor(broker=broker, queue_name="shown")
    def work() -> None:
        pass

    with rig.working(broker):
        eventually(lambda: shown("reading") == 1)
        client = broker._consumers["shown"]._poller.client
        monkeypatch.setattr(client._fetcher, "_fetchable_partitions", list)  # a batch that the client keeps back
        for _ in range(3):  # a fetch that is already running may still bring the first
            work.send()
        eventually(lambda: shown("rebuilt_total") > before)
        eventually(lambda: rig.all_committed("shown") and stats_of(broker, "shown").in_flight == 0)
