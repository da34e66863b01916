"""Delivery reports, noted at the recipient of the update whose notice did not arrive.

A report names its recipient by what only our mail has: it came to that recipient's own reply address, which is the
envelope sender of their notice, or it quotes the fingerprint of the notice. What else it says proves nothing.
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
    """A report that came in at a time; `address` is what its envelope recipient names, if we gave that out."""

    report: DeliveryReport
    address: Address | None
    at: datetime


# in the scope of the tenant, so that no report reaches another's; that a server goes on trying is older news than that
# it gave up
_NOTE = text("""
update update_recipients
set bounced_at = :at, bounced_address = :address, bounce_permanent = :permanent, bounce_words = :words
where (handle = :handle or id = :id) and (:permanent or bounce_permanent is not true)
""")


def note(connection: Connection, arrived: Sequence[Arrived], keys: Keys) -> None:
    """Notes what the reports say at the recipients whom they prove to be about; the same report twice changes nothing.

    Of a report that names several addresses (a list that the recipient's address stands for) the first failure for good
    is noted, else the first.
    """
    notes = [found for one in arrived if (found := _of(one, keys)) is not None]
    if notes:
        connection.execute(_NOTE, notes)


def _of(arrived: Arrived, keys: Keys) -> dict[str, object] | None:
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
    """The handle or the id of a line of the recipient log; the address decides where it names one."""
    if arrived.address is not None:
        return (arrived.address.handle, None) if arrived.address.kind is AddressKind.REPLY else (None, None)
    own = read_mark(keys, arrived.report.own_mark)
    return None, own.row_id if own is not None and own.kind is OwnKind.NOTICE else None
