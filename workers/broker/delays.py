"""Delays: one topic per fixed delay, so that in each partition the record due first stands first.

A record waits in Kafka: its partition is paused until the head is due. What is due goes to the queue's main topic.
"""

from typing import NamedTuple


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
