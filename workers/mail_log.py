"""The log of mails: one line for what happened to a mail at each step, one for each batch and each outgoing mail.

A line has ids and figures only: never a word of a mail, a name or an address. The lines of this logger are all written,
while other lines that repeat themselves are counted.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog

from schemas.reasons import Reason
from schemas.records import Custody, Record, Rejection
from schemas.tables import MailState
from workers import tracing

_log = structlog.get_logger("casemail.mails")


def entered(batch_id: UUID, mails: Sequence[tuple[UUID, UUID, int]], duplicates: Collection[UUID], ms: float) -> None:
    """Logs mails that are in custody now, each with its id, its tenant and its size in bytes.

    The ids in `duplicates` came in before, so these mails have ended at once. `ms` is the time of the whole group.
    """
    tracing.custody(batch_id, ms, [mail_id for mail_id, _, _ in mails])
    for mail_id, tenant_id, size in mails:
        outcome = "duplicate" if mail_id in duplicates else "in custody"
        _log.info(
            "mail", mail=mail_id, batch=batch_id, tenant=tenant_id, stage="custody", outcome=outcome, bytes=size, ms=ms
        )


def went_on(stage: str, custody: Custody, result: Record, to: str, ms: float, together: int) -> None:
    """Logs that a stage handed a mail on to the stage `to`, or rejected it. `ms` is the time of the message, which had
    `together` mails."""
    if isinstance(result, Rejection):
        _step(stage, custody, "rejected", result.reason, ms, together)
    else:
        _step(stage, custody, f"to {to}", None, ms, together)


def ended(stage: str, custody: Custody, state: MailState, reason: Reason | None, ms: float, together: int = 1) -> None:
    """Logs the end state of a mail, or that it is in the outbox, on its way to the catch-all."""
    _step(stage, custody, state.value, reason, ms, together)


def waits(stage: str, custody: Custody, outcome: str, ms: float) -> None:
    """Logs that a mail waits in the ledger again, with why."""
    _step(stage, custody, outcome, None, ms, 1)


def batch(batch_id: UUID, source_id: UUID | None, kind: str, ms: float, **counts: int) -> None:
    """Logs a batch that is closed, with the numbers of its mails."""
    tracing.batch(batch_id, kind, ms, counts)
    _log.info("batch", batch=batch_id, source=source_id, kind=kind, ms=round(ms), **counts)


def sent(tenant_id: UUID, outbox_id: UUID, kind: str, mail_id: UUID | None, ms: float) -> None:
    """Logs an outgoing mail that the mail server took; `mail_id` is the mail that it forwards or answers."""
    about = {"mail": mail_id} if mail_id else {}
    _log.info(
        "outgoing mail", outgoing=outbox_id, tenant=tenant_id, kind=kind, outcome="sent", ms=round(ms, 1), **about
    )


def _step(stage: str, custody: Custody, outcome: str, reason: Reason | None, ms: float, together: int) -> None:
    more: dict[str, object] = {"reason": reason.value} if reason else {}
    if together > 1:
        more["together"] = together
    _log.info(
        "mail",
        mail=custody.mail_id,
        batch=custody.batch_id,
        tenant=custody.tenant_id,
        stage=stage,
        outcome=outcome,
        ms=round(ms, 1),
        **more,
    )
