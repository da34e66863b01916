"""Delays: one topic per fixed delay, so that in each partition the record due first stands first.

A record waits in Kafka: its partition is paused until the head is due. What is due goes to the queue's main topic, or
once more to a delay topic if its delay is longer than the longest there is: its option `delay_left` says by how much.
"""

from typing import Any, NamedTuple

from dramatiq.message import Message


class Tier(NamedTuple):
    """One fixed delay; `name` ends the name of its topics."""

    name: str
    delay_ms: int


TIERS = (
    Tier("1s", 1_000),
    Tier("5s", 5_000),
    Tier("30s", 30_000),
    Tier("5m", 300_000),
    Tier("1h", 3_600_000),
)


def tier_for(delay_ms: float) -> Tier:
    """The smallest tier that is at least `delay_ms` long; the last one if none is: from there it hops again."""
    return next((tier for tier in TIERS if tier.delay_ms >= delay_ms), TIERS[-1])


def delayed(message: Message[Any], delay_ms: float) -> tuple[Message[Any], Tier]:
    """The message as it goes to a delay topic, and to which. No clock says how long it waits: clocks jump."""
    tier = tier_for(delay_ms)
    return message.copy(options={"delay_left": max(0, delay_ms - tier.delay_ms)}), tier


def delay_left(message: Message[Any]) -> float:
    """How many ms the message is to wait yet when it has come through a delay topic."""
    left = message.options.get("delay_left", 0)
    return left if isinstance(left, int | float) else 0
