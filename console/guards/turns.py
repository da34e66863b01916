"""Limits how many requests do something at a time (of a person, of a tenant, in all), and how many more may wait.

Waiting takes no thread. If too many requests wait, a further request is refused at once.
"""

from asyncio import Semaphore
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from schemas.errors import CasemailError


class BusyError(CasemailError):
    """Too many requests wait already; try again after `seconds`."""

    def __init__(self, seconds: int = 5) -> None:
        super().__init__(f"too many wait; come again in {seconds} seconds")
        self.seconds = seconds


@dataclass(frozen=True)
class Share:
    """A limit: its owner, how many of the owner's requests may run at a time, and how many more may wait (`line`)."""

    whose: str
    most: int
    line: int


class _Place:
    def __init__(self, most: int) -> None:
        self.semaphore = Semaphore(most)
        self.users = 0


class Turns:
    """Gives turns in the order of the requests. For use in one event loop."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    @asynccontextmanager
    async def of(self, shares: Sequence[Share]) -> AsyncIterator[None]:
        """Holds a turn in all shares until the end of the block. They are taken in order: give the narrowest first.

        Raises `BusyError` if too many wait for one of them.
        """
        async with AsyncExitStack() as stack:
            for share in shares:
                await stack.enter_async_context(self._held(share))
            yield

    @asynccontextmanager
    async def _held(self, share: Share) -> AsyncIterator[None]:
        place = self._places.setdefault(share.whose, _Place(share.most))
        if place.users >= share.most + share.line:
            raise BusyError
        place.users += 1
        try:
            async with place.semaphore:
                yield
        finally:
            place.users -= 1
            if not place.users:
                del self._places[share.whose]
