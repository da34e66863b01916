"""Compares the ledger with the blob store after a restore, and writes rows of mails again. See `workers.recovery`.

All functions take an open transaction of the system role, except `hold_missing` and `put_back`, which are in the scope
of a tenant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.reasons import Reason
from schemas.tables import MailState
from storage.ledger import entries
from storage.ledger.copies import DELIVERY_BYTES, MESSAGE_BYTES, RECIPIENT_BYTES
from storage.ledger.entries import NewMail


@dataclass(frozen=True)
class LedgerMail:
    """A mail in the ledger; `is_kept` is whether its original must be in the blob store."""

    id: UUID
    tenant_id: UUID
    raw: str
    state: MailState
    reason: str
    is_kept: bool


_TENANTS = text("select id from tenants")
_OF_BATCH = text("""
select id, tenant_id, raw, state, reason, raw <> '' and raw_deleted_at is null and raw_deleted_by = '' as is_kept
from mails where batch_id = :batch_id order by id
""")
_BATCHES = text("""
select distinct batch_id from mails where tenant_id = :tenant_id and raw <> '' and raw_deleted_at is null
""")
_KNOWN = text("select id, raw = '' or raw_deleted_by <> '' from mails where id = any(cast(:ids as uuid[]))")
_HAS_OPEN = text("select exists (select from mails where tenant_id = :tenant_id and state in ('waiting', 'moving'))")
# by the index on tenant and content key
_HAS_COPY = text(f"""
select exists (select from mails where tenant_id = :tenant_id and duplicate_of is null and content_key >= :message
    and content_key <= cast(:message as bytea) || '\\x{"ff" * (DELIVERY_BYTES + RECIPIENT_BYTES + 1)}'::bytea)
""")  # noqa: S608  # only our own constants are inserted


def tenants(connection: Connection) -> set[UUID]:
    """Returns the tenants that the database knows."""
    return set(connection.execute(_TENANTS).scalars())


def of_batch(connection: Connection, batch_id: UUID) -> list[LedgerMail]:
    """Returns the mails of a batch."""
    return [LedgerMail(**row._mapping) for row in connection.execute(_OF_BATCH, {"batch_id": batch_id})]


def batches_with_originals(connection: Connection, tenant_id: UUID) -> set[UUID]:
    """Returns the batches of which the tenant has originals."""
    return set(connection.execute(_BATCHES, {"tenant_id": tenant_id}).scalars())


def known(connection: Connection, mail_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Returns those of the ids that are in the ledger, each with whether its original was deleted."""
    return {row[0]: row[1] for row in connection.execute(_KNOWN, {"ids": list(mail_ids)})}


def has_open(connection: Connection, tenant_id: UUID) -> bool:
    """Returns whether mails of the tenant are still on their way."""
    return bool(connection.execute(_HAS_OPEN, {"tenant_id": tenant_id}).scalar_one())


def has_copy(connection: Connection, tenant_id: UUID, content_key: bytes) -> bool:
    """Returns whether the tenant has any delivery of the mail, for any recipient."""
    values = {"tenant_id": tenant_id, "message": content_key[:MESSAGE_BYTES]}
    return bool(connection.execute(_HAS_COPY, values).scalar_one())


_OPEN = text("""
insert into batches (id, source_id, started_at, error)
values (:id, (select id from sources where id = :source_id), :started_at, '') on conflict (id) do nothing
""")
_CLOSE = text("""
update batches b set closed_at = coalesce(closed_at, now()), finished_at = null, taken = greatest(b.taken, c.taken),
    seen = greatest(b.seen, c.taken)
from (select count(distinct source_ref) as taken from mails where batch_id = :id) c where b.id = :id
""")
_ERASE = text("""
update mails set state = 'dropped', ended_at = now(), reason = 'erased', raw = '', raw_deleted_by = 'erasure',
    raw_deleted_at = now()
where id = any(cast(:ids as uuid[])) and state = 'waiting'
""")


def take(
    connection: Connection, batch_id: UUID, source_id: UUID | None, started_at: datetime, mails: Sequence[NewMail]
) -> None:
    """Writes rows for mails in their batch again, as custody does. A batch that is gone is written again, too."""
    connection.execute(_OPEN, {"id": batch_id, "source_id": source_id, "started_at": started_at})
    entries.take(connection, batch_id, mails)
    connection.execute(_CLOSE, {"id": batch_id})


_END_ERASED = text("""
update mails set state = 'dropped', ended_at = now(), reason = 'erased', evidence = '{}', author = '', subject = '',
    sender = '', raw_deleted_by = 'erasure', raw_deleted_at = null
where id = any(cast(:ids as uuid[])) and state in ('waiting', 'moving')
""")


def end_erased(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Ends mails that are open and were erased after the backup."""
    connection.execute(_END_ERASED, {"ids": list(mail_ids)})


def take_erased(connection: Connection, batch_id: UUID, mails: Sequence[NewMail]) -> None:
    """Writes rows for mails that were erased: only their marks, so that they do not come back."""
    take(connection, batch_id, None, min(mail.received_at for mail in mails), mails)
    connection.execute(_ERASE, {"ids": [mail.id for mail in mails]})


# in the order of their ids, so that two transactions on the same rows don't deadlock
_HOLD = text("""
with locked as materialized (
    select id, state from mails where id = any(cast(:ids as uuid[])) and (state in ('waiting', 'moving', 'forwarding')
        or (state = 'held' and reason in ('internal_error', 'stalled'))) order by id for update
), unsent as (
    update outbox o set state = 'failed', error = 'the original is missing' from locked l
    where o.mail_id = l.id and l.state = 'forwarding' and o.kind = 'catch_all' and o.state = 'waiting'
)
update mails m set state = 'held', ended_at = coalesce(ended_at, now()), reason = :reason,
    evidence = m.evidence || case when m.reason = '' then '{}' else jsonb_build_object('rejected for', m.reason) end
from locked l where m.id = l.id
returning m.id
""")
_PUT_BACK = text("""
update mails set state = 'waiting', ended_at = null, emitted_at = null, emissions = 0, run = run + 1,
    reason = '', evidence = '{}'
where id = any(cast(:ids as uuid[])) and state = 'held' and reason = :reason
""")


def hold_missing(connection: Connection, mail_ids: Sequence[UUID]) -> set[UUID]:
    """Holds mails whose original is missing, unless they have ended otherwise. Returns those that it held."""
    values = {"ids": list(mail_ids), "reason": Reason.ORIGINAL_MISSING}
    return set(connection.execute(_HOLD, values).scalars())


def put_back(connection: Connection, mail_ids: Sequence[UUID]) -> None:
    """Puts mails into the queue again that were held because their original was missing."""
    connection.execute(_PUT_BACK, {"ids": list(mail_ids), "reason": Reason.ORIGINAL_MISSING})
