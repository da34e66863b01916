"""How a mail enters, whatever it says: what can't be read of it stops neither it nor those that come with it.

Whatever goes wrong on a mail's way into custody is caught here, and nowhere else. A mail that can't enter as it came
enters with its bytes alone: for nobody that we know, from nobody that we know, so that it is held for a person. Only
what is wrong with us (the database, the disk, a lost lease) is raised: then the source keeps its mails.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection

from workers import metrics
from workers.errors import is_transient
from workers.fetch.batches import LeaseLostError
from workers.fetch.content_key import header_of
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.recipients import envelope_sender, recipients

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Brought:
    """A mail as its source gave it. `reference` is the source's own id of it, `whole_size` and `said` as in `Arrival`.
    Recipients and sender are the envelope's; without them they are read from the mail."""

    raw: bytes
    reference: str
    whole_size: int = 0
    recipients: Sequence[str] = ()
    sender: str | None = None
    said: str = ""


@dataclass(frozen=True)
class Entry:
    """A mail on its way in: once for each recipient, and what is noted in the transaction of its custody."""

    arrivals: Sequence[Arrival]
    note: Callable[[Connection], None] = lambda _: None
    reference: str = ""


def arrivals(
    mail: Brought, declared: Sequence[str], custodian: CustodyService, limit: int, since: float | None = None
) -> list[Arrival]:
    """The mail, once for each recipient; of one over `limit` bytes the header. `declared` are the header fields that
    the source's edge writes the recipient in; `since` is when it, or those that it came with, began to be looked at
    (time.monotonic). Raises what is wrong with us alone."""
    begun = time.monotonic() if since is None else since
    raw, whole_size = mail.raw, mail.whole_size
    if len(raw) > limit and not whole_size:
        raw, whole_size = header_of(raw), len(raw)

    def read() -> Sequence[str]:
        return recipients(
            raw, declared, partial(custodian.is_ours, since=begun), partial(custodian.gave_out, since=begun)
        )

    whom = mail.recipients or _read("recipients", read, [""])
    sender = mail.sender if mail.sender is not None else _read("sender", lambda: envelope_sender(raw), "unknown")
    return [Arrival(raw, recipient, sender, mail.reference, whole_size, mail.said) for recipient in whom]


def enter(
    custodian: CustodyService,
    batch_id: UUID,
    entries: Sequence[Entry],
    guard: Callable[[Connection, Sequence[Entry]], None] = lambda _, __: None,
) -> list[Entry]:
    """Takes the mails into custody, together if that goes, and returns those that are.

    `guard` is called in each transaction with the mails that it is for, before their notes. Raises what is wrong with
    us; some may be in custody then.
    """
    try:
        _take(custodian, batch_id, entries, guard)
    except Exception as error:
        if _is_ours(error):
            raise
        if len(entries) > 1:
            return [taken for entry in entries for taken in enter(custodian, batch_id, [entry], guard)]
        return list(_bare(custodian, batch_id, entries[0], guard, error))
    return list(entries)


def _bare(
    custodian: CustodyService,
    batch_id: UUID,
    entry: Entry,
    guard: Callable[[Connection, Sequence[Entry]], None],
    error: Exception,
) -> Iterator[Entry]:
    _count("custody", error)
    bare = Entry([Arrival(entry.arrivals[0].raw, "", "unknown", uuid4().hex)], entry.note, entry.reference)
    try:
        _take(custodian, batch_id, [bare], guard)
    except Exception as again:
        if _is_ours(again):
            raise
        _log.exception("a mail can't be taken into custody")
        return
    yield entry


def _take(
    custodian: CustodyService,
    batch_id: UUID,
    entries: Sequence[Entry],
    guard: Callable[[Connection, Sequence[Entry]], None],
) -> None:
    def note(connection: Connection) -> None:
        guard(connection, entries)
        for entry in entries:
            entry.note(connection)

    custodian.take(batch_id, [one for entry in entries for one in entry.arrivals], guard=note)


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
    _log.warning("a mail enters without what could not be read of it", step=step, error=repr(error)[:500])


def _is_ours(error: Exception) -> bool:
    """Whether it is not the mail that is wrong: with another mail it would be the same."""
    return isinstance(error, OSError | LeaseLostError) or is_transient(error)
