"""Which records of one partition are settled, and so how far its group may commit. No clock, no network, no lock."""

from collections import OrderedDict


class OffsetTracker:
    """The delivered offsets of one partition, from one assignment of it to its loss.

    `epoch` names the assignment: whoever settles says under which one the record was delivered, so a late settle from
    before a rebalance settles nothing. `window` is how many offsets are kept before `full` asks for a pause.

    Offsets may have gaps (transactions, compaction): nothing is computed from them, what counts is what was delivered.
    """

    __slots__ = ("_kept", "_last", "epoch", "window")

    def __init__(self, epoch: int, window: int) -> None:
        self.epoch = epoch
        self.window = window
        self._kept: OrderedDict[int, bool] = OrderedDict()  # from the oldest open offset on: is it settled?
        self._last: int | None = None

    def __len__(self) -> int:
        """How many offsets are kept: the open ones, and the settled ones behind the oldest of them."""
        return len(self._kept)

    @property
    def full(self) -> bool:
        """True when no more should be delivered until the oldest open offset settles."""
        return len(self._kept) >= self.window

    @property
    def committable(self) -> int | None:
        """The next offset to read after a crash: the oldest open one, else the one after the last delivered.

        None when nothing was delivered.
        """
        if self._kept:
            return next(iter(self._kept))
        return None if self._last is None else self._last + 1

    def deliver(self, offset: int) -> None:
        """Note that `offset` is on its way. Raises ValueError unless it is above all delivered before."""
        if self._last is not None and offset <= self._last:
            raise ValueError(f"offset {offset} came after offset {self._last}")
        self._last = offset
        self._kept[offset] = False

    def settle(self, offset: int, epoch: int) -> bool:
        """Note that `offset` is done. Returns False, and changes nothing, if it is not open under `epoch`."""
        if epoch != self.epoch or self._kept.get(offset) is not False:
            return False
        self._kept[offset] = True
        while self._kept and self._kept[next(iter(self._kept))]:
            self._kept.popitem(last=False)
        return True
