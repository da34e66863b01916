"""Statements on what is recorded about the senders of mails, across tenants, as the system role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

#: Days for which admins see what each authentication setting would have done.
VERDICT_DAYS = 30
#: Days for which a signature with which a mail has posted is kept: longer than a mail is recent enough, by its Date, to
#: prove anything (workers.authenticate), even if it was held in between.
SIGNATURE_DAYS = 90

_NOTE = text(
    "insert into sender_words (mail_id, tenant_id, said, noted_at) values (:mail_id, :tenant_id, :said, now())"
)
# finds nothing for a mail that is not in the ledger, or whose source was deleted
_ORIGIN = text("""
select s.kind, s.name, s.options, w.said from mails m
join batches b on b.id = m.batch_id join sources s on s.id = b.source_id left join sender_words w on w.mail_id = m.id
where m.id = :mail_id
""")
_FORGET = tuple(
    text(f"delete from {table} where {column} < now() - make_interval(days => {days})")  # noqa: S608  # ours
    for table, column, days in (
        ("sender_verdicts", "noted_at", VERDICT_DAYS + 1),
        ("posted_signatures", "posted_at", SIGNATURE_DAYS),
        ("sender_words", "noted_at", SIGNATURE_DAYS),
    )
)


@dataclass(frozen=True)
class Origin:
    """The source of a mail. `said` is what the provider reported about the sender; None if it reported nothing."""

    kind: str
    name: str
    options: Mapping[str, Any]
    said: str | None


def origin_of(connection: Connection, mail_id: UUID) -> Origin | None:
    """Returns the origin of a mail; None if the mail is not in the ledger, or its source was deleted."""
    row = connection.execute(_ORIGIN, {"mail_id": mail_id}).first()
    return None if row is None else Origin(**row._mapping)


def note_said(connection: Connection, words: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Records a provider's reports about senders, in the custody transaction: id, tenant and report of each mail."""
    rows = [{"mail_id": mail_id, "tenant_id": tenant_id, "said": said} for mail_id, tenant_id, said in words]
    connection.execute(_NOTE, rows)


def forget(connection: Connection) -> None:
    """Deletes records about senders that are too old to be used."""
    for statement in _FORGET:
        connection.execute(statement)
