"""Notes in the recipient log that a notice could not be delivered, from delivery reports (bounces).

A report is matched to a recipient only by what our notice alone contains: it came to the recipient's own reply address,
which is the envelope sender of their notice, or it quotes the fingerprint of the notice. Anything else can be forged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.tokens import Address, AddressKind, Keys
from cases.outgoing.fingerprint import OwnKind, read_mark
from schemas.records import DeliveryReport


@dataclass(frozen=True)
class Arrived:
    """A delivery report and when it came in; `address` is its envelope recipient, if that is an address of ours."""

    report: DeliveryReport
    address: Address | None
    at: datetime


# in the scope of the tenant, so that a report can't change rows of another tenant; a delay never replaces a permanent
# failure: it came before the failure, even if it is reported later
_NOTE = text("""
update update_recipients
set bounced_at = :at, bounced_address = :address, bounce_permanent = :permanent, bounce_words = :words
where (handle = :handle or id = :id) and (:permanent or bounce_permanent is not true)
""")


def note(connection: Connection, arrived: Sequence[Arrived], keys: Keys) -> None:
    """Notes each failure in the row of the recipient that the report is proven to be about. Idempotent.

    Of a report on several addresses (the recipient's address may be a list) it notes the first permanent failure, or
    else the first failure.
    """
    notes = [found for report in arrived if (found := _note_of(report, keys)) is not None]
    if notes:
        connection.execute(_NOTE, notes)


def _note_of(arrived: Arrived, keys: Keys) -> dict[str, object] | None:
    handle, row_id = _recipient(arrived, keys)
    failures = sorted(arrived.report.failures, key=lambda failure: not failure.permanent)
    if not failures or (handle is None and row_id is None):
        return None
    first = failures[0]
    return {
        "at": arrived.at,
        "address": first.address,
        "permanent": first.permanent,
        "words": first.words,
        "handle": handle,
        "id": row_id,
    }


def _recipient(arrived: Arrived, keys: Keys) -> tuple[str | None, UUID | None]:
    """Returns the handle or the id of a row of the recipient log; an address of ours counts before the fingerprint."""
    if arrived.address is not None:
        return (arrived.address.handle, None) if arrived.address.kind is AddressKind.REPLY else (None, None)
    own = read_mark(keys, arrived.report.own_mark)
    return None, own.row_id if own is not None and own.kind is OwnKind.NOTICE else None
