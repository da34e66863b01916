"""Limits the CPU time that inspecting files may take: a budget for each mail or form, and for its sender and tenant.

Within the budget a file is inspected in its turn. A file that needs more is heavy: it waits for other heavy
files, and gets more time, but only the CPU time that nothing else wants.
"""

import time
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from schemas.errors import CasemailError

#: Seconds of CPU time that the files of one mail or form may take in their turn.
MAIL_SECONDS = 0.25
#: Seconds of CPU time that the files of one sender, and of one tenant, may take in their turn within `WITHIN` seconds,
#: in each process that has files inspected. Most files take hundredths of a second.
SENDER_SECONDS, TENANT_SECONDS, WITHIN = 1.0, 3.0, 60.0
#: The least remaining CPU time, in seconds, with which an inspection is started at all.
WORTH = 0.05
#: Seconds of CPU time that the files of a heavy mail, or of a form with heavy files, may take.
HEAVY_SECONDS = 25.0
#: Above this number of budgets, the budgets that are full again are forgotten.
_MANY = 10_000


class TooHeavyError(CasemailError):
    """Inspecting the files takes more CPU time than a mail may take in its turn."""


class SharedBudgets:
    """A budget of CPU time for each key. It refills evenly: an empty budget is full again after `WITHIN` seconds."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, ...], tuple[float, float]] = {}  # seconds used, at that time
        self._lock = Lock()

    def left(self, key: tuple[str, ...], most: float) -> float:
        """Returns how many of the `most` seconds of a full budget are left."""
        with self._lock:
            return most - self._now(key, most)

    def use(self, key: tuple[str, ...], most: float, seconds: float) -> None:
        """Takes the seconds that were used off the budget."""
        with self._lock:
            if len(self._used) > _MANY:
                full_since = time.monotonic() - WITHIN
                self._used = {used: row for used, row in self._used.items() if row[1] > full_since}
            self._used[key] = (min(most, self._now(key, most)) + seconds, time.monotonic())

    def _now(self, key: tuple[str, ...], most: float) -> float:
        used, at = self._used.get(key, (0.0, 0.0))
        return max(0.0, used - (time.monotonic() - at) * most / WITHIN)


_budgets = SharedBudgets()


@dataclass
class CpuBudget:
    """The CPU time that inspecting the files of one mail or form may still take.

    Heavy files are refused with `TooHeavyError` if the budget `defers` them; otherwise they are inspected at once, as
    heavy tasks. `heavy` is set once all further files are heavy.
    """

    tenant_id: UUID
    sender: str
    defers: bool = False
    heavy: bool = False
    _left: float = field(default=MAIL_SECONDS, init=False)
    _heavy_left: float = field(default=HEAVY_SECONDS, init=False)

    @property
    def left(self) -> float:
        """The seconds of CPU time that are left, by the heavy limit if `heavy` is set; may be below 0."""
        if self.heavy:
            return self._heavy_left
        return min(self._left, *(_budgets.left(key, most) for key, most in self._shared()))

    def use(self, seconds: float) -> None:
        """Takes the seconds that were used off the budget."""
        if self.heavy:
            self._heavy_left -= seconds
            return
        self._left -= seconds
        for key, most in self._shared():
            _budgets.use(key, most, seconds)

    def begin(self) -> None:
        """Makes all files heavy, before the first file, if sender or tenant has too little left; raises `TooHeavyError`
        if the budget defers them."""
        if not self.heavy and self.left < WORTH:
            self.begin_heavy()

    def begin_heavy(self) -> None:
        """Makes all further files heavy; raises `TooHeavyError` if the budget defers them."""
        if self.defers:
            raise TooHeavyError
        self.heavy = True

    def _shared(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        tenant = str(self.tenant_id)
        return ((tenant, self.sender), SENDER_SECONDS), ((tenant,), TENANT_SECONDS)
