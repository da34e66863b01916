"""Takes any mail into custody, however broken: an unreadable part stops neither the mail nor the mails in its group.

All errors that a mail causes on its way into custody are caught here, and nowhere else. A mail that can't enter as it
arrived enters with its bytes alone, without recipient and sender, so that it is held for a person. Only our own errors
(the database, the disk, a lost lease) are raised: then the source keeps its mails.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection

from storage.ledger.leases import LeaseLostError
from workers import metrics
from workers.errors import is_transient
from workers.fetch.content_key import header_of
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.recipients import envelope_sender, recipients

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SourceMail:
    """A mail as its source gave it. `reference` is the source's own id of it, `whole_size` and `said` are as in
    `Arrival`. `recipients` and `sender` are the envelope; what is missing is read from the header of the mail."""

    raw: bytes
    reference: str
    whole_size: int = 0
    recipients: Sequence[str] = ()
    sender: str | None = None
    said: str = ""


@dataclass(frozen=True)
class Entry:
    """A mail on its way in: an arrival for each recipient; `note` is called in the transaction of its custody."""

    arrivals: Sequence[Arrival]
    note: Callable[[Connection], None] = lambda _: None
    reference: str = ""


def arrivals(
    mail: SourceMail, declared: Sequence[str], custody: CustodyService, limit: int, since: float | None = None
) -> list[Arrival]:
    """Returns an arrival for each recipient of the mail. A mail over `limit` bytes is reduced to its header.

    `declared` are the header fields in which the source's mail server writes the recipient. `since` (time.monotonic) is
    when the first of several mails began to be read, by default now. Raises only our own errors.
    """
    begun = time.monotonic() if since is None else since
    raw, whole_size = mail.raw, mail.whole_size
    if len(raw) > limit and not whole_size:
        raw, whole_size = header_of(raw), len(raw)

    def read() -> Sequence[str]:
        return recipients(raw, declared, partial(custody.is_ours, since=begun), partial(custody.gave_out, since=begun))

    found = mail.recipients or _read("recipients", read, [""])
    sender = mail.sender if mail.sender is not None else _read("sender", lambda: envelope_sender(raw), "unknown")
    return [Arrival(raw, recipient, sender, mail.reference, whole_size, mail.said) for recipient in found]


def enter(
    custody: CustodyService,
    batch_id: UUID,
    entries: Sequence[Entry],
    guard: Callable[[Connection, Sequence[Entry]], None] = lambda _, __: None,
) -> list[Entry]:
    """Takes the mails into custody, together if possible, and returns those that are in custody.

    `guard` is called first in each transaction, with the mails of that transaction. Raises only our own errors; some
    mails may be in custody then.
    """
    try:
        _take(custody, batch_id, entries, guard)
    except Exception as error:
        if _is_ours(error):
            raise
        if len(entries) > 1:
            return [taken for entry in entries for taken in enter(custody, batch_id, [entry], guard)]
        return list(_bare(custody, batch_id, entries[0], guard, error))
    return list(entries)


def _bare(
    custody: CustodyService,
    batch_id: UUID,
    entry: Entry,
    guard: Callable[[Connection, Sequence[Entry]], None],
    error: Exception,
) -> Iterator[Entry]:
    _count("custody", error)
    bare = Entry([Arrival(entry.arrivals[0].raw, "", "unknown", uuid4().hex)], entry.note, entry.reference)
    try:
        _take(custody, batch_id, [bare], guard)
    except Exception as again:
        if _is_ours(again):
            raise
        _log.exception("a mail can't be taken into custody")
        return
    yield entry


def _take(
    custody: CustodyService,
    batch_id: UUID,
    entries: Sequence[Entry],
    guard: Callable[[Connection, Sequence[Entry]], None],
) -> None:
    def note(connection: Connection) -> None:
        guard(connection, entries)
        for entry in entries:
            entry.note(connection)

    custody.take(batch_id, [arrival for entry in entries for arrival in entry.arrivals], guard=note)


def _read(step: str, read: Callable[[], _T], otherwise: _T) -> _T:
    try:
        return read()
    except Exception as error:
        if _is_ours(error):
            raise
        _count(step, error)
        return otherwise


def _count(step: str, error: Exception) -> None:
    metrics.NOT_READ.labels(step).inc()
    _log.warning("a mail enters without what could not be read of it", step=step, error=error)


def _is_ours(error: Exception) -> bool:
    """Returns whether the error is ours and not the mail's: it would happen with any mail."""
    return isinstance(error, OSError | LeaseLostError) or is_transient(error)
