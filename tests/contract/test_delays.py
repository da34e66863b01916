"""Delayed messages."""

import time

import dramatiq
import pytest
from dramatiq.message import Message

from tests.contract.rig import Rig, eventually, stats_of
from workers.broker import KafkaBroker, delays


def recording(broker: KafkaBroker) -> tuple[dramatiq.Actor[[str], None], list[tuple[str, float]]]:
    """Returns an actor that notes its argument and the time, and the list of these notes."""
    seen: list[tuple[str, float]] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def note(name: str) -> None:
        seen.append((name, time.time()))

    return note, seen


def test_a_delayed_message_survives_a_restart_of_its_consumer(rig: Rig) -> None:
    broker = rig.broker("work")
    note, seen = recording(broker)
    for delay in (900, 4_900, 29_900):  # a busy machine may see a short one come before the restart
        seen.clear()
        with rig.working(broker, delays=True):
            sent = time.time()
            note.send_with_options(args=("later",), delay=delay)
            eventually(lambda: stats_of(broker, "work.DQ").buffered == 1 or seen)
        if not seen:
            break
    assert not seen
    with rig.working(broker, delays=True):
        eventually(lambda: seen)
    assert seen[0][1] - sent >= delay / 1_000


def test_a_delay_beyond_the_longest_hops_until_it_is_due(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delays, "TIERS", delays.TIERS[:1])
    broker = rig.broker("work")
    note, seen = recording(broker)
    with rig.working(broker, delays=True):
        sent = time.time()
        note.send_with_options(args=("later",), delay=2_200)
        eventually(lambda: seen)
    assert seen[0][1] - sent >= 2.2
    assert rig.count("work.DQ.1s") >= 2


def test_the_smallest_delay_that_is_long_enough_is_taken(rig: Rig) -> None:
    broker = rig.broker("work")
    for delay in (1, 1_000, 1_001, 300_000, 7_200_000):
        broker.enqueue(Message("work", "note", (), {}, {}), delay=delay)
    assert {tier.name: rig.count(f"work.DQ.{tier.name}") for tier in delays.TIERS} == {
        "1s": 2,
        "5s": 1,
        "30s": 0,
        "5m": 1,
        "1h": 1,
    }
