"""Notices a KafkaConsumer that has stalled without an error."""

import time
from collections.abc import Set as AbstractSet
from typing import Any

from kafka import TopicPartition
from kafka.coordinator.base import MemberState
from kafka.errors import KafkaError

from workers.broker.clients.diagnosis import answers
from workers.broker.options import ClientOptions

ASK_MS = 2_000
PROBE_SECONDS = 2.0  # between two checks whether Kafka answers at all


class Stalled(Exception):  # noqa: N818  # a state of the consumer
    """The client will not recover on its own."""


class Watchdog:
    """Watches one client, from its first subscription on."""

    def __init__(self, client: Any, servers: str, options: ClientOptions) -> None:
        self._client = client
        self._servers = servers
        self._join_seconds = (options.session_timeout_ms + options.join_margin_ms) / 1000
        self._period = options.stall_after_ms / 1000
        self._stable = self._in_touch = time.monotonic()
        self._next_probe = self._stable + PROBE_SECONDS
        self._next_look = self._stable + self._period
        self._behind: dict[TopicPartition, int] = {}
        self._missing: set[str] = set()

    def check(self, paused: AbstractSet[TopicPartition]) -> bool:
        """Checks the client; must be called after each poll, with the paused partitions.

        Returns whether the client is a member of its group, and in contact with it. Raises Stalled.
        """
        now = time.monotonic()
        state = self._client.group_metadata().state
        if state is MemberState.STABLE:
            self._stable = now
        elif now - self._stable > self._join_seconds:
            raise Stalled(f"it has been {state} for {now - self._stable:.0f} s")
        coordinator = self._client._coordinator
        in_touch = coordinator.coordinator_id is not None and not coordinator.heartbeat.session_timeout_expired()
        self._touch(now, in_touch=in_touch)
        for partition in paused:
            self._behind.pop(partition, None)
        if now >= self._next_look:
            self._next_look = now + self._period
            self._look(paused)
        return state is MemberState.STABLE and in_touch

    def _touch(self, now: float, *, in_touch: bool) -> None:
        """Raises Stalled if the client was out of contact with its group for too long while Kafka answered.

        Such a client is refused again and again, or waits for an answer that was lost. While Kafka is away, the client
        is kept: it is still a member afterwards.
        """
        if not in_touch and now >= self._next_probe:
            self._next_probe = now + PROBE_SECONDS
            in_touch = not answers(self._servers)
        if in_touch:
            self._in_touch = now
        elif now - self._in_touch > self._join_seconds:
            raise Stalled(f"Kafka is there, but it was not in touch with its group for {now - self._in_touch:.0f} s")

    def _look(self, paused: AbstractSet[TopicPartition]) -> None:
        """Compares with the previous check. Raises Stalled if a topic is missing both times, or a partition is stuck.

        A partition is stuck if it had unread records at the previous check and has not been read since.
        """
        before, self._missing = self._missing, self._missing_topics()
        if gone := before & self._missing:
            raise Stalled(f"topics are gone: {sorted(gone)}")
        try:
            watched = self._client.assignment() - paused
            ends = self._client.end_offsets(list(watched), timeout_ms=ASK_MS) if watched else {}
            positions = {partition: self._client.position(partition, timeout_ms=ASK_MS) for partition in watched}
        except (KafkaError, KeyError):  # the client raises KeyError when a partition has no leader
            self._behind = {}  # Kafka, or a part of it, is away: unknown
            return
        behind = {partition: at for partition, at in positions.items() if at is not None and at < ends[partition]}
        if stuck := [partition for partition, at in behind.items() if self._behind.get(partition) == at]:
            raise Stalled(f"nothing was read for {self._period:.0f} s from {stuck}")
        self._behind = behind

    def _missing_topics(self) -> set[str]:
        """Returns the topics that the last node asked does not know; the client silently reads nothing of them."""
        return {topic for topic in self._client.subscription() if not self._client.partitions_for_topic(topic)}
