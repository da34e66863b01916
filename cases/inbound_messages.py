"""Inbound messages: mails from people who may answer an update that are no answers to it, for a person to decide.

What became of one is the state of its ledger row, which stays the one place that says where a mail is.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.audit import Act, record
from cases.posting import NewUpdate, Posted, Refusal, post_update
from schemas.records import Cut, LeftOut, StoredFile
from schemas.tables import MailState, Via, now
from storage import ledger

_OPEN = text("""
select i.mail_id, i.case_id, c.number as case_number, i.text, i.files, m.subject, m.received_at, m.evidence,
    u.name as author, u.email as author_email
from inbound_messages i join mails m on m.id = i.mail_id join users u on u.id = i.author_id
join cases c on c.id = i.case_id
where m.state = 'held' and m.reason = 'not_related'
order by i.mail_id desc limit :most
""")

_LOCK = text("""
select i.* from inbound_messages i join mails m on m.id = i.mail_id
where i.mail_id = :mail_id and m.state = 'held' and m.reason = 'not_related' for update of m
""")


def waiting(connection: Connection, *, most: int = 200) -> Sequence[Row[Any]]:
    """The messages that nobody has decided on, the newest first, at most `most`."""
    return connection.execute(_OPEN, {"most": most}).all()


def move(connection: Connection, mail_id: UUID, case_id: UUID, actor_id: UUID) -> Posted | Refusal:
    """Posts a message on a case, as its author and by the form's rules; the mail has posted then.

    Raises `LookupError` when there is no such message, or somebody has decided on it.
    """
    row = _lock(connection, mail_id)
    outcome = post_update(connection, _update(row, case_id))
    if isinstance(outcome, Posted):
        ledger.end_held(connection, mail_id, MailState.POSTED)
        details = {"case": str(case_id), "update": str(outcome.update_id)}
        record(connection, [Act(row.tenant_id, actor_id, "message.moved", mail_id, details)])
    return outcome


def close(connection: Connection, mail_id: UUID, actor_id: UUID) -> None:
    """Closes a message without a post: it needs nobody any more. Raises `LookupError` as `move` does."""
    row = _lock(connection, mail_id)
    ledger.end_held(connection, mail_id, MailState.DROPPED)
    record(connection, [Act(row.tenant_id, actor_id, "message.closed", mail_id)])


def _lock(connection: Connection, mail_id: UUID) -> Row[Any]:
    row = connection.execute(_LOCK, {"mail_id": mail_id}).first()
    if row is None:
        raise LookupError(f"there is no message {mail_id} that waits for a decision")
    return row


def _update(row: Row[Any], case_id: UUID) -> NewUpdate:
    return NewUpdate(
        tenant_id=row.tenant_id,
        case_id=case_id,
        author_id=row.author_id,
        text=row.text,
        via=Via.EMAIL,
        written_at=row.written_at,
        posted_at=now(),
        files=tuple(StoredFile.model_validate(file) for file in row.files),
        left_out=tuple(LeftOut.model_validate(item) for item in row.left_out),
        cut=tuple(Cut.model_validate(cut) for cut in row.cut),
        mail_id=row.mail_id,
    )
