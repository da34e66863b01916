"""How much looking into files may take: a budget of CPU time for each mail or form, and for its sender and tenant.

Within the budget a file is looked at in its turn. What needs more is heavy: it goes a lane of its own, with more time,
and behind what others have there.
"""

import time
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from schemas.errors import CasemailError

#: Seconds of CPU time that the files of one mail, or of one form, may take in their turn.
MAIL_SECONDS = 0.25
#: Seconds of CPU time that files of one sender, and of one tenant, may take in their turn in so many seconds, in each
#: process that looks into files. Most files take hundredths of a second.
SENDER_SECONDS, TENANT_SECONDS, WITHIN = 1.0, 3.0, 60.0
#: The least CPU time that is worth a try, in seconds.
WORTH = 0.05
#: Seconds of CPU time that the files of a heavy mail, or of a form with heavy files, may take.
HEAVY_SECONDS = 25.0
#: From this many budgets on, those that are whole again are forgotten.
_MANY = 10_000


class TooHeavyError(CasemailError):
    """Looking into the files takes more than a mail may take in its turn."""


class Budgets:
    """CPU time by key, which comes back in time: what was used of `most` seconds is there again after `WITHIN`."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, ...], tuple[float, float]] = {}  # seconds used, at that time
        self._lock = Lock()

    def left(self, key: tuple[str, ...], most: float) -> float:
        """Seconds that are left of `most`."""
        with self._lock:
            return most - self._now(key, most)

    def use(self, key: tuple[str, ...], most: float, seconds: float) -> None:
        """Takes what was used off the budget."""
        with self._lock:
            if len(self._used) > _MANY:
                over = time.monotonic() - WITHIN
                self._used = {one: row for one, row in self._used.items() if row[1] > over}
            self._used[key] = (min(most, self._now(key, most)) + seconds, time.monotonic())

    def _now(self, key: tuple[str, ...], most: float) -> float:
        used, at = self._used.get(key, (0.0, 0.0))
        return max(0.0, used - (time.monotonic() - at) * most / WITHIN)


_budgets = Budgets()


@dataclass
class Effort:
    """What looking into the files of one mail or form may still take, for whom.

    `defers` says what becomes of what is heavy: it is refused with `TooHeavyError`, or else done at once, as heavy work
    among that of others. `heavy` is set when all that comes is heavy.
    """

    tenant_id: UUID
    sender: str
    defers: bool = False
    heavy: bool = False
    _left: float = field(default=MAIL_SECONDS, init=False)
    _heavy_left: float = field(default=HEAVY_SECONDS, init=False)

    @property
    def left(self) -> float:
        """Seconds of CPU time that are left, of the heavy ones if it is heavy; none if it is not above 0."""
        if self.heavy:
            return self._heavy_left
        return min(self._left, *(_budgets.left(key, most) for key, most in self._shared()))

    def use(self, seconds: float) -> None:
        """Takes off what was used."""
        if self.heavy:
            self._heavy_left -= seconds
            return
        self._left -= seconds
        for key, most in self._shared():
            _budgets.use(key, most, seconds)

    def begin(self) -> None:
        """Before anything is looked at: what has nothing left in its turn is heavy."""
        if not self.heavy and self.left < WORTH:
            self.begin_heavy()

    def begin_heavy(self) -> None:
        """Nothing is left; what comes is heavy. Raises `TooHeavyError` where that is for later."""
        if self.defers:
            raise TooHeavyError
        self.heavy = True

    def _shared(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        tenant = str(self.tenant_id)
        return ((tenant, self.sender), SENDER_SECONDS), ((tenant,), TENANT_SECONDS)
