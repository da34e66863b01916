"""The deadletter stage."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.audit import Act
from cases.inbound import dispositions, forwarded_updates, receipts
from schemas.reasons import Disposition, Reason
from schemas.records import Rejection
from schemas.tables import MailState, OutboxKind, Receipts
from storage import outbox
from storage.ledger import copies, decided, endings
from storage.ledger.endings import End
from storage.resources import Resources
from workers import canaries

_TENANT = text("""
select catch_all, receipts, (
    select coalesce(jsonb_object_agg(reason, disposition), '{}') from dispositions where tenant_id = t.id) as chosen
from tenants t where id = :tenant_id
""")
_SENT_BEFORE = text("""
select distinct mail_id from outbox where mail_id = any(:ids) and kind = 'catch_all' and state = 'sent'
""")
# locked: whoever switches replies on waits for the mails that are being held just now, or these see it
_REPLIES_ON = text("select replies_on from tenants where id = :tenant_id for share")
_STATES = {
    Disposition.FORWARD: MailState.FORWARDING,
    Disposition.HOLD: MailState.HELD,
    Disposition.DROP: MailState.DROPPED,
}
_DISPOSITIONS = {state: disposition for disposition, state in _STATES.items()} | {
    MailState.FORWARDED: Disposition.FORWARD  # in an earlier run
}


def settle(rejections: Sequence[Rejection], resources: Resources) -> list[None]:
    """Gives rejected mails of one tenant their end states; one to be forwarded goes to the outbox, and ends when it
    is sent."""
    tenant_id = rejections[0].custody.tenant_id
    with resources.database.tenant(tenant_id) as connection:
        still_open = endings.lock_open(connection, [rejection.custody for rejection in rejections])
        wanted = {one.custody.mail_id: one for one in rejections if one.custody.mail_id in still_open}
        _let_in(connection, tenant_id, wanted)
        wanted |= _erased_before(connection, wanted)
        tenant = connection.execute(_TENANT, {"tenant_id": tenant_id}).one()
        states = _states(connection, list(wanted.values()), tenant)
        told = forwarded_updates.evidence(connection, resources.settings.secrets.address_keys, list(wanted.values()))
        ends = [_end(one, states[mail_id], told.get(mail_id, {})) for mail_id, one in wanted.items()]
        endings.end(connection, ends)
        endings.erase_again(connection, [one.mail_id for one in ends if one.reason is Reason.ERASED])
        canaries.arrived(connection, resources.settings.secrets.address_keys, list(wanted.values()))
        forwarded = [one.mail_id for one in ends if one.state is MailState.FORWARDING]
        forwards = [{"mail_id": mail_id, "to_email": tenant.catch_all} for mail_id in forwarded]
        outbox.put(connection, tenant_id, OutboxKind.CATCH_ALL, forwards)
        audit.record(connection, [_thrown_away(tenant_id, one) for one in ends if _is_thrown_away(one)])
        done = {one.mail_id: _DISPOSITIONS[one.state] for one in ends}
        receipts.of_rejections(connection, Receipts(tenant.receipts), list(wanted.values()), done)
    return [None] * len(rejections)


def would_be(connection: Connection, rejection: Rejection) -> MailState:
    """Where a mail rejected so would go; one that would be forwarded counts as forwarded."""
    tenant = connection.execute(_TENANT, {"tenant_id": rejection.custody.tenant_id}).one()
    state = _state(rejection, tenant)
    return MailState.FORWARDED if state is MailState.FORWARDING else state


def _let_in(connection: Connection, tenant_id: UUID, rejections: dict[UUID, Rejection]) -> None:
    """Takes out those that found replies off, if these are on again by now: they go back in line."""
    off = {mail_id: one for mail_id, one in rejections.items() if one.reason is Reason.REPLIES_OFF}
    if off and connection.execute(_REPLIES_ON, {"tenant_id": tenant_id}).scalar_one():
        decided.put_in_line(connection, list(off))
        for mail_id in off:
            del rejections[mail_id]


def _erased_before(connection: Connection, rejections: Mapping[UUID, Rejection]) -> dict[UUID, Rejection]:
    """Those of which a copy was erased: for whatever reason they don't post, nothing of them is kept again."""
    gone = copies.erased(connection, list(rejections))
    return {
        mail_id: Rejection(
            custody=rejections[mail_id].custody, reason=Reason.ERASED, evidence={"first came in as": str(first)}
        )
        for mail_id, first in gone.items()
    }


def _states(connection: Connection, rejections: Sequence[Rejection], tenant: Row[Any]) -> dict[UUID, MailState]:
    """Where each mail goes. One that a person accepted, and that fails all the same, waits for them; of one that was
    forwarded in an earlier run no second copy is sent."""
    states = {one.custody.mail_id: _state(one, tenant) for one in rejections}
    again = [one.custody.mail_id for one in rejections if one.custody.run]
    sent = connection.execute(_SENT_BEFORE, {"ids": again}).scalars() if again else ()
    forwarded = {mail_id: MailState.FORWARDED for mail_id in sent if states[mail_id] is MailState.FORWARDING}
    return states | forwarded


def _state(rejection: Rejection, tenant: Row[Any]) -> MailState:
    wanted = dispositions.disposition(rejection.reason, tenant.chosen)
    if rejection.reason is Reason.ERASED:  # whatever a person decided of it before
        return MailState.DROPPED
    if rejection.custody.override or (wanted is Disposition.FORWARD and not tenant.catch_all):
        wanted = Disposition.HOLD
    return _STATES[wanted]


def _end(rejection: Rejection, state: MailState, more: Mapping[str, str]) -> End:
    return End(
        rejection.custody.mail_id,
        state,
        reason=rejection.reason,
        evidence={**rejection.evidence, **more},
        author=rejection.author,
        subject=rejection.subject,
    )


def _is_thrown_away(one: End) -> bool:
    """Whether the tenant's own choice, not the mail, is why nobody will see it."""
    return one.state is MailState.DROPPED and one.reason is Reason.REPLIES_OFF


def _thrown_away(tenant_id: UUID, one: End) -> Act:
    return Act(tenant_id, None, "mail.discarded", one.mail_id, {"reason": Reason.REPLIES_OFF})
