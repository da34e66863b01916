"""Compares what the blob store has of a tenant with the ledger, batch by batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from schemas.reasons import Reason
from storage.blobs.store import BlobMissingError
from storage.ledger import recovery
from storage.ledger.recovery import LedgerMail
from storage.resources import Resources
from workers.recovery import store
from workers.recovery.store import RawMail


@dataclass
class Comparison:
    """Of one tenant: raw mails that no row names (`unknown`); rows whose original is `missing`; rows that were held for
    that, and have it again (`back`); how many are `known` on both sides."""

    known: int = 0
    unknown: list[RawMail] = field(default_factory=list)
    missing: list[LedgerMail] = field(default_factory=list)
    back: list[LedgerMail] = field(default_factory=list)


def compare(resources: Resources, tenant_id: UUID, *, verify: bool) -> Comparison:
    """Compares the tenant's raw mails with its rows; with `verify`, also reads each original."""
    found = Comparison()
    in_store = store.batches(resources.blobs, tenant_id)
    for batch_id in in_store:
        with resources.database.system() as connection:
            rows = recovery.of_batch(connection, batch_id)
        _compare_batch(found, rows, list(store.mails(resources.blobs, tenant_id, batch_id)), tenant_id)
    with resources.database.system() as connection:
        in_ledger = recovery.batches_with_originals(connection, tenant_id)
        gone = [recovery.of_batch(connection, batch_id) for batch_id in sorted(in_ledger.difference(in_store))]
    for rows in gone:
        _compare_batch(found, rows, [], tenant_id)
    if verify:
        _verify(found, resources, tenant_id)
    return found


def _compare_batch(found: Comparison, rows: Sequence[LedgerMail], mails: Sequence[RawMail], tenant_id: UUID) -> None:
    starts = {store.start_of(row.raw) for row in rows if row.raw}
    there = {mail.start for mail in mails}
    found.unknown += [mail for mail in mails if mail.start not in starts]
    for row in rows:
        if not row.is_kept or not row.raw.startswith(f"{tenant_id}/"):
            continue
        if store.start_of(row.raw) not in there:
            found.missing.append(row)
        else:
            found.known += 1
            if row.reason == Reason.ORIGINAL_MISSING:
                found.back.append(row)


def _verify(found: Comparison, resources: Resources, tenant_id: UUID) -> None:
    """Moves the rows whose original is damaged to the missing."""
    with resources.database.system() as connection:
        batches = recovery.batches_with_originals(connection, tenant_id)
    lacking = {row.id for row in found.missing}
    for batch_id in sorted(batches):
        with resources.database.system() as connection:
            rows = recovery.of_batch(connection, batch_id)
        for row in rows:
            if row.is_kept and row.id not in lacking and row.raw.startswith(f"{tenant_id}/"):
                try:
                    resources.blobs.get(row.raw)
                except BlobMissingError:
                    found.missing.append(row)
                    found.known -= 1
    damaged = {row.id for row in found.missing}
    found.back = [row for row in found.back if row.id not in damaged]
