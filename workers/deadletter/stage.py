"""The deadletter stage."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, text

from cases import receipts
from schemas.reasons import REASONS, Disposition
from schemas.records import Rejection
from schemas.tables import MailState, Outbox, OutboxKind, OutboxState, Receipts, core, new_id, now
from storage import ledger
from storage.ledger import End
from workers.house import House

_TENANT = text("select catch_all, receipts from tenants where id = :tenant_id")
_INSERT_OUTBOX = insert(core(Outbox))
_STATES = {
    Disposition.FORWARD: MailState.FORWARDING,
    Disposition.HOLD: MailState.HELD,
    Disposition.DROP: MailState.DROPPED,
}
_DISPOSITIONS = {state: disposition for disposition, state in _STATES.items()}


def settle(rejections: Sequence[Rejection], house: House) -> list[None]:
    """Gives rejected mails of one tenant their end states; one to be forwarded goes to the outbox, and ends when it
    is sent."""
    tenant_id = rejections[0].custody.tenant_id
    with house.database.tenant(tenant_id) as connection:
        still_open = ledger.lock_open(connection, [rejection.custody.mail_id for rejection in rejections])
        wanted = {one.custody.mail_id: one for one in rejections if one.custody.mail_id in still_open}
        catch_all, wants = connection.execute(_TENANT, {"tenant_id": tenant_id}).one()
        ends = [_end(rejection, catch_all) for rejection in wanted.values()]
        ledger.end(connection, ends)
        if forwards := [_forward(tenant_id, one, catch_all) for one in ends if one.state is MailState.FORWARDING]:
            connection.execute(_INSERT_OUTBOX, forwards)
        done = {one.mail_id: _DISPOSITIONS[one.state] for one in ends}
        receipts.of_rejections(connection, Receipts(wants), list(wanted.values()), done)
    return [None] * len(rejections)


def _end(rejection: Rejection, catch_all: str) -> End:
    disposition = REASONS[rejection.reason].disposition
    if disposition is Disposition.FORWARD and not catch_all:
        disposition = Disposition.HOLD
    return End(
        rejection.custody.mail_id,
        _STATES[disposition],
        reason=rejection.reason,
        evidence=rejection.evidence,
        author=rejection.author,
        subject=rejection.subject,
    )


def _forward(tenant_id: UUID, forwarded: End, catch_all: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "tenant_id": tenant_id,
        "kind": OutboxKind.CATCH_ALL,
        "mail_id": forwarded.mail_id,
        "to_email": catch_all,
        "state": OutboxState.WAITING,
        "attempts": 0,
        "created_at": now(),
        "due_at": now(),
        "error": "",
    }
