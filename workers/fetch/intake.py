"""Intake of mail that is pushed to us: mails that arrive together share one custody transaction, so that its commit and
its fsyncs are paid once.
"""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from schemas.tables import SourceKind, now
from workers.fetch import batches
from workers.fetch.custody import Arrival, Custodian
from workers.fetch.room import Room
from workers.house import House

#: Most arrivals that share one custody transaction.
GROUP_SIZE = 50


@dataclass
class _Waiting:
    arrivals: list[Arrival]
    taken: asyncio.Future[None]


class Intake:
    """Takes what arrives into custody in groups, one group at a time, in batches of a set length of time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._custodian = Custodian(house)
        self.room = Room(house.settings)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._source_id: UUID | None = None
        self._batch: tuple[UUID, float] | None = None

    async def take(self, arrivals: list[Arrival]) -> None:
        """Returns when the arrivals are in custody; raises what stopped it."""
        waiting = _Waiting(arrivals, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        await waiting.taken

    async def is_ours(self, recipient: str) -> bool:
        """Whether the address is in the mail domain of a tenant."""
        if self._custodian.knows(recipient):
            return True
        return await asyncio.to_thread(self._custodian.is_ours, recipient)

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            group = [await self._next()]
            while not self._queue.empty() and len(group) < GROUP_SIZE:
                group.append(self._queue.get_nowait())
            try:
                await asyncio.to_thread(self._take_group, [one for waiting in group for one in waiting.arrivals])
            except Exception as error:  # noqa: BLE001  # whatever it was, the senders are told to try again
                for waiting in group:
                    waiting.taken.set_exception(error)
            else:
                for waiting in group:
                    waiting.taken.set_result(None)

    async def close(self) -> None:
        """Closes the batch that is open."""
        await asyncio.to_thread(self._close_batch)

    async def _next(self) -> _Waiting:
        while True:
            try:
                return await asyncio.wait_for(self._queue.get(), self._house.settings.push_batch_seconds / 2)
            except TimeoutError:
                await asyncio.to_thread(self._close_old_batch)

    def _take_group(self, arrivals: list[Arrival]) -> None:
        self._close_old_batch()
        if self._batch is None:
            with self._house.database.system() as connection:
                if self._source_id is None:
                    self._source_id = batches.ensure_source(connection, SourceKind.LMTP, "lmtp")
                self._batch = (batches.open_batch(connection, self._source_id, now()), time.monotonic())
        self._custodian.take(self._batch[0], arrivals)

    def _close_old_batch(self) -> None:
        if self._batch and time.monotonic() - self._batch[1] > self._house.settings.push_batch_seconds:
            self._close_batch()

    def _close_batch(self) -> None:
        if self._batch is not None:
            with self._house.database.system() as connection:
                batches.close_batch(connection, self._batch[0])
            self._batch = None
