"""Carries out erasures again that came after the backup: what was erased must not come back with it."""

from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection

from cases.erasure.erase import NotErasableError, erase
from storage import erasure_log, recovered_rows
from storage.erasure_log import ErasedMail, LoggedErasure
from storage.ledger import recovery
from storage.ledger.entries import NewMail
from storage.resources import Resources
from workers.recovery.report import Report


def repeat(resources: Resources, report: Report, *, dry: bool) -> None:
    """Repeats the logged erasures that the database does not have, each in a transaction."""
    with resources.database.system() as connection:
        tenants = recovery.tenants(connection)
        left = [
            logged
            for logged in erasure_log.read(resources.blobs)
            if logged.tenant_id in tenants and not erasure_log.is_done(connection, logged.id)
        ]
    for logged in left:
        report.erasures += 1
        if dry:
            report.note(f"to be erased again: {len(logged.mails)} mails, erased on {logged.at:%Y-%m-%d %H:%M}Z")
        else:
            _mark(resources, logged)
            with resources.database.tenant(logged.tenant_id) as connection:
                _repeat(connection, logged, report)


def _mark(resources: Resources, logged: LoggedErasure) -> None:
    """Writes marks of the erased mails that the ledger does not know, and ends those that it has as open."""
    with resources.database.system() as connection:
        known = recovery.known(connection, [mail.id for mail in logged.mails])
        recovery.end_erased(connection, sorted(known))
        new = sorted((mail for mail in logged.mails if mail.id not in known), key=_batch)
        for batch_id, mails in groupby(new, key=_batch):
            recovery.take_erased(connection, batch_id, [_mark_of(logged.tenant_id, mail) for mail in mails])


def _batch(mail: ErasedMail) -> UUID:
    return mail.batch_id


def _mark_of(tenant_id: UUID, mail: ErasedMail) -> NewMail:
    return NewMail(
        id=mail.id,
        tenant_id=tenant_id,
        content_key=mail.content_key,
        source_ref=f"erased {mail.id}",
        raw="",
        size=0,
        recipient="@",
        sender="",
        received_at=mail.received_at,
    )


def _repeat(connection: Connection, logged: LoggedErasure, report: Report) -> None:
    for address in recovered_rows.addresses(connection, logged.user_id, [mail.id for mail in logged.mails]):
        try:
            erase(connection, logged.tenant_id, address, by=None, updates=logged.updates, account=logged.account)
        except NotErasableError as error:
            report.note(f"erasure {logged.id} of tenant {logged.tenant_id} must be done by hand: {error}")
    recovered_rows.note_erasure(connection, logged)
