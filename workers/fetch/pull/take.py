"""How a fetch takes what waits: a group is read, taken into custody in one transaction that first makes sure of the
lease, and only then is the source told.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import Connection

from schemas.records import FetchOrder
from storage.resources import Resources
from workers.fetch import batches
from workers.fetch.custody import CustodyService
from workers.fetch.entering import Brought, Entry, arrivals, enter
from workers.fetch.mailbox.source import Fetched, Listed, OpenSource, SourceRow
from workers.fetch.mailbox.transport import SourceError, TooLargeError
from workers.fetch.pull import progress
from workers.fetch.pull.health import Outcome
from workers.fetch.pull.stand_ins import is_stand_in

#: Mails that share one custody transaction, and the bytes that they may have together.
GROUP_SIZE, GROUP_BYTES = 50, 8_000_000
#: How often one fetch connects anew when a mail can't be read; the mails that it did not come to are left for the next.
MOST_FAILED = 20
#: Part of the time that a fetch may take after which it begins no further group.
BEGIN_PART = 0.6


@dataclass
class Work:
    """What a fetch is to do, and has done so far."""

    order: FetchOrder
    resources: Resources
    source: SourceRow
    begun: float
    outcome: Outcome
    gap: progress.Gap | None = None
    known: dict[str, bool] = field(default_factory=dict)
    untold: list[Listed] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    failed: int = 0
    failure: SourceError | None = None
    too_large: int = 0  # bytes of the mail that was last sent, where it was not to be so large

    def guard(self, connection: Connection) -> None:
        """Raises `LeaseLostError` when another fetch has begun."""
        batches.leased(connection, self.order)

    @property
    def limit(self) -> int:
        """Bytes of the largest mail that is read whole."""
        return self.resources.settings.limits.mail

    @property
    def late(self) -> bool:
        """Whether the time for this fetch is nearly over."""
        return time.monotonic() - self.begun > BEGIN_PART * self.resources.settings.sources.seconds


def take_all(work: Work, box: OpenSource, waiting: Sequence[Listed]) -> None:
    """Takes these mails into custody as one batch, group by group, as far as the time goes."""
    outcome = work.outcome
    with work.resources.database.system() as connection:
        work.guard(connection)
        outcome.batch_id = batch_id = batches.open_batch(connection, work.source.id, outcome.started_at)
    custodian = CustodyService(work.resources, work.source.tenant_id)
    try:
        for group in _groups(waiting):
            if work.late or work.failed > MOST_FAILED:
                outcome.more = True
                break
            _take(work, box, custodian, batch_id, group)
        if work.failure and work.failed > MOST_FAILED and not outcome.taken:
            raise work.failure  # nothing at all can be read
    finally:
        with work.resources.database.system() as connection:
            outcome.duplicates = batches.close_batch(connection, batch_id, seen=len(waiting), taken=outcome.taken)


def _groups(waiting: Sequence[Listed]) -> Iterator[list[Listed]]:
    group: list[Listed] = []
    size = 0
    for mail in waiting:
        if group and (len(group) == GROUP_SIZE or size + (mail.size or 0) > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(mail)
        size += mail.size or 0
    if group:
        yield group


def _take(work: Work, box: OpenSource, custodian: CustodyService, batch_id: UUID, group: list[Listed]) -> None:
    begun = time.monotonic()
    fetched = _read(work, box, group)
    here = {mail.ref: mail for mail in group if mail.ref in fetched}
    entries = [
        Entry(
            arrivals(Brought(found.raw, ref, found.whole_size), work.source.declared, custodian, work.limit, begun),
            reference=ref,
        )
        for ref, found in fetched.items()
        if ref in here
    ]
    if not entries:
        return

    def guard(connection: Connection, some: Sequence[Entry]) -> None:
        work.guard(connection)
        if box.stays:
            progress.remember(connection, work.source.id, [entry.reference for entry in some], told=False)

    taken = [here.pop(entry.reference) for entry in enter(custodian, batch_id, entries, guard)]
    work.left += here
    work.outcome.taken += len(taken)
    tell(work, box, taken)


def tell(work: Work, box: OpenSource, mails: Sequence[Listed]) -> None:
    """Tells the source that these are in custody."""
    box.acknowledge(mails)
    if box.stays:
        with work.resources.database.system() as connection:
            progress.remember(connection, work.source.id, [mail.ref for mail in mails], told=True)


def _read(work: Work, box: OpenSource, group: list[Listed]) -> dict[str, Fetched]:
    """Reads a group; when that fails, each mail alone, so that one that can't be read keeps back no other. What was not
    read is left: the next fetch tries it after the others."""
    found = _try(work, box, group)
    if found is None:
        found = {}
        for mail in group:
            found |= _read_alone(work, box, mail)
    stand_ins = [ref for ref, got in found.items() if is_stand_in(got.raw)]
    for ref in stand_ins:
        del found[ref]
    work.withheld += stand_ins
    # a server may have mails that it does not give; what is gone from a folder of this machine was taken by another
    gone = {mail.ref for mail in group} - found.keys() - set(work.untried)
    work.left += [mail.ref for mail in group if mail.ref in gone and (box.meter or mail.ref in box.unread)]
    return found


def _read_alone(work: Work, box: OpenSource, mail: Listed) -> dict[str, Fetched]:
    if work.failed > MOST_FAILED:
        work.untried.append(mail.ref)
        return {}
    found = _try(work, box, [mail])
    if found is None and work.too_large:  # not what the server said of its size
        found = _try(work, box, [replace(mail, size=max(work.too_large, work.limit + 1))])
    return found or {}


def _try(work: Work, box: OpenSource, mails: Sequence[Listed]) -> dict[str, Fetched] | None:
    """What was read; None when it failed, and the source is open anew. Raises `SourceError` when that goes wrong."""
    work.too_large = 0
    try:
        return box.read(mails, work.limit)
    except SourceError as error:
        work.failed, work.failure = work.failed + 1, error
        work.too_large = error.size if isinstance(error, TooLargeError) else 0
    box.reopen()
    return None
