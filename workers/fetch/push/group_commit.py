"""Intake of mail that is pushed to us: mails that arrive together share one custody transaction, so that its commit and
its fsyncs are paid once.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import Connection

from schemas.tables import SourceKind, now
from storage.resources import Resources
from workers.fetch import batches
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.disk_space import DiskSpace
from workers.fetch.entering import Entry, enter

#: Most arrivals that share one custody transaction.
GROUP_SIZE = 50

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PushSource:
    """Who pushes: a source by its row, or by kind and name where the row is made when the first mail comes."""

    kind: SourceKind
    name: str
    id: UUID | None = None
    tenant_id: UUID | None = None


@dataclass
class _Waiting:
    entry: Entry
    taken: asyncio.Future[None]


class GroupCommit:
    """Takes what one pusher brings into custody in groups, one group at a time, in batches of a set length of time."""

    def __init__(self, resources: Resources, pusher: PushSource) -> None:
        self._house = resources
        self._pusher = pusher
        self.custodian = CustodyService(resources, pusher.tenant_id)
        self.room = DiskSpace(resources.settings)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._source_id = pusher.id
        # a thread that closes the batch goes on when who waits for it is cancelled
        self._closing = threading.Lock()
        self._batch: tuple[UUID, float] | None = None

    async def take(self, arrivals: list[Arrival], note: Callable[[Connection], None] = lambda _: None) -> None:
        """Returns when the arrivals are in custody, and what `note` writes with them; raises what stopped it."""
        waiting = _Waiting(Entry(arrivals, note), asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        await waiting.taken

    async def is_ours(self, recipient: str) -> bool:
        """Whether the address is in the mail domain of a tenant."""
        if self.custodian.knows(recipient):
            return True
        return await asyncio.to_thread(self.custodian.is_ours, recipient)

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            group = [await self._next()]
            while not self._queue.empty() and len(group) < GROUP_SIZE:
                group.append(self._queue.get_nowait())
            await self._settle(group)

    async def close(self) -> None:
        """Closes the batch that is open."""
        await asyncio.to_thread(self._close_batch)

    async def _settle(self, group: list[_Waiting]) -> None:
        """Takes the group, and tells those who wait; what can't be taken for a reason of its own keeps out no other."""
        outcome, taken = Exception("it can't be stored"), list[Entry]()
        try:
            taken = await asyncio.to_thread(self._take_group, [waiting.entry for waiting in group])
        except Exception as error:  # noqa: BLE001  # whatever it was, the senders are told to try again
            outcome = error
        for waiting in group:
            if waiting.taken.done():  # whoever waited has gone away
                continue
            if any(waiting.entry is one for one in taken):
                waiting.taken.set_result(None)
            else:
                waiting.taken.set_exception(outcome)

    async def _next(self) -> _Waiting:
        while True:
            try:
                return await asyncio.wait_for(self._queue.get(), self._house.settings.intake.push_batch_seconds / 2)
            except TimeoutError:
                try:
                    await asyncio.to_thread(self._close_old_batch)
                except Exception as error:  # noqa: BLE001  # the next mail tells its sender; the batch is closed later
                    _log.warning("batch not closed", error=str(error))

    def _take_group(self, entries: list[Entry]) -> list[Entry]:
        self._close_old_batch()
        if self._batch is None:
            with self._house.database.system() as connection:
                if self._source_id is None:
                    self._source_id = batches.ensure_source(connection, self._pusher.kind, self._pusher.name)
                self._batch = (batches.open_batch(connection, self._source_id, now()), time.monotonic())
        return enter(self.custodian, self._batch[0], entries)

    def _close_old_batch(self) -> None:
        if self._batch and time.monotonic() - self._batch[1] > self._house.settings.intake.push_batch_seconds:
            self._close_batch()

    def _close_batch(self) -> None:
        with self._closing:
            if self._batch is not None:
                with self._house.database.system() as connection:
                    batches.close_batch(connection, self._batch[0])
                self._batch = None
