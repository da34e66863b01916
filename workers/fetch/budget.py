"""How much mail is in memory at a time: who finds no room waits in line, and is sent away when that takes too long."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BusyError(Exception):
    """There was no room for the mail in time: its sender is to try again later."""


class Budget:
    """So many bytes of mail at a time, first come, first served. For one event loop."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size
        self._line: deque[tuple[asyncio.Future[None], int]] = deque()

    @property
    def used(self) -> int:
        """The bytes that are held now."""
        return self._size - self._left

    @asynccontextmanager
    async def hold(self, size: int, *, seconds: float) -> AsyncIterator[None]:
        """Holds `size` bytes while this is entered; more than there are at all are held as all.

        Raises `BusyError` when they are not free within so many seconds.
        """
        size = min(size, self._size)
        await self._acquire(size, seconds)
        try:
            yield
        finally:
            self._free(size)

    async def _acquire(self, size: int, seconds: float) -> None:
        if not self._line and size <= self._left:
            self._left -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._line.append((turn, size))
        try:
            await asyncio.wait_for(asyncio.shield(turn), seconds)
        except BaseException as error:
            if turn.done():  # it came at the same moment
                self._free(size)
            else:
                self._line.remove((turn, size))
                self._next()  # a smaller one may have waited behind it
            if isinstance(error, TimeoutError):
                raise BusyError(f"no room for {size} bytes of mail within {seconds:.0f} s") from None
            raise

    def _free(self, size: int) -> None:
        self._left += size
        self._next()

    def _next(self) -> None:
        while self._line and self._line[0][1] <= self._left:
            turn, size = self._line.popleft()
            self._left -= size
            turn.set_result(None)
