"""Watches a round while it runs: how long no message moved, and whether a committed offset ever went back."""

import threading
import time
from collections.abc import Callable
from typing import Any, Self

from kafka.errors import KafkaError

from tests.chaos.broker.runs import Runs
from workers.broker.clients.factory import make_admin

LOOK_SECONDS = 0.25


class Watch:
    """Watches `runs` and the commits of `groups` in a thread; a context manager.

    `pending` returns whether there is work to do: a standstill counts only then.
    """

    def __init__(self, servers: str, groups: list[str], runs: Runs, pending: Callable[[], bool]) -> None:
        self._servers = servers
        self._groups = groups
        self._runs = runs
        self._pending = pending
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch")
        self._committed: dict[tuple[str, Any], int] = {}
        self.went_back: list[str] = []
        self.longest_gap = 0.0  # seconds
        self.looks = 0  # how often the commits were read

    def _watch(self) -> None:
        admin = make_admin(self._servers)
        seen, since = 0, time.monotonic()
        while not self._closing.wait(LOOK_SECONDS):
            count, now = self._runs.look(), time.monotonic()
            if count == seen and self._pending():
                self.longest_gap = max(self.longest_gap, now - since)
            else:
                seen, since = count, now
            self._compare(admin)
        admin.close()

    def _compare(self, admin: Any) -> None:
        try:
            found = admin.list_group_offsets(self._groups)
        except KafkaError:
            return  # a group does not exist yet
        self.looks += 1
        for group, offsets in found.items():
            for partition, committed in offsets.items():
                before = self._committed.get((group, partition), -1)
                if committed.offset < before:
                    self.went_back.append(f"{group} {partition}: {before} to {committed.offset}")
                self._committed[group, partition] = committed.offset

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
