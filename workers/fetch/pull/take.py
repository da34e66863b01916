"""Takes the mails that wait at a source, in groups: read, custody, acknowledgement.

The custody transaction of each group first checks the lease; only after it is committed are the mails acknowledged.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import Connection

from schemas.records import FetchOrder
from storage.ledger import batches, leases, source_progress
from storage.ledger.source_progress import Gap
from storage.resources import Resources
from storage.source_rows import SourceRow
from workers import mail_log
from workers.fetch.custody import CustodyService
from workers.fetch.entering import Entry, SourceMail, arrivals, enter
from workers.fetch.mailbox.source import Fetched, Listed, OpenSource
from workers.fetch.mailbox.transport import SourceError, TooLargeError
from workers.fetch.pull.health import FetchOutcome
from workers.fetch.pull.stand_ins import is_stand_in

#: Most bytes of the mails that share one custody transaction.
GROUP_BYTES = 8_000_000
#: How often one fetch connects again when a mail can't be read; mails that it did not try are left for the next fetch.
MOST_FAILED = 20
#: Part of the longest time of a fetch after which it begins no further group.
BEGIN_PART = 0.6


@dataclass(frozen=True)
class FetchSizes:
    """The most mails of a `batch` (the next fetch begins at once and takes the rest), and of a custody transaction
    (`group`)."""

    batch: int = 5_000
    group: int = 50


@dataclass
class Work:
    """One fetch: its order, and what it has done so far.

    `known`: refs that are not taken again, each with whether it was acknowledged. `unacknowledged`: known mails that
    are still to be acknowledged. `listed`: all refs seen. `left`: refs that could not be read; `withheld`: those for
    which the server sent a note instead of the mail; `untried`: refs not reached after `failed` errors, the last of
    which is `failure`. `too_large`: bytes of the mail just sent, if it was larger than the server had stated.
    """

    order: FetchOrder
    resources: Resources
    source: SourceRow
    begun: float
    outcome: FetchOutcome
    sizes: FetchSizes = FetchSizes()
    gap: Gap | None = None
    known: dict[str, bool] = field(default_factory=dict)
    unacknowledged: list[Listed] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    failed: int = 0
    failure: SourceError | None = None
    too_large: int = 0

    def guard(self, connection: Connection) -> None:
        """Raises `LeaseLostError` when another fetch has begun."""
        leases.leased(connection, self.order)

    @property
    def limit(self) -> int:
        """Bytes of the largest mail that is read whole."""
        return self.resources.settings.limits.mail

    @property
    def late(self) -> bool:
        """Whether the time for this fetch is nearly over."""
        return time.monotonic() - self.begun > BEGIN_PART * self.resources.settings.sources.seconds


def take_all(work: Work, mailbox: OpenSource, waiting: Sequence[Listed]) -> None:
    """Takes these mails into custody as one batch, group by group, until the time for the fetch is nearly over."""
    outcome = work.outcome
    with work.resources.database.system() as connection:
        work.guard(connection)
        outcome.batch_id = batch_id = batches.open_batch(connection, work.source.id, outcome.started_at)
    custody = CustodyService(work.resources, work.source.tenant_id, source_id=work.source.id)
    try:
        for group in _groups(waiting, work.sizes.group):
            if work.late or work.failed > MOST_FAILED:
                outcome.more = True
                break
            _take(work, mailbox, custody, batch_id, group)
        if work.failure and work.failed > MOST_FAILED and not outcome.taken:
            raise work.failure  # nothing at all can be read
    finally:
        with work.resources.database.system() as connection:
            outcome.duplicates = batches.close_batch(connection, batch_id, seen=len(waiting), taken=outcome.taken)
        mail_log.batch(
            batch_id,
            work.source.id,
            work.source.kind,
            (time.monotonic() - work.begun) * 1000,
            seen=len(waiting),
            taken=outcome.taken,
            duplicates=outcome.duplicates,
            unread=len(work.left) + len(work.untried),
        )


def _groups(waiting: Sequence[Listed], most: int) -> Iterator[list[Listed]]:
    group: list[Listed] = []
    size = 0
    for mail in waiting:
        if group and (len(group) == most or size + (mail.size or 0) > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(mail)
        size += mail.size or 0
    if group:
        yield group


def _take(work: Work, mailbox: OpenSource, custody: CustodyService, batch_id: UUID, group: list[Listed]) -> None:
    begun = time.monotonic()
    fetched = _read(work, mailbox, group)
    here = {mail.ref: mail for mail in group if mail.ref in fetched}
    entries = [
        Entry(
            arrivals(SourceMail(found.raw, ref, found.whole_size), work.source.declared, custody, work.limit, begun),
            reference=ref,
        )
        for ref, found in fetched.items()
        if ref in here
    ]
    if not entries:
        return

    def guard(connection: Connection, some: Sequence[Entry]) -> None:
        work.guard(connection)
        if mailbox.stays:
            refs = [entry.reference for entry in some]
            source_progress.remember(connection, work.source.id, refs, acknowledged=False)

    taken = [here.pop(entry.reference) for entry in enter(custody, batch_id, entries, guard)]
    work.left += here
    work.outcome.taken += len(taken)
    acknowledge(work, mailbox, taken)


def acknowledge(work: Work, mailbox: OpenSource, mails: Sequence[Listed]) -> None:
    """Acknowledges these mails, which are in custody, to the source, and records that."""
    mailbox.acknowledge(mails)
    if mailbox.stays:
        with work.resources.database.system() as connection:
            refs = [mail.ref for mail in mails]
            source_progress.remember(connection, work.source.id, refs, acknowledged=True)


def _read(work: Work, mailbox: OpenSource, group: list[Listed]) -> dict[str, Fetched]:
    """Reads a group; if that fails, reads each mail alone, so that an unreadable mail holds up no other mail.

    Mails that were not read are recorded as left: the next fetch tries them last.
    """
    found = _try(work, mailbox, group)
    if found is None:
        found = {}
        for mail in group:
            found |= _read_alone(work, mailbox, mail)
    stand_ins = [ref for ref, got in found.items() if is_stand_in(got.raw)]
    for ref in stand_ins:
        del found[ref]
    work.withheld += stand_ins
    # a server may list mails that it does not send; a mail missing from a folder was taken by another program
    gone = {mail.ref for mail in group} - found.keys() - set(work.untried)
    work.left += [mail.ref for mail in group if mail.ref in gone and (mailbox.meter or mail.ref in mailbox.unread)]
    return found


def _read_alone(work: Work, mailbox: OpenSource, mail: Listed) -> dict[str, Fetched]:
    if work.failed > MOST_FAILED:
        work.untried.append(mail.ref)
        return {}
    found = _try(work, mailbox, [mail])
    if found is None and work.too_large:  # larger than the server stated
        found = _try(work, mailbox, [replace(mail, size=max(work.too_large, work.limit + 1))])
    return found or {}


def _try(work: Work, mailbox: OpenSource, mails: Sequence[Listed]) -> dict[str, Fetched] | None:
    """Returns the mails read; None if reading failed. Then the source is open again, or `SourceError` is raised."""
    work.too_large = 0
    try:
        return mailbox.read(mails, work.limit)
    except SourceError as error:
        work.failed, work.failure = work.failed + 1, error
        work.too_large = error.size if isinstance(error, TooLargeError) else 0
    mailbox.reopen()
    return None
