"""Takes pushed mails into custody in groups: mails that arrive together share the commit and fsyncs of a
transaction."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import Connection

from schemas.errors import CasemailError
from schemas.tables import SourceKind, now
from storage.ledger import batches
from storage.resources import Resources
from storage.source_rows import ensure_source
from workers import mail_log
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.disk_space import DiskSpace
from workers.fetch.entering import Entry, enter

#: Most mails that share one custody transaction.
GROUP_SIZE = 50
#: Seconds for custody; then the sender is to try again.
CUSTODY_SECONDS = 60.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PushSource:
    """A source that pushes mail. Without `id`, its row is found or created by kind and name with the first mail."""

    kind: SourceKind
    name: str
    id: UUID | None = None
    tenant_id: UUID | None = None


class CustodyTooSlowError(CasemailError):
    """The blob store or the database did not take a mail in time. It may be in custody all the same, or be so later:
    when its sender tries again, it is known."""


@dataclass
class _Waiting:
    entry: Entry
    taken: asyncio.Future[None]


class GroupCommit:
    """Takes the mails of one source into custody, one group at a time.

    A batch of the ledger holds the mails of `Settings.intake.push_batch_seconds`. For one event loop.
    """

    def __init__(self, resources: Resources, source: PushSource) -> None:
        self._resources = resources
        self._source = source
        self.custody = CustodyService(resources, source.tenant_id, source_id=source.id)
        self.disk = DiskSpace(resources.settings)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._source_id = source.id
        # when a task is cancelled that waits for the batch to close, the thread that closes it goes on
        self._closing = threading.Lock()
        self._batch: tuple[UUID, float] | None = None
        self._taking_since: float | None = None  # monotonic time at which the present group began
        self._taken = 0

    async def take(self, arrivals: list[Arrival], note: Callable[[Connection], None] = lambda _: None) -> None:
        """Returns when the arrivals, and what `note` writes in the same transaction, are durable.

        Raises the error that prevented it; `CustodyTooSlowError` after `CUSTODY_SECONDS`, and at once while the group
        in front takes longer than that.
        """
        if self._taking_since is not None and time.monotonic() - self._taking_since > CUSTODY_SECONDS:
            raise CustodyTooSlowError("custody of other mails still hangs")
        waiting = _Waiting(Entry(arrivals, note), asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        try:
            async with asyncio.timeout(CUSTODY_SECONDS) as deadline:
                await waiting.taken
        except TimeoutError:
            if not deadline.expired():
                raise  # of the database or the blob store
            raise CustodyTooSlowError(f"no custody within {CUSTODY_SECONDS:g} s") from None

    async def is_ours(self, recipient: str) -> bool:
        """Returns whether the address is in the mail domain of a tenant."""
        if self.custody.knows(recipient):
            return True
        return await asyncio.to_thread(self.custody.is_ours, recipient)

    async def run(self) -> None:
        """Takes groups until cancelled."""
        while True:
            group = [await self._next()]
            while not self._queue.empty() and len(group) < GROUP_SIZE:
                group.append(self._queue.get_nowait())
            waiting = [each for each in group if not each.taken.done()]  # others have given up
            if waiting:
                await self._settle(waiting)

    async def close(self) -> None:
        """Closes the open batch."""
        await asyncio.to_thread(self._close_batch)

    async def _settle(self, group: list[_Waiting]) -> None:
        """Takes the group into custody, and ends its calls of `take`; a mail that fails stops no other mail."""
        outcome, taken = Exception("it can't be stored"), list[Entry]()
        self._taking_since = time.monotonic()
        try:
            taken = await asyncio.to_thread(self._take_group, [waiting.entry for waiting in group])
        except Exception as error:  # noqa: BLE001  # whatever it was, the senders are to try again
            outcome = error
        finally:
            self._taking_since = None
        for waiting in group:
            if waiting.taken.done():  # its call was cancelled
                continue
            if any(waiting.entry is entry for entry in taken):
                waiting.taken.set_result(None)
            else:
                waiting.taken.set_exception(outcome)

    async def _next(self) -> _Waiting:
        while True:
            try:
                return await asyncio.wait_for(self._queue.get(), self._resources.settings.intake.push_batch_seconds / 2)
            except TimeoutError:
                try:
                    await asyncio.to_thread(self._close_old_batch)
                except Exception as error:  # noqa: BLE001  # the next mail reports it; the batch is closed later
                    _log.warning("batch not closed", error=error)

    def _take_group(self, entries: list[Entry]) -> list[Entry]:
        self._close_old_batch()
        if self._batch is None:
            with self._resources.database.system() as connection:
                if self._source_id is None:
                    self._source_id = ensure_source(connection, self._source.kind, self._source.name)
                    self.custody.source_id = self._source_id
                self._batch = (batches.open_batch(connection, self._source_id, now()), time.monotonic())
        taken = enter(self.custody, self._batch[0], entries)
        self._taken += len(taken)
        return taken

    def _close_old_batch(self) -> None:
        if self._batch and time.monotonic() - self._batch[1] > self._resources.settings.intake.push_batch_seconds:
            self._close_batch()

    def _close_batch(self) -> None:
        with self._closing:
            if self._batch is not None:
                with self._resources.database.system() as connection:
                    duplicates = batches.close_batch(connection, self._batch[0])
                batch_id, begun = self._batch
                ms = (time.monotonic() - begun) * 1000
                kind = self._source.kind.value
                mail_log.batch(batch_id, self._source_id, kind, ms, taken=self._taken, duplicates=duplicates)
                self._batch, self._taken = None, 0
