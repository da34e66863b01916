"""Bounds the mail in memory: a mail waits in line for room, and is refused when that takes too long.

Room is held for the size that a sender announces. A sender may announce much and send nothing. So one peer may hold at
most three quarters, and when other mails wait, mails that arrive too slowly are ended, first those of the peer that
holds most.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from schemas.errors import CasemailError

#: Part of the whole that one peer may hold.
_SHARE = 0.75
#: Seconds between two checks whether slow mails must give way to a waiting mail.
_CHECK_SECONDS = 0.5


@dataclass(frozen=True)
class Patience:
    """How long a server that takes pushed mail is patient, in seconds.

    A mail waits `busy` for room in memory. One that arrives with less than `slow_rate` bytes a second is slow after
    `slow`, and gives way to other mails. An LMTP connection that is idle for `idle` gives way when there are too many.
    """

    busy: float = 20.0
    slow: float = 5.0
    slow_rate: int = 10_000
    idle: float = 1.0


class BusyError(CasemailError):
    """There was no room for the mail in time: its sender is to try again later."""


@dataclass(eq=False)
class Hold:
    """Room for one mail of a peer, of which `arrived` bytes have come. `give_way` ends it, unless it is `whole`."""

    peer: str
    size: int
    give_way: Callable[[], None]
    arrived: int = 0
    whole: bool = False
    since: float = field(default_factory=time.monotonic)


class MemoryBudget:
    """Room for `size` bytes of mail at a time, first come, first served. For one event loop."""

    def __init__(self, size: int, patience: Patience = Patience()) -> None:  # it is immutable
        self._size = size
        self._patience = patience
        self._holds: dict[Hold, None] = {}
        self._line: dict[Hold, asyncio.Future[None]] = {}

    @property
    def used(self) -> int:
        """The bytes that are held now."""
        return sum(hold.size for hold in self._holds)

    @asynccontextmanager
    async def hold(
        self, size: int, *, peer: str = "", give_way: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Hold]:
        """Holds `size` bytes for a peer while the context is entered, or all bytes for a larger mail.

        The caller counts what has arrived in `Hold.arrived`; `give_way` is called when that is too slow while others
        wait. Raises `BusyError` when there is no room within `Patience.busy` seconds.
        """
        held = Hold(peer, min(size, self._size), give_way)
        await self._acquire(held)
        held.since = time.monotonic()
        try:
            yield held
        finally:
            self._holds.pop(held, None)
            self._next()

    async def _acquire(self, held: Hold) -> None:
        turn = self._line[held] = asyncio.get_running_loop().create_future()
        self._next()
        deadline = time.monotonic() + self._patience.busy
        try:
            while not turn.done() and (left := deadline - time.monotonic()) > 0:
                await asyncio.wait([turn], timeout=min(left, _CHECK_SECONDS))
                if not turn.done():
                    self._end_slow(held)
        except BaseException:
            self._holds.pop(held, None)  # its turn may have come at the same moment
            raise
        finally:
            if self._line.pop(held, None):
                self._next()  # a smaller mail may have waited behind it
        if not turn.done():
            raise BusyError(f"no room for {held.size} bytes of mail within {self._patience.busy:.0f} s")

    def _next(self) -> None:
        """Gives room to the head of the line; a mail that waits for its peer's share holds up no mail behind it."""
        for held, turn in list(self._line.items()):
            if held.size > self._size - self.used:
                return
            if not self._exceeds_share(held):
                del self._line[held]
                self._holds[held] = None
                turn.set_result(None)

    def _exceeds_share(self, held: Hold) -> bool:
        own = self._held_by(held.peer)
        return own > 0 and own + held.size > self._size * _SHARE

    def _held_by(self, peer: str) -> int:
        return sum(hold.size for hold in self._holds if hold.peer == peer)

    def _is_slow(self, hold: Hold) -> bool:
        waited = time.monotonic() - hold.since
        return not hold.whole and waited > self._patience.slow and hold.arrived < waited * self._patience.slow_rate

    def _end_slow(self, waiting: Hold) -> None:
        """Ends slow mails until there is room for the waiting mail; only mails of its peer, if the peer's share is
        full."""
        own = self._exceeds_share(waiting)
        slow = [hold for hold in self._holds if self._is_slow(hold) and (not own or hold.peer == waiting.peer)]
        slow.sort(key=lambda hold: (-self._held_by(hold.peer), hold.since))
        missing = waiting.size
        for hold in slow:
            if missing <= 0:
                return
            missing -= hold.size
            del self._holds[hold]
            hold.give_way()
        self._next()
