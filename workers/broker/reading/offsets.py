"""Tracks which records of a partition are settled, and which offset its group may commit. No clock, network or lock."""

from collections import OrderedDict


class OffsetTracker:
    """The delivered offsets of one partition, from its assignment to its loss.

    `epoch` identifies the assignment: a call of `settle` with another epoch, from before a rebalance, has no effect.
    `window` is the number of offsets kept until `full` asks for a pause. Offsets may have gaps (transactions,
    compaction), so nothing is computed from them; only delivered offsets count.

        tracker = OffsetTracker(epoch=1, window=1_000)
        tracker.deliver(7)
        tracker.deliver(9)
        tracker.settle(9, epoch=1)
        tracker.committable  # 7: it is still open
    """

    __slots__ = ("_kept", "_last", "epoch", "window")

    def __init__(self, epoch: int, window: int) -> None:
        self.epoch = epoch
        self.window = window
        self._kept: OrderedDict[int, bool] = OrderedDict()  # from the oldest open offset on: whether it is settled
        self._last: int | None = None

    def __len__(self) -> int:
        """Returns the number of offsets kept: from the oldest open offset on, open and settled."""
        return len(self._kept)

    @property
    def full(self) -> bool:
        """True when no more should be delivered until the oldest open offset settles."""
        return len(self._kept) >= self.window

    @property
    def committable(self) -> int | None:
        """The next offset to read after a crash: the oldest open offset, else the offset after the last delivered.

        None when nothing was delivered.
        """
        if self._kept:
            return next(iter(self._kept))
        return None if self._last is None else self._last + 1

    def deliver(self, offset: int) -> None:
        """Notes that `offset` was delivered. Raises ValueError unless it is above all delivered before."""
        if self._last is not None and offset <= self._last:
            raise ValueError(f"offset {offset} came after offset {self._last}")
        self._last = offset
        self._kept[offset] = False

    def settle(self, offset: int, epoch: int) -> bool:
        """Notes that `offset` is done. Returns False, and changes nothing, if it is not open under `epoch`."""
        if epoch != self.epoch or self._kept.get(offset) is not False:
            return False
        self._kept[offset] = True
        while self._kept and self._kept[next(iter(self._kept))]:
            self._kept.popitem(last=False)
        return True
