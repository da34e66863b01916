"""Locks the rows of an outbox order while their mails are sent, and records how each ended.

The first transaction locks all rows of the order (`hold`). Before each further mail, a single round trip records that
the last mail was sent, commits, and locks the next row alone (`hold_next`). `skip locked` and the state make sure that
each mail is sent once when an order arrives twice and two processes work on it. The statements are prepared once for
each connection, which halves their cost in the database. All functions take a transaction in the scope of the tenant.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text, update
from sqlalchemy import Text as SqlText

from schemas.tables import Outbox, OutboxState, core, now
from storage.database import BEGIN

_ROWS = text("""
select id, kind, recipient_id, mail_id, to_email, attempts, created_at, unreachable,
    exists (select from sent_before s where s.id = coalesce(o.recipient_id, o.id)) as sent_before
from outbox o where id = any(:ids) and state = 'waiting' order by id for update skip locked
""")
_OUTBOX = core(Outbox)
_NOTE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row_id"))
    .values(
        state=bindparam("new_state", type_=SqlText),
        attempts=_OUTBOX.c.attempts + 1,
        due_at=bindparam("next_try"),
        sent_at=bindparam("at"),
        error=bindparam("words", type_=SqlText),
        unreachable=bindparam("no_server"),
    )
)

# with `format` below, only ids are inserted
_PREPARE = """
prepare outbox_sent(uuid) as
    update outbox set state = 'sent', attempts = attempts + 1, sent_at = clock_timestamp(), error = '' where id = $1
    returning id;
prepare outbox_hold(uuid) as select id from outbox where id = $1 and state = 'waiting' for update skip locked
"""
_PREPARED = text("select from pg_prepared_statements where name = 'outbox_hold'")
_SENT = "execute outbox_sent('{}')"
_NEXT = "{}; commit; {}; set local app.tenant_id = '{}'; execute outbox_hold('{}')"

#: Longest error that is kept, in characters.
_LONGEST_ERROR = 500


def hold(connection: Connection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Locks the rows that still wait, and returns them in the order of their ids.

    `sent_before` is whether the mail was sent before the database was restored from an older backup.
    """
    rows = connection.execute(_ROWS, {"ids": list(ids)}).all()
    # checked for each order: after a rollback, psycopg makes the server forget all prepared statements, ours too
    if connection.execute(_PREPARED).first() is None:
        connection.exec_driver_sql(_PREPARE)
    return rows


def hold_next(connection: Connection, tenant_id: UUID, row_id: UUID, sent: UUID | None) -> bool:
    """Records the row `sent` as sent and commits, then locks the row `row_id`; returns whether that still waits."""
    note = _SENT.format(sent) if sent is not None else "select 1"
    cursor: Any = connection.exec_driver_sql(_NEXT.format(note, connection.info[BEGIN], tenant_id, row_id)).cursor
    cursor.set_result(-1)
    found = cursor.fetchone() is not None
    cursor.close()
    return found


def note_sent(connection: Connection, row_id: UUID) -> None:
    """Records the last row of an order as sent."""
    connection.exec_driver_sql(_SENT.format(row_id))


def note(
    connection: Connection,
    row_id: UUID,
    state: OutboxState,
    *,
    next_try: datetime,
    words: str,
    unreachable: bool = False,
) -> None:
    """Records the state of a locked row after an attempt, when it is due again, and the mail server's `words`, or
    that the server was `unreachable`."""
    sent_at = now() if state is OutboxState.SENT else None
    values = {"row_id": row_id, "new_state": state, "next_try": next_try, "at": sent_at}
    connection.execute(_NOTE, {**values, "words": words[:_LONGEST_ERROR], "no_server": unreachable})
