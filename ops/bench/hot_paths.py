"""What processes ask the database again and again, or people wait for. Only searches may read whole tables."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from console.inbound import queries
from console.web import paging
from ops.cli.find import find_mails
from schemas.tables import new_id, now
from storage import canaries, due_files, figures
from storage.ledger import admission, batches, entries, leases, mail_counts
from storage.ledger.conservation import conservation
from storage.ledger.entries import NewMail
from storage.outbox_queue import Limits, claim_due, probe

_MOST = 1_000
#: Words that no mail has.
_NOWHERE = "words that no mail has"

#: What runs as the system role: many times a second, at each scrape, or every few seconds.
SYSTEM: Mapping[str, Callable[[Connection], object]] = {
    "a scrape reads the counts": conservation,
    "a scrape reads the outbox": figures.outbox,
    "a scrape reads the sources": lambda c: figures.sources(c, most=50),
    "the dispatcher measures": mail_counts.ended,
    "the dispatcher admits mails": lambda c: admission.admit(c, window=200, most=_MOST, together=500),
    "the dispatcher finds stalled mails": lambda c: admission.stalled(
        c, stall_seconds=300, max_emissions=8, most=_MOST
    ),
    "the dispatcher claims the outbox": lambda c: claim_due(c, most=_MOST),
    "the dispatcher claims it with limits": lambda c: claim_due(c, most=_MOST, limits=Limits(60, 60)),
    "the dispatcher probes the mail server": probe,
    "the dispatcher orders fetches": leases.due,
    "the dispatcher finishes batches": batches.finish_batches,
    "the dispatcher closes batches": batches.close_abandoned,
    "the dispatcher claims files": lambda c: due_files.claim_due(c, most=_MOST),
    "the dispatcher counts canaries": canaries.count,
    "find by id": lambda c: find_mails(c, str(new_id()), "", 7, 10),
}
#: What a person waits for, in the scope of a tenant.
TENANT: Mapping[str, Callable[[Connection], object]] = {
    "the inbox": lambda c: queries.mails(c, _log("")),
}
#: Searches for words that nothing has, as the system role and in the scope of a tenant: they read all they may.
MISSES: Mapping[str, Callable[[Connection], object]] = {
    "find misses, 7 days": lambda c: find_mails(c, _NOWHERE, "", 7, 10)
}
MISSES_OF_TENANT: Mapping[str, Callable[[Connection], object]] = {
    "the inbox's search misses": lambda c: queries.mails(c, _log(_NOWHERE))
}


def custody(tenant_id: UUID) -> Callable[[Connection], object]:
    """Returns what takes 50 mails of the tenant into custody."""

    def take(connection: Connection) -> object:
        mails = [NewMail(tenant_id, new_id().bytes * 4, "r", "raw", 1, "r@x", "s@y", now()) for _ in range(50)]
        return entries.take(connection, new_id(), mails)

    return take


def _log(words: str) -> dict[str, object]:
    times = {"since": datetime.min.replace(tzinfo=UTC), "until": datetime.max.replace(tzinfo=UTC)}
    asked: dict[str, object] = {"state": "", "reasons": [], "like": f"%{words}%", "number": words, "batch": None}
    return asked | times | paging.start("")
