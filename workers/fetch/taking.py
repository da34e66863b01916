"""How a fetch takes what waits: a group is read, taken into custody in one transaction that first makes sure of the
lease, and only then is the source told.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import Connection

from schemas.records import FetchOrder
from workers.fetch import batches, notes
from workers.fetch.custody import Arrival, Custodian
from workers.fetch.recipients import envelope_sender, recipients
from workers.fetch.sources import Fetched, Listed, OpenSource, SourceRow
from workers.fetch.watch import Outcome
from workers.fetch.wire import SourceError, TooLargeError
from workers.house import House

#: Mails that share one custody transaction, and the bytes that they may have together.
GROUP_SIZE, GROUP_BYTES = 50, 8_000_000
#: How often one fetch connects anew when a mail can't be read.
MOST_REOPENED = 20
#: Part of the time that a fetch may take after which it begins no further group.
BEGIN_PART = 0.6


@dataclass
class Work:
    """What a fetch is to do, and has done so far."""

    order: FetchOrder
    house: House
    source: SourceRow
    begun: float
    outcome: Outcome
    gap: notes.Gap | None = None
    known: dict[str, bool] = field(default_factory=dict)
    untold: list[Listed] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    reopened: int = 0

    def guard(self, connection: Connection) -> None:
        """Raises `LeaseLostError` when another fetch has begun."""
        batches.leased(connection, self.order)

    @property
    def limit(self) -> int:
        """Bytes of the largest mail that is read whole."""
        return self.house.settings.mail_size_limit

    @property
    def late(self) -> bool:
        """Whether the time for this fetch is nearly over."""
        return time.monotonic() - self.begun > BEGIN_PART * self.house.settings.source_seconds


def take_all(work: Work, box: OpenSource, waiting: Sequence[Listed]) -> None:
    """Takes these mails into custody as one batch, group by group, as far as the time goes."""
    outcome = work.outcome
    with work.house.database.system() as connection:
        work.guard(connection)
        outcome.batch_id = batch_id = batches.open_batch(connection, work.source.id, outcome.started_at)
    custodian = Custodian(work.house, work.source.tenant_id)
    try:
        for group in _groups(waiting):
            if work.late:
                outcome.more = True
                break
            _take(work, box, custodian, batch_id, group)
    finally:
        with work.house.database.system() as connection:
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


def _take(work: Work, box: OpenSource, custodian: Custodian, batch_id: UUID, group: list[Listed]) -> None:
    fetched = _read(work, box, group)
    here = [mail for mail in group if mail.ref in fetched]
    declared = work.source.declared
    arrivals = [arrival for mail in here for arrival in _arrivals(mail, fetched[mail.ref], declared, custodian)]
    if arrivals:

        def guard(connection: Connection) -> None:
            work.guard(connection)
            if box.stays:
                notes.remember(connection, work.source.id, [mail.ref for mail in here], told=False)

        custodian.take(batch_id, arrivals, guard=guard)
        work.outcome.taken += len(here)
        tell(work, box, here)


def tell(work: Work, box: OpenSource, mails: Sequence[Listed]) -> None:
    """Tells the source that these are in custody."""
    box.acknowledge(mails)
    if box.stays:
        with work.house.database.system() as connection:
            notes.remember(connection, work.source.id, [mail.ref for mail in mails], told=True)


def _arrivals(mail: Listed, found: Fetched, declared: Sequence[str], custodian: Custodian) -> list[Arrival]:
    """The mail, once for each recipient of ours."""
    whom = recipients(found.raw, declared, custodian.is_ours, custodian.gave_out)
    sender = envelope_sender(found.raw)
    return [Arrival(found.raw, recipient, sender, mail.ref, found.whole_size) for recipient in whom]


def _read(work: Work, box: OpenSource, group: list[Listed]) -> dict[str, Fetched]:
    """Reads a group; when that fails, each mail alone, so that one that can't be read keeps back no other."""
    try:
        found = box.read(group, work.limit)
    except SourceError as error:
        _reopen(work, box, error)
        found = {}
        for mail in group:
            found |= _read_alone(work, box, mail)
    # a server may have mails that it does not give; what is gone from a folder of this machine was taken by another
    work.left += [mail.ref for mail in group if mail.ref not in found and box.meter]
    return found


def _read_alone(work: Work, box: OpenSource, mail: Listed) -> dict[str, Fetched]:
    try:
        return box.read([mail], work.limit)
    except TooLargeError as error:  # not what the server said of its size
        _reopen(work, box, error)
        mail = replace(mail, size=max(error.size, work.limit + 1))
    except SourceError as error:
        _reopen(work, box, error)
        return {}
    try:
        return box.read([mail], work.limit)
    except SourceError as error:
        _reopen(work, box, error)
        return {}


def _reopen(work: Work, box: OpenSource, error: SourceError) -> None:
    work.reopened += 1
    if work.reopened > MOST_REOPENED:
        raise error
    box.reopen()
