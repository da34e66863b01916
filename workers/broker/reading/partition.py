"""An assigned partition: what waits in it, how it is held, which records may be given out. Not thread-safe."""

import time
from collections import deque
from typing import Any

from kafka import OffsetAndMetadata

from workers.broker.poison.ownership import Ownership
from workers.broker.reading.offsets import OffsetTracker


class Partition:
    """An assigned partition: its ledger, what is not due yet, what its group has committed, and how it is held.

    Nothing is given out before its `tenure` is known. With `careful_until`, records below that offset are given out one
    at a time, each when it is committed that it is being tried.
    """

    __slots__ = (
        "_oldest",
        "_oldest_since",
        "alone",
        "asked",
        "asked_since",
        "asking",
        "careful_until",
        "committed",
        "delay_ms",
        "ledger",
        "out",
        "owner",
        "poison",
        "tenure",
        "try_from",
        "trying",
        "waiting",
    )

    def __init__(self, ledger: OffsetTracker, delay_ms: int, owner: str) -> None:
        self.ledger = ledger
        self.owner = owner
        self.delay_ms = delay_ms
        self.waiting: deque[Any] = deque()
        self.committed: int | None = None
        self.tenure: Ownership | None = None
        self.careful_until = 0
        self.alone = 0  # deaths over the record alone at which it is held
        self.try_from = 0.0  # monotonic time before which none is tried alone
        self.asked: int | None = None
        self.asked_since = 0.0  # monotonic time
        self.asking = False
        self.trying: int | None = None
        self.poison: int | None = None
        self.out = 0
        self._oldest: int | None = None
        self._oldest_since = 0.0

    def standstill(self, now: float, latest_ms: float) -> float:
        """For how many seconds the oldest record that is out, or could be, was that; one that waits could be if it has
        come by `latest_ms`. To be asked often, with a monotonic time."""
        oldest = self.ledger.committable if self.out or (self.waiting and self._is_due(latest_ms)) else None
        if oldest != self._oldest:
            self._oldest, self._oldest_since = oldest, now
        return 0.0 if oldest is None else now - self._oldest_since

    def is_next(self, latest_ms: float) -> bool:
        """Whether the record that waits first may be given out; it must have come by `latest_ms`."""
        if not self.waiting or self.tenure is None or not self._is_due(latest_ms):
            return False
        if self.trying is None:
            return bool(self.waiting[0].offset >= self.careful_until)
        return bool(self.trying == self.waiting[0].offset) and not self.out

    @property
    def careful(self) -> bool:
        """Whether the record that waits first is to be tried alone, now or later."""
        return bool(self.waiting) and self.tenure is not None and self.waiting[0].offset < self.careful_until

    def _is_due(self, latest_ms: float) -> bool:
        return not self.delay_ms or bool(self.waiting[0].timestamp <= latest_ms)

    def to_try(self, latest_ms: float) -> int | None:
        """The offset of the record that is to be tried next; None when none is, or it is not its turn."""
        if not self.careful or self.out or self.trying is not None or not self._is_due(latest_ms):
            return None
        if time.monotonic() < self.try_from:
            return None
        return int(self.waiting[0].offset)

    def ask(self, offset: int) -> Ownership:
        """Say that the record at `offset` is to be tried alone now."""
        if offset != self.asked:
            self.asked, self.asked_since = offset, time.monotonic()
        self.asking = True
        return self._trial("asking", offset)

    def begin(self) -> None:
        """Try what was asked for."""
        self.trying, self.asking = self.asked, False

    def give_way(self, seconds: float) -> OffsetAndMetadata:
        """Do not ask for `seconds`; the commit that says so."""
        assert self.asked is not None
        self.asking = False
        self.try_from = time.monotonic() + seconds
        return self.commit(self.asked)

    def _trial(self, kind: str, offset: int) -> Ownership:
        return Ownership(kind, offset, 0, self._alone(offset), self.owner)

    def commit(self, offset: int, *, leaving: bool = False) -> OffsetAndMetadata:
        """The commit of `offset`, with what the next owner is to know."""
        if not leaving and (offset == self.trying or (self.asking and offset == self.asked)):
            return self._trial("trying" if offset == self.trying else "asking", offset).commit()
        since, deaths = (self.tenure.since, self.tenure.deaths) if self.tenure else (offset, 0)
        kind = "left" if leaving else "held"
        return OffsetAndMetadata(offset, str(Ownership(kind, since, deaths, self._alone(offset), self.owner)))

    def _alone(self, offset: int) -> int:
        """The deaths over the record at `offset` alone; they are known of the first record only."""
        return self.alone if self.tenure is not None and self.tenure.since == offset else 0
