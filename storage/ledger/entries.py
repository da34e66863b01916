"""Writes a ledger row for each new mail, which takes it into custody; across tenants, as the system role."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, text, tuple_
from sqlalchemy import select as sql_select

from schemas.reasons import Reason
from schemas.tables import ERASED, Deletion, Mail, MailState, core, new_id, now

_MAILS = core(Mail)

#: Most bytes of an ordinary mail. A larger mail travels alone, so that no other mail waits for its parsing.
ORDINARY_BYTES = 64 * 1024

# one statement text for any number of mails, so that it is prepared only once
_TAKE = text("""
with counted as (
    insert into intake (id, tenant_id, batch_id, taken)
    select uuidv7(), t.tenant_id, :batch_id, count(*)
    from unnest(cast(:tenant_id as uuid[])) t(tenant_id) group by t.tenant_id
)
insert into mails (id, tenant_id, content_key, source_ref, raw, size, recipient, sender, received_at, whole_size,
    batch_id, state, emissions, reason, evidence, author, subject, run, raw_deleted_by, lane)
select m.*, :batch_id, 'waiting', 0, '', '{}', '', '', 0, '', (m.size > :ordinary)::int
from unnest(cast(:id as uuid[]), cast(:tenant_id as uuid[]), cast(:content_key as bytea[]),
    cast(:source_ref as text[]), cast(:raw as text[]), cast(:size as int[]), cast(:recipient as text[]),
    cast(:sender as text[]), cast(:received_at as timestamptz[]), cast(:whole_size as bigint[]))
    m(id, tenant_id, content_key, source_ref, raw, size, recipient, sender, received_at, whole_size)
on conflict (tenant_id, content_key) where duplicate_of is null do nothing
returning id
""")
_TAKE_DUPLICATE = insert(_MAILS)


@dataclass(frozen=True)
class NewMail:
    """A mail that is about to enter the ledger; its raw bytes are durable in the blob store, under `raw`.

    `id` is the id of its row, which its envelope in the blob store has, too.
    """

    tenant_id: UUID
    content_key: bytes
    source_ref: str
    raw: str
    size: int
    recipient: str
    sender: str
    received_at: datetime
    whole_size: int = 0
    id: UUID = field(default_factory=new_id)


def take(connection: Connection, batch_id: UUID, mails: Sequence[NewMail]) -> set[UUID]:
    """Writes a ledger row for each mail. Returns the ids of the duplicates.

    A mail whose content key exists already is a repeated delivery: its row is a dropped duplicate from the start. The
    mails are in custody once the transaction is committed.
    """
    if not mails:
        return set()
    rows = [dict(vars(mail)) for mail in mails]
    # sorted, so that two transactions with the same mails don't deadlock
    in_order = sorted(rows, key=lambda row: row["content_key"])
    columns = {name: [row[name] for row in in_order] for name in rows[0]}
    entered = set(connection.execute(_TAKE, {**columns, "batch_id": batch_id, "ordinary": ORDINARY_BYTES}).scalars())
    if duplicates := [row for row in rows if row["id"] not in entered]:
        _take_duplicates(connection, batch_id, duplicates)
    return {row["id"] for row in duplicates}


def _take_duplicates(connection: Connection, batch_id: UUID, rows: list[dict[str, Any]]) -> None:
    key = tuple_(_MAILS.c.tenant_id, _MAILS.c.content_key)
    found = connection.execute(
        sql_select(_MAILS.c.tenant_id, _MAILS.c.content_key, _MAILS.c.id, _MAILS.c.raw_deleted_by).where(
            _MAILS.c.duplicate_of.is_(None), key.in_([(row["tenant_id"], row["content_key"]) for row in rows])
        )
    )
    first = {(row.tenant_id, bytes(row.content_key)): row for row in found}
    for row in rows:
        original = first[row["tenant_id"], row["content_key"]]
        erased = original.raw_deleted_by in ERASED  # an erased mail stays erased, however often it is delivered again
        row.update(
            batch_id=batch_id,
            sender="" if erased else row["sender"],
            raw_deleted_by=Deletion.ERASURE if erased else "",
            emissions=0,
            author="",
            subject="",
            run=0,
            state=MailState.DROPPED,
            duplicate_of=original.id,
            ended_at=now(),
            reason=Reason.DUPLICATE,
            evidence={"first came in as": str(original.id)},
        )
    connection.execute(_TAKE_DUPLICATE, rows)
