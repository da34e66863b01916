"""An assigned partition: its waiting records, its ownership, and which records may be handed out. Not thread-safe."""

import time
from collections import deque
from typing import Any

from kafka import OffsetAndMetadata

from workers.broker.poison.ownership import Ownership
from workers.broker.reading.offsets import OffsetTracker


class Partition:
    """An assigned partition: its offsets, the records that wait, the last commit of its group, and its ownership.

    No record is handed out before its `ownership` is known. Records below the offset `careful_until` are tried alone:
    handed out one at a time, each after a commit says that it is being tried.
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
        "offsets",
        "out",
        "owner",
        "ownership",
        "poison",
        "try_from",
        "trying",
        "waiting",
    )

    def __init__(self, offsets: OffsetTracker, delay_ms: int, owner: str) -> None:
        self.offsets = offsets
        self.owner = owner
        self.delay_ms = delay_ms
        self.waiting: deque[Any] = deque()
        self.committed: int | None = None
        self.ownership: Ownership | None = None
        self.careful_until = 0
        self.alone = 0  # deaths while only its first record was out
        self.try_from = 0.0  # monotonic time before which no record is tried alone
        self.asked: int | None = None  # offset of the record that it asks to try, or last asked to try
        self.asked_since = 0.0  # monotonic time
        self.asking = False
        self.trying: int | None = None  # offset of the record that is tried alone now
        self.poison: int | None = None  # offset of a record that killed too many workers
        self.out = 0  # deliveries that have not ended
        self._oldest: int | None = None
        self._oldest_since = 0.0

    def standstill(self, now: float, latest_ms: float) -> float:
        """Returns for how many seconds the same record has been the oldest that is out, or due to be handed out.

        Records with a timestamp up to `latest_ms` are due; `now` is a monotonic time. Must be called often.
        """
        oldest = self.offsets.committable if self.out or (self.waiting and self._is_due(latest_ms)) else None
        if oldest != self._oldest:
            self._oldest, self._oldest_since = oldest, now
        return 0.0 if oldest is None else now - self._oldest_since

    def is_next(self, latest_ms: float) -> bool:
        """Returns whether the first waiting record may be handed out; it is due if it came by `latest_ms`."""
        if not self.waiting or self.ownership is None or not self._is_due(latest_ms):
            return False
        if self.trying is None:
            return bool(self.waiting[0].offset >= self.careful_until)
        return bool(self.trying == self.waiting[0].offset) and not self.out

    @property
    def careful(self) -> bool:
        """Whether the first waiting record must be tried alone, now or later."""
        return bool(self.waiting) and self.ownership is not None and self.waiting[0].offset < self.careful_until

    def _is_due(self, latest_ms: float) -> bool:
        return not self.delay_ms or bool(self.waiting[0].timestamp <= latest_ms)

    def to_try(self, latest_ms: float) -> int | None:
        """Returns the offset of the record to try alone next; None when there is no such record, or it must wait."""
        if not self.careful or self.out or self.trying is not None or not self._is_due(latest_ms):
            return None
        if time.monotonic() < self.try_from:
            return None
        return int(self.waiting[0].offset)

    def ask(self, offset: int) -> Ownership:
        """Asks to try the record at `offset` alone. Returns the ownership that says so in a commit."""
        if offset != self.asked:
            self.asked, self.asked_since = offset, time.monotonic()
        self.asking = True
        return self._trial("asking", offset)

    def begin(self) -> None:
        """Starts the trial that was asked for."""
        self.trying, self.asking = self.asked, False

    def give_way(self, seconds: float) -> OffsetAndMetadata:
        """Asks for no trial for `seconds`. Returns the commit that says so."""
        assert self.asked is not None
        self.asking = False
        self.try_from = time.monotonic() + seconds
        return self.commit(self.asked)

    def _trial(self, kind: str, offset: int) -> Ownership:
        return Ownership(kind, offset, 0, self._alone(offset), self.owner)

    def commit(self, offset: int, *, leaving: bool = False) -> OffsetAndMetadata:
        """Returns the commit of `offset`, with the ownership for the next owner in its metadata."""
        if not leaving and (offset == self.trying or (self.asking and offset == self.asked)):
            return self._trial("trying" if offset == self.trying else "asking", offset).commit()
        since, deaths = (self.ownership.since, self.ownership.deaths) if self.ownership else (offset, 0)
        kind = "left" if leaving else "held"
        return OffsetAndMetadata(offset, str(Ownership(kind, since, deaths, self._alone(offset), self.owner)))

    def _alone(self, offset: int) -> int:
        """Returns the deaths while only the record at `offset` was out; 0 unless it is the first record."""
        return self.alone if self.ownership is not None and self.ownership.since == offset else 0
