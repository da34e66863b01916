"""How much mail is in memory at a time: who finds no room waits in line, and is sent away when that takes too long.

Room is held for what a sender announces. So that nobody keeps the others out by announcing much and sending nothing,
one peer may hold three quarters at most, and when somebody waits, what comes in too slowly gives way, first of the peer
that holds most.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from schemas.errors import CasemailError

#: Part of the whole that one peer may hold.
_SHARE = 0.75
#: What is slow: after these seconds, less than so many bytes a second.
SLOW_SECONDS, SLOW_RATE = 5.0, 10_000
#: Seconds between two looks of who waits at who is slow.
_LOOK_SECONDS = 0.5


class BusyError(CasemailError):
    """There was no room for the mail in time: its sender is to try again later."""


@dataclass(eq=False)
class Hold:
    """Room for one mail of a peer. `arrived` bytes of it have come; `give_way` ends it, when it is slow and others
    wait."""

    whose: str
    size: int
    give_way: Callable[[], None]
    arrived: int = 0
    whole: bool = False  # whether all has come: then it does not give way
    since: float = field(default_factory=time.monotonic)

    @property
    def slow(self) -> bool:
        """Whether it gives way to somebody who waits."""
        waited = time.monotonic() - self.since
        return not self.whole and waited > SLOW_SECONDS and self.arrived < waited * SLOW_RATE


class Budget:
    """So many bytes of mail at a time, first come, first served. For one event loop."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._holds: dict[Hold, None] = {}
        self._line: dict[Hold, asyncio.Future[None]] = {}

    @property
    def used(self) -> int:
        """The bytes that are held now."""
        return sum(hold.size for hold in self._holds)

    @asynccontextmanager
    async def hold(
        self, size: int, *, seconds: float, whose: str = "", give_way: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Hold]:
        """Holds `size` bytes for a peer while this is entered; more than there are at all are held as all. After what
        has come of the mail was written to its `arrived`, `give_way` is called when it comes too slowly for others.

        Raises `BusyError` when there is no room within so many seconds.
        """
        held = Hold(whose, min(size, self._size), give_way)
        await self._acquire(held, seconds)
        held.since = time.monotonic()
        try:
            yield held
        finally:
            self._holds.pop(held, None)
            self._next()

    async def _acquire(self, held: Hold, seconds: float) -> None:
        turn = self._line[held] = asyncio.get_running_loop().create_future()
        self._next()
        deadline = time.monotonic() + seconds
        try:
            while not turn.done() and (left := deadline - time.monotonic()) > 0:
                await asyncio.wait([turn], timeout=min(left, _LOOK_SECONDS))
                if not turn.done():
                    self._end_slow(held)
        except BaseException:
            self._holds.pop(held, None)  # it may have come at the same moment
            raise
        finally:
            if self._line.pop(held, None):
                self._next()  # a smaller one may have waited behind it
        if not turn.done():
            raise BusyError(f"no room for {held.size} bytes of mail within {seconds:.0f} s")

    def _next(self) -> None:
        """Lets in who is at the head of the line; who has to wait for a share of their own keeps up nobody behind."""
        for held, turn in list(self._line.items()):
            if held.size > self._size - self.used:
                return
            if not self._exceeds_share(held):
                del self._line[held]
                self._holds[held] = None
                turn.set_result(None)

    def _exceeds_share(self, held: Hold) -> bool:
        own = self._of(held.whose)
        return own > 0 and own + held.size > self._size * _SHARE

    def _of(self, whose: str) -> int:
        return sum(hold.size for hold in self._holds if hold.whose == whose)

    def _end_slow(self, waiting: Hold) -> None:
        """Lets slow ones give way until there is room for the one that waits: its own, where it is its share that is
        full."""
        own = self._exceeds_share(waiting)
        slow = [hold for hold in self._holds if hold.slow and (not own or hold.whose == waiting.whose)]
        slow.sort(key=lambda hold: (-self._of(hold.whose), hold.since))
        missing = waiting.size
        for hold in slow:
            if missing <= 0:
                return
            missing -= hold.size
            del self._holds[hold]
            hold.give_way()
        self._next()
