"""What is noted of who wrote mails, and for how long: the system role's statement, across tenants."""

from sqlalchemy import Connection, text

#: Days for which an admin sees what each choice of authentication would have done.
VERDICT_DAYS = 30
#: Days for which a signature that has posted is remembered: longer than its Date lets a mail prove anything
#: (workers.authenticate), however long it was held in between.
SIGNATURE_DAYS = 90

_FORGET = tuple(
    text(f"delete from {table} where {column} < now() - make_interval(days => {days})")  # noqa: S608  # ours
    for table, column, days in (
        ("sender_verdicts", "noted_at", VERDICT_DAYS + 1),
        ("posted_signatures", "posted_at", SIGNATURE_DAYS),
    )
)


def forget(connection: Connection) -> None:
    """Deletes what is older than that."""
    for statement in _FORGET:
        connection.execute(statement)
