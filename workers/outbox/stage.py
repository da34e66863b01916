"""The outbox stage."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text, update
from sqlalchemy import Text as SqlText

from cases.files.links import FileLinks
from cases.outgoing import alias_link, forward, letters, notices, password_link
from cases.outgoing.mime import plain_address
from schemas.reasons import Reason
from schemas.records import SendOrder
from schemas.tables import Outbox, OutboxKind, OutboxState, core, now
from storage.ledger import endings
from storage.resources import Resources
from workers.outbox.smtp import Outcome, Sender

#: How long to wait after each failed try; the last step repeats until `GIVE_UP` (RFC 5321 section 4.5.4.1).
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
GIVE_UP = timedelta(days=5)

_ROWS = text("""
select id, kind, recipient_id, mail_id, to_email, attempts, created_at from outbox
where id = any(:ids) and state = 'waiting' order by id for update skip locked
""")
_FORWARDS = text("""
select o.id as outbox_id, m.id as mail_id, o.to_email, t.mail_domain, m.reason, m.evidence, m.received_at,
    m.recipient, m.author, m.subject, m.raw
from outbox o join mails m on m.id = o.mail_id join tenants t on t.id = o.tenant_id
where o.id = any(:ids)
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
    )
)

#: Letters that are written when they are sent, because they carry a link.
_WITH_LINK = {OutboxKind.PASSWORD: password_link, OutboxKind.ALIAS: alias_link}

#: Seconds after which an order begins no further mail, so that its time limit never falls into the middle of one.
BEGIN_SECONDS = 240.0

# One round trip from mail to mail: note what was sent, for good, then hold the next row. Skip locked and the state: of
# an order that came twice, and is worked off by two at once, each row is one's only. Planned once for a connection,
# which halves what it costs the database. Only ids are put in.
_PREPARE = """
prepare outbox_sent(uuid) as
    update outbox set state = 'sent', attempts = attempts + 1, sent_at = clock_timestamp(), error = '' where id = $1
    returning id;
prepare outbox_hold(uuid) as select id from outbox where id = $1 and state = 'waiting' for update skip locked
"""
_PREPARED = text("select from pg_prepared_statements where name = 'outbox_hold'")
_SENT = "execute outbox_sent('{}')"
_NEXT = "{}; commit; begin; set local app.tenant_id = '{}'; execute outbox_hold('{}')"

#: Writes the mail of each row when called: its envelope sender and its bytes.
_Mails = dict[UUID, Callable[[], tuple[str, bytes]]]


def send(order: SendOrder, resources: Resources) -> None:
    """Sends the mails of an order and notes the outcome of each; a failed forward holds its mail.

    Each mail goes out in a transaction that holds its row, and is noted before the next is begun: where a worker
    dies, at most the one mail that the server had taken by then goes out again, with the same Message-ID.
    """
    until = time.monotonic() + BEGIN_SECONDS
    sent: UUID | None = None
    with Sender(resources.settings) as sender, resources.database.tenant(order.tenant_id) as connection:
        rows = connection.execute(_ROWS, {"ids": list(order.outbox_ids)}).all()
        mails: _Mails = {}
        for write in (_notices, _forwards, _letters):
            mails |= write(connection, rows, resources)
        _prepare(connection)
        for row in rows:
            if time.monotonic() > until:
                break  # the rest is ordered again
            if row is not rows[0]:  # which is held since it was read
                is_ours, sent = _next(connection, order.tenant_id, row.id, sent), None
                if not is_ours:
                    continue
            outcome = _send_one(sender, row, mails)
            if outcome.sent and row.kind != OutboxKind.CATCH_ALL:
                sent = row.id
            else:
                _note(connection, row, outcome)
        if sent is not None:
            connection.exec_driver_sql(_SENT.format(sent))


def _prepare(connection: Connection) -> None:
    # asked for each order: with a rollback psycopg has the server forget what is prepared, ours too
    if connection.execute(_PREPARED).first() is None:
        connection.exec_driver_sql(_PREPARE)


def _next(connection: Connection, tenant_id: UUID, row_id: UUID, sent: UUID | None) -> bool:
    """Notes and commits what was sent before, then holds the next row; whether that is still to be sent."""
    note = _SENT.format(sent) if sent is not None else "select 1"
    cursor: Any = connection.exec_driver_sql(_NEXT.format(note, tenant_id, row_id)).cursor
    cursor.set_result(-1)
    found = cursor.fetchone() is not None
    cursor.close()
    return found


def _send_one(sender: Sender, row: Row[Any], mails: _Mails) -> Outcome:
    try:
        envelope_from, data = mails[row.id]()
        return sender.send(envelope_from, plain_address(row.to_email), data)
    except ValueError as error:
        return Outcome(sent=False, again=False, words=f"the mail can't be written: {error}")
    except Exception as error:  # noqa: BLE001  # one mail that can't be written must not hold up the others
        return Outcome(sent=False, again=True, words=f"the mail can't be written: {error!r}")


def _notices(connection: Connection, rows: Sequence[Row[Any]], resources: Resources) -> _Mails:
    settings = resources.settings
    keys, url, links = settings.secrets.address_keys, settings.console.url, FileLinks(settings)

    def write(notice: notices.Notice) -> tuple[str, bytes]:
        return notices.envelope_from(notice, keys), notices.compose(notice, keys, url, links)

    of_row = {row.recipient_id: row.id for row in rows if row.kind == OutboxKind.NOTICE}
    loaded = notices.load(connection, list(of_row), keys) if of_row else []
    return {of_row[notice.recipient_id]: partial(write, notice) for notice in loaded}


def _forwards(connection: Connection, rows: Sequence[Row[Any]], resources: Resources) -> _Mails:
    keys, url = resources.settings.secrets.address_keys, resources.settings.console.url

    def write(raw: str, values: dict[str, Any]) -> tuple[str, bytes]:
        made = forward.Forward(**{**values, "reason": Reason(values["reason"])})
        # the null sender: a forward that can't be delivered must not come back as mail (RFC 3834 section 3.3)
        return "", forward.compose(made, resources.blobs.get(raw), keys, url)

    ids = [row.id for row in rows if row.kind == OutboxKind.CATCH_ALL]
    loaded = [dict(row) for row in connection.execute(_FORWARDS, {"ids": ids}).mappings()] if ids else []
    return {values["outbox_id"]: partial(write, values.pop("raw"), values) for values in loaded}


def _letters(connection: Connection, rows: Sequence[Row[Any]], resources: Resources) -> _Mails:
    settings = resources.settings
    keys = settings.secrets.address_keys

    def write(letter: letters.Letter) -> tuple[str, bytes]:
        return letters.envelope_from(letter), letters.compose(letter, keys)

    ids = [row.id for row in rows if row.kind in letters.KINDS]
    loaded = letters.load(connection, ids) if ids else []
    for kind, with_link in _WITH_LINK.items():
        if ids := [row.id for row in rows if row.kind == kind]:
            loaded += with_link.load(connection, ids, settings.secrets.session_secret, settings.console.url)
    return {letter.id: partial(write, letter) for letter in loaded}


def _note(connection: Connection, row: Row[Any], outcome: Outcome) -> None:
    again = outcome.again and now() - row.created_at < GIVE_UP
    state = OutboxState.SENT if outcome.sent else OutboxState.WAITING if again else OutboxState.FAILED
    wait = BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
    connection.execute(
        _NOTE,
        {
            "row_id": row.id,
            "new_state": state,
            # up to a tenth more, so that what failed together does not come back together
            "next_try": now() + wait * random.uniform(1, 1.1),  # noqa: S311
            "at": now() if outcome.sent else None,
            "words": outcome.words[:500],
        },
    )
    if row.kind == OutboxKind.CATCH_ALL and state is not OutboxState.WAITING:
        endings.end_forward(connection, row.mail_id, sent=outcome.sent, words=outcome.words)
