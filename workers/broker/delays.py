"""Delays: one topic per fixed delay, so that the first record of each partition is due first.

A record waits in Kafka: its partition is paused until the first record is due. A due message goes to the queue's main
topic. If its delay is longer than the longest tier, it goes to a delay topic again: `delay_left` has the remaining ms.
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
    """Returns the shortest tier of at least `delay_ms`, or the longest tier, after which the message waits again."""
    return next((tier for tier in TIERS if tier.delay_ms >= delay_ms), TIERS[-1])


def delayed(message: Message[Any], delay_ms: float) -> tuple[Message[Any], Tier]:
    """Returns the message to send to a delay topic, and its tier. It has a duration, no time, as clocks may jump."""
    tier = tier_for(delay_ms)
    return message.copy(options={"delay_left": max(0, delay_ms - tier.delay_ms)}), tier


def delay_left(message: Message[Any]) -> float:
    """Returns the ms that a message from a delay topic must still wait."""
    left = message.options.get("delay_left", 0)
    return left if isinstance(left, int | float) else 0
