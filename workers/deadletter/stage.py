"""The deadletter stage."""

from uuid import UUID

from sqlalchemy import Connection, insert, text

from schemas.reasons import REASONS, Disposition
from schemas.records import Rejection
from schemas.tables import MailState, Outbox, OutboxKind, OutboxState, core, new_id, now
from storage import ledger
from workers.house import House

_CATCH_ALL = text("select catch_all from tenants where id = :tenant_id")
_INSERT_OUTBOX = insert(core(Outbox))
_STATES = {
    Disposition.FORWARD: MailState.FORWARDING,
    Disposition.HOLD: MailState.HELD,
    Disposition.DROP: MailState.DROPPED,
}


def settle(rejection: Rejection, house: House) -> None:
    """Gives a rejected mail its end state; one to be forwarded goes to the outbox and ends when it is sent."""
    custody = rejection.custody
    with house.database.tenant(custody.tenant_id) as connection:
        catch_all = connection.execute(_CATCH_ALL, {"tenant_id": custody.tenant_id}).scalar_one()
        disposition = REASONS[rejection.reason].disposition
        if disposition is Disposition.FORWARD and not catch_all:
            disposition = Disposition.HOLD
        moved = ledger.end(
            connection,
            custody.mail_id,
            _STATES[disposition],
            reason=rejection.reason,
            evidence=rejection.evidence,
            author=rejection.author,
            subject=rejection.subject,
        )
        if moved and disposition is Disposition.FORWARD:
            _order_forward(connection, rejection, catch_all)


def _order_forward(connection: Connection, rejection: Rejection, catch_all: str) -> None:
    row: dict[str, str | int | UUID | object] = {
        "id": new_id(),
        "tenant_id": rejection.custody.tenant_id,
        "kind": OutboxKind.CATCH_ALL,
        "mail_id": rejection.custody.mail_id,
        "to_email": catch_all,
        "state": OutboxState.WAITING,
        "attempts": 0,
        "created_at": now(),
        "due_at": now(),
        "error": "",
    }
    connection.execute(_INSERT_OUTBOX, row)
