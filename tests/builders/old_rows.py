"""Old rows of a tenant, as they are long after its mails came in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.tables import Audit, Batch, Outbox, OutboxKind, OutboxState, new_id, now
from storage.database import Database
from storage.ledger import entries
from storage.ledger.entries import NewMail
from tests.builders.rows import add, add_update, run
from tests.builders.world import World

#: How old the rows are, in days.
DAYS = 400


@dataclass(frozen=True)
class OldMail:
    """A mail that posted, and the rows that it caused."""

    id: UUID
    batch: UUID
    key: bytes
    notice: UUID
    act: UUID


def old_id() -> UUID:
    """Returns an id that was made `DAYS` ago."""
    made = new_id()
    return UUID(int=made.int - (DAYS * 86_400_000 << 80))


def old_mail(database: Database, world: World, *, kept: bool = False, subject: str = "Old words") -> OldMail:
    """Inserts a mail that posted long ago; its original is gone unless `kept`."""
    mail, key, batch = old_id(), new_id().bytes * 4, Batch(id=old_id(), seen=1, taken=1)
    add(world, batch)
    new = NewMail(world.tenant_id, key, "queue-7", "raw", 1, f"r@{world.mail_domain}", "ann@x.example", _at(), id=mail)
    with database.system() as connection:
        entries.take(connection, batch.id, [new])
    add_update(world, "client", "Words", mail_id=mail)
    ended = f"now() - interval '{DAYS} days'"
    gone = "" if kept else f", raw = '', raw_deleted_by = 'retention', raw_deleted_at = {ended}"
    run(
        world,
        f"update mails set state = 'posted', ended_at = {ended}, author = 'ann@x.example', subject = :subject,"
        f' evidence = \'{{"a": "fact"}}\'{gone} where id = :id',
        id=mail,
        subject=subject,
    )
    run(world, f"update batches set closed_at = {ended}, finished_at = {ended} where id = :id", id=batch.id)
    act = Audit(id=old_id(), tenant_id=world.tenant_id, act="update.posted", subject_id=mail, at=_at())
    add(world, act)
    return OldMail(mail, batch.id, key, sent(world), act.id)


def sent(world: World, kind: OutboxKind = OutboxKind.ASSIGNMENT, mail: UUID | None = None) -> UUID:
    """Inserts a mail that was sent long ago."""
    row = Outbox(
        id=old_id(),
        tenant_id=world.tenant_id,
        kind=kind,
        mail_id=mail,
        to_email="bob@x.example",
        state=OutboxState.SENT,
        sent_at=_at(),
    )
    add(world, row)
    return row.id


def _at() -> datetime:
    return now() - timedelta(days=DAYS)
