"""The outbox stage."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text, update
from sqlalchemy import Text as SqlText

from cases import aliases, notices
from schemas.reasons import Reason
from schemas.records import SendOrder
from schemas.tables import Outbox, OutboxKind, OutboxState, core, now
from storage import ledger
from workers.deadletter import forward
from workers.house import House
from workers.outbox.smtp import Outcome, Sender

#: How long to wait after each failed try; the last step repeats until `GIVE_UP` (RFC 5321 section 4.5.4.1).
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
GIVE_UP = timedelta(days=5)

# skip locked: of an order that was sent twice, and is worked off by two at once, each row is one's only
_ROWS = text("""
select id, kind, recipient_id, mail_id, to_email, attempts, created_at from outbox
where id = any(:ids) and state = 'waiting' for update skip locked
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

#: Writes the mail of each row when called: its envelope sender and its bytes.
_Mails = dict[UUID, Callable[[], tuple[str, bytes]]]


def send(order: SendOrder, house: House) -> None:
    """Sends the mails of an order and notes the outcome of each; a failed forward holds its mail.

    The rows stay locked meanwhile and are noted together: where a worker dies in the middle, the mails of this one
    order go out again, with the same Message-IDs.
    """
    with house.database.tenant(order.tenant_id) as connection:
        rows = connection.execute(_ROWS, {"ids": list(order.outbox_ids)}).all()
        mails = _notices(connection, rows, house) | _forwards(connection, rows, house) | _links(connection, rows, house)
        with Sender(house.settings) as sender:
            outcomes = [(row, _send_one(sender, row.to_email, mails[row.id])) for row in rows]
        _note(connection, outcomes)


def _send_one(sender: Sender, to_email: str, write: Callable[[], tuple[str, bytes]]) -> Outcome:
    try:
        envelope_from, data = write()
    except Exception as error:  # noqa: BLE001  # one mail that can't be written must not hold up the others
        return Outcome(sent=False, again=True, words=f"the mail can't be written: {error!r}")
    return sender.send(envelope_from, to_email, data)


def _notices(connection: Connection, rows: Sequence[Row[Any]], house: House) -> _Mails:
    keys, url = house.settings.address_keys, house.settings.console_url

    def write(notice: notices.Notice) -> tuple[str, bytes]:
        return notices.envelope_from(notice, keys), notices.compose(notice, keys, url)

    of_row = {row.recipient_id: row.id for row in rows if row.kind == OutboxKind.NOTICE}
    loaded = notices.load(connection, list(of_row)) if of_row else []
    return {of_row[notice.recipient_id]: partial(write, notice) for notice in loaded}


def _forwards(connection: Connection, rows: Sequence[Row[Any]], house: House) -> _Mails:
    def write(raw: str, values: dict[str, Any]) -> tuple[str, bytes]:
        made = forward.Forward(**{**values, "reason": Reason(values["reason"])})
        # the null sender: a forward that can't be delivered must not come back as mail (RFC 3834 section 3.3)
        return "", forward.compose(made, house.blobs.get(raw), house.settings.console_url)

    ids = [row.id for row in rows if row.kind == OutboxKind.CATCH_ALL]
    loaded = [dict(row) for row in connection.execute(_FORWARDS, {"ids": ids}).mappings()] if ids else []
    return {values["outbox_id"]: partial(write, values.pop("raw"), values) for values in loaded}


def _links(connection: Connection, rows: Sequence[Row[Any]], house: House) -> _Mails:
    def write(link: aliases.Link) -> tuple[str, bytes]:
        return "", aliases.compose(link, house.settings.address_keys, house.settings.console_url)

    ids = [row.id for row in rows if row.kind == OutboxKind.ALIAS]
    return {link.outbox_id: partial(write, link) for link in aliases.links(connection, ids)} if ids else {}


def _note(connection: Connection, outcomes: Sequence[tuple[Row[Any], Outcome]]) -> None:
    notes = []
    for row, outcome in outcomes:
        again = outcome.again and now() - row.created_at < GIVE_UP
        state = OutboxState.SENT if outcome.sent else OutboxState.WAITING if again else OutboxState.FAILED
        notes.append(
            {
                "row_id": row.id,
                "new_state": state,
                "next_try": now() + BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)],
                "at": now() if outcome.sent else None,
                "words": outcome.words[:500],
            }
        )
        if row.kind == OutboxKind.CATCH_ALL and state is not OutboxState.WAITING:
            ledger.end_forward(connection, row.mail_id, sent=outcome.sent, words=outcome.words)
    if notes:
        connection.execute(_NOTE, notes)
