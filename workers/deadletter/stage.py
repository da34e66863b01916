"""The deadletter stage: sets the end state of each rejected mail."""

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from cases import audit
from cases.audit import Act
from cases.inbound import dispositions, forwarded_updates, receipts
from cases.inbound.dispositions import Policy
from schemas.reasons import Disposition, Reason
from schemas.records import Rejection
from schemas.tables import MailState, OutboxKind
from storage import outbox
from storage.ledger import copies, decided, endings
from storage.ledger.endings import End
from storage.resources import Resources
from workers import canaries, mail_log

_STATES = {
    Disposition.FORWARD: MailState.FORWARDING,
    Disposition.HOLD: MailState.HELD,
    Disposition.DROP: MailState.DROPPED,
    Disposition.POST: MailState.HELD,  # the tenant chose it after the rules had rejected the mail
}
_DISPOSITIONS = {
    MailState.FORWARDING: Disposition.FORWARD,
    MailState.FORWARDED: Disposition.FORWARD,  # in an earlier run
    MailState.HELD: Disposition.HOLD,
    MailState.DROPPED: Disposition.DROP,
}


def settle(rejections: Sequence[Rejection], resources: Resources) -> list[None]:
    """Sets the end states of rejected mails of one tenant.

    A mail to be forwarded is put into the outbox; it ends when the forward is sent.
    """
    begun = time.perf_counter()
    tenant_id = rejections[0].custody.tenant_id
    keys = resources.settings.secrets.address_keys
    with resources.database.tenant(tenant_id) as connection:
        still_open = endings.lock_open(connection, [rejection.custody for rejection in rejections])
        open_rejections = {
            rejection.custody.mail_id: rejection for rejection in rejections if rejection.custody.mail_id in still_open
        }
        _requeue(connection, tenant_id, open_rejections)
        open_rejections |= _erased_before(connection, open_rejections)
        settled = list(open_rejections.values())
        policy = dispositions.policy(connection, tenant_id)
        states = _states(connection, settled, policy)
        more = forwarded_updates.evidence(connection, keys, settled)
        ends = [
            _end(rejection, states[mail_id], more.get(mail_id, {})) for mail_id, rejection in open_rejections.items()
        ]
        endings.end(connection, ends)
        endings.erase_again(connection, [end.mail_id for end in ends if end.reason is Reason.ERASED])
        canaries.arrived(connection, keys, settled)
        runs = {rejection.custody.mail_id: rejection.custody.run for rejection in settled}
        sent_on = [end.mail_id for end in ends if end.state is MailState.FORWARDING]
        forwards = [
            {"id": outbox.forward_id(mail_id, runs[mail_id]), "mail_id": mail_id, "to_email": policy.catch_all}
            for mail_id in sent_on
        ]
        outbox.put(connection, tenant_id, OutboxKind.CATCH_ALL, forwards)
        audit.record(connection, [_discarded(tenant_id, end) for end in ends if _is_discarded(end)])
        done = {end.mail_id: _DISPOSITIONS[end.state] for end in ends}
        receipts.of_rejections(connection, policy.receipts, settled, done)
    ms = (time.perf_counter() - begun) * 1000
    for rejection, each in zip(settled, ends, strict=True):
        mail_log.ended("deadletter", rejection.custody, each.state, each.reason, ms, len(rejections))
    return [None] * len(rejections)


def would_be(connection: Connection, rejection: Rejection) -> MailState:
    """Returns the end state that a mail with this rejection would get."""
    state = _state(rejection, dispositions.policy(connection, rejection.custody.tenant_id))
    return MailState.FORWARDED if state is MailState.FORWARDING else state


def _requeue(connection: Connection, tenant_id: UUID, rejections: dict[UUID, Rejection]) -> None:
    """Queues the mails again that were rejected because replies were off, if replies are on by now; removes them from
    `rejections`."""
    off = [mail_id for mail_id, rejection in rejections.items() if rejection.reason is Reason.REPLIES_OFF]
    if off and dispositions.replies_are_on(connection, tenant_id):
        decided.put_in_queue(connection, off)
        for mail_id in off:
            del rejections[mail_id]


def _erased_before(connection: Connection, rejections: Mapping[UUID, Rejection]) -> dict[UUID, Rejection]:
    """Returns a rejection as ERASED for each mail of which a copy was erased, so that none of its content is kept."""
    gone = copies.erased(connection, list(rejections))
    return {
        mail_id: Rejection(
            custody=rejections[mail_id].custody, reason=Reason.ERASED, evidence={"first came in as": str(first)}
        )
        for mail_id, first in gone.items()
    }


def _states(connection: Connection, rejections: Sequence[Rejection], policy: Policy) -> dict[UUID, MailState]:
    """Returns the state of each mail, by mail id.

    A mail that a person accepted but that still fails is held for a person. A mail that was forwarded in an earlier run
    is not forwarded again.
    """
    states = {rejection.custody.mail_id: _state(rejection, policy) for rejection in rejections}
    sent = outbox.forwarded(
        connection, [rejection.custody.mail_id for rejection in rejections if rejection.custody.run]
    )
    forwarded = {mail_id: MailState.FORWARDED for mail_id in sent if states[mail_id] is MailState.FORWARDING}
    return states | forwarded


def _state(rejection: Rejection, policy: Policy) -> MailState:
    wanted = dispositions.disposition(rejection.reason, policy.chosen)
    if rejection.reason is Reason.ERASED:  # even if a person has decided on it before
        return MailState.DROPPED
    spared = wanted is Disposition.DROP and rejection.never_drop
    if rejection.custody.override or spared or (wanted is Disposition.FORWARD and not policy.catch_all):
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


def _is_discarded(end: End) -> bool:
    """Returns whether the mail is dropped by the tenant's choice, and not because of the mail itself."""
    return end.state is MailState.DROPPED and end.reason is Reason.REPLIES_OFF


def _discarded(tenant_id: UUID, end: End) -> Act:
    return Act(tenant_id, None, "mail.discarded", end.mail_id, {"reason": Reason.REPLIES_OFF})
