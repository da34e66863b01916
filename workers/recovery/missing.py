"""Handles mails whose original is missing in the blob store, and finds files of updates that are."""

from collections.abc import Sequence
from uuid import UUID

from schemas.tables import MailState
from storage import recovered_rows
from storage.ledger import recovery
from storage.ledger.recovery import LedgerMail
from storage.resources import Resources
from workers.recovery.report import Report

#: States of mails that still need their original.
_NEED_IT = frozenset({MailState.WAITING, MailState.MOVING, MailState.FORWARDING, MailState.HELD})


def settle(
    resources: Resources,
    tenant_id: UUID,
    missing: Sequence[LedgerMail],
    back: Sequence[LedgerMail],
    report: Report,
    *,
    dry: bool,
) -> None:
    """Holds the open mails whose original is missing, and lets those go on that have it again."""
    needed = [row for row in missing if row.state in _NEED_IT]
    report.held += len(needed)
    report.ended += len(missing) - len(needed)
    report.back += len(back)
    for row in needed:
        report.note(f"original missing: mail {row.id} of tenant {tenant_id}, {row.state} {row.reason}".rstrip())
    if dry:
        return
    for owner in {row.tenant_id for row in (*needed, *back)}:  # the operator may have mails of another tenant's folder
        with resources.database.tenant(owner) as connection:
            recovery.hold_missing(connection, [row.id for row in needed if row.tenant_id == owner])
            recovery.put_back(connection, [row.id for row in back if row.tenant_id == owner])


def find_files(resources: Resources, tenant_id: UUID, report: Report) -> None:
    """Notes the files of the tenant's updates that the blob store does not have."""
    with resources.database.tenant(tenant_id) as connection:
        rows = recovered_rows.files(connection)
    if not rows:
        return
    there = {file.name for file in resources.blobs.files.walk(str(tenant_id)) if not file.is_raw}
    for row in rows:
        if row.blob not in there:
            report.files += 1
            report.note(f"file missing: {row.name!r} of update {row.update_id} of tenant {tenant_id}")
