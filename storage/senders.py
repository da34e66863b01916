"""What is noted of who wrote mails, and for how long: the system role's statements, across tenants."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

#: Days for which an admin sees what each choice of authentication would have done.
VERDICT_DAYS = 30
#: Days for which a signature that has posted is remembered: longer than its Date lets a mail prove anything
#: (workers.authenticate), however long it was held in between.
SIGNATURE_DAYS = 90

_NOTE = text(
    "insert into sender_words (mail_id, tenant_id, said, noted_at) values (:mail_id, :tenant_id, :said, now())"
)

_FORGET = tuple(
    text(f"delete from {table} where {column} < now() - make_interval(days => {days})")  # noqa: S608  # ours
    for table, column, days in (
        ("sender_verdicts", "noted_at", VERDICT_DAYS + 1),
        ("posted_signatures", "posted_at", SIGNATURE_DAYS),
        ("sender_words", "noted_at", SIGNATURE_DAYS),
    )
)


def note_said(connection: Connection, words: Sequence[tuple[UUID, UUID, str]]) -> None:
    """Notes what a provider reported of senders in custody's transaction: id, tenant and words of each mail."""
    rows = [{"mail_id": mail_id, "tenant_id": tenant_id, "said": said} for mail_id, tenant_id, said in words]
    connection.execute(_NOTE, rows)


def forget(connection: Connection) -> None:
    """Deletes what is older than that."""
    for statement in _FORGET:
        connection.execute(statement)
