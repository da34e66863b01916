"""Reads the outcome of the mails from the ledger and the updates, with the rights that the processes have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from storage.database import Database

_MAILS = text("""
select id as mail_id, tenant_id, batch_id, source_ref, recipient, state, reason,
    (extract(epoch from ended_at - received_at) * 1000)::float8 as milliseconds
from mails where source_ref = any(:references)
""")
_UPDATE = text("""
select u.text, u.left_out, u.unverified,
    array(select f.name from update_files f where f.update_id = u.id order by f.position) as files
from updates u where u.mail_id = :mail_id
""")
_BATCHES = text("""
select s.kind, count(*) as mails, extract(epoch from b.finished_at - b.started_at)::float8 as seconds
from batches b join sources s on s.id = b.source_id join mails m on m.batch_id = b.id
where b.id = any(:ids) group by b.id, s.kind order by b.started_at
""")
_SETTLED = text("""
select (select count(*) from mails where source_ref = any(:references) and ended_at is not null) = :sent
    and not exists (select 1 from outbox where tenant_id = any(:tenants) and state = 'waiting')
    and not exists (select 1 from batches b join mails m on m.batch_id = b.id
        where m.source_ref = any(:references) and b.finished_at is null)
""")


@dataclass(frozen=True)
class Outcome:
    """The state of a mail, and its update if it posted. `milliseconds` is the time from custody to the end state."""

    mail_id: UUID
    tenant_id: UUID
    batch_id: UUID
    recipient: str
    state: str
    reason: str
    milliseconds: float | None
    text: str = ""
    files: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unverified: bool = False


@dataclass(frozen=True)
class BatchLatency:
    """A batch: `seconds` from the start of its fetch to the end state of its last mail, None while a mail is open."""

    kind: str
    mails: int
    seconds: float | None


def settled(database: Database, references: Sequence[str], tenants: Sequence[UUID]) -> bool:
    """Returns whether the mails and their batches have ended, and nothing waits in the outbox of the tenants."""
    with database.system() as connection:
        values = {"references": list(references), "sent": len(references), "tenants": list(tenants)}
        return bool(connection.execute(_SETTLED, values).scalar_one())


def read(database: Database, references: Sequence[str]) -> Mapping[str, Outcome]:
    """Returns the outcome of each mail by its source's reference, without mails that are not in the ledger."""
    with database.system() as connection:
        rows = connection.execute(_MAILS, {"references": list(references)}).all()
    return {row.source_ref: _outcome(database, row) for row in rows}


def batch_latencies(database: Database, ended: Sequence[Outcome]) -> list[BatchLatency]:
    """Returns the batches of these mails, oldest first."""
    ids = list({outcome.batch_id for outcome in ended})
    with database.system() as connection:
        return [BatchLatency(*row) for row in connection.execute(_BATCHES, {"ids": ids})]


def _outcome(database: Database, row: Row[Any]) -> Outcome:
    with database.tenant(row.tenant_id) as connection:
        update = connection.execute(_UPDATE, {"mail_id": row.mail_id}).first()
    values = {name: value for name, value in row._mapping.items() if name != "source_ref"}
    if update is None:
        return Outcome(**values)
    left_out = tuple(item["name"] for item in update.left_out)
    return Outcome(
        **values,
        text=update.text,
        files=tuple(update.files),
        left_out=left_out,
        unverified=update.unverified,
    )
