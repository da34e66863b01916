"""Slots for work during which a thread waits: one for each owner, and a limited number in all."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from console.guards.turns import BusyError


class Slots:
    """At most `most` slots in this process. May be used from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._owners: set[UUID] = set()
        self._lock = Lock()

    @contextmanager
    def take(self, owner: UUID) -> Iterator[None]:
        """Holds a slot until the end of the block. Raises `BusyError` if the owner has a slot, or no slot is free."""
        with self._lock:
            if owner in self._owners or len(self._owners) >= self._most:
                raise BusyError
            self._owners.add(owner)
        try:
            yield
        finally:
            with self._lock:
                self._owners.discard(owner)
