"""What is recorded about the senders of mails, and for how long: the system role's statements, across tenants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

#: Days for which admins see what each setting of authentication would have done.
VERDICT_DAYS = 30
#: Days for which a signature that has posted is kept: longer than a mail's Date allows it to prove anything
#: (workers.authenticate), even if it was held in between.
SIGNATURE_DAYS = 90

_NOTE = text(
    "insert into sender_words (mail_id, tenant_id, said, noted_at) values (:mail_id, :tenant_id, :said, now())"
)
# a mail that is not in the ledger has no known origin
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
    """The source that a mail came in by; `said` is what a provider reported about its sender, None for nothing."""

    kind: str
    name: str
    options: Mapping[str, Any]
    said: str | None


def origin_of(connection: Connection, mail_id: UUID) -> Origin | None:
    """Returns the origin of a mail; None when the mail is not in the ledger."""
    row = connection.execute(_ORIGIN, {"mail_id": mail_id}).first()
    return None if row is None else Origin(**row._mapping)


def note_said(connection: Connection, words: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Records what a provider reported about senders, in the transaction of custody: id, tenant, words of each mail."""
    rows = [{"mail_id": mail_id, "tenant_id": tenant_id, "said": said} for mail_id, tenant_id, said in words]
    connection.execute(_NOTE, rows)


def forget(connection: Connection) -> None:
    """Deletes the records that are older than these limits."""
    for statement in _FORGET:
        connection.execute(statement)
