"""Batches and leases: the rows that a fetch opens and closes, as the system role."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.records import FetchOrder
from schemas.tables import PUSHING, SourceKind, new_id

#: Seconds after which a fetch that was ordered and not heard of may be ordered again.
LEASE_SECONDS = 900
#: Seconds after which the batch of a fetcher that died is closed for it.
ABANDONED_SECONDS = 1_200


class LeaseLostError(Exception):
    """Another fetch of this source has begun: this one must stop and take nothing more."""


_DUE = text("""
update sources set lease = lease + 1, leased_until = now() + make_interval(secs => :lease_seconds),
    next_at = now() + make_interval(secs => period_seconds)
where id in (
    select id from sources
    where active and kind <> all(:pushing) and next_at <= now() and (leased_until is null or leased_until < now())
    order by next_at for update skip locked
)
returning id, lease
""")


def due(connection: Connection) -> list[FetchOrder]:
    """Claims the sources whose time has come; returns the orders to emit once this is committed."""
    rows = connection.execute(_DUE, {"lease_seconds": LEASE_SECONDS, "pushing": sorted(PUSHING)})
    return [FetchOrder(source_id=row.id, lease=row.lease) for row in rows]


_SOURCE = text("select kind, location, recipient_fields from sources where id = :id and lease = :lease for share")


def leased(connection: Connection, order: FetchOrder) -> Row[tuple[object, ...]]:
    """The source, if the order's lease is still the newest. Raises `LeaseLostError` otherwise."""
    row = connection.execute(_SOURCE, {"id": order.source_id, "lease": order.lease}).first()
    if row is None:
        raise LeaseLostError(f"source {order.source_id}: a newer fetch has begun")
    return row


_RELEASE = text("""
update sources set leased_until = null, failures = case when :error = '' then 0 else failures + 1 end,
    last_error = :error, last_success_at = case when :error = '' then now() else last_success_at end
where id = :id and lease = :lease
""")


def release(connection: Connection, order: FetchOrder, error: str = "") -> None:
    """Gives the lease back and notes how the fetch went."""
    connection.execute(_RELEASE, {"id": order.source_id, "lease": order.lease, "error": error[:500]})


_OPEN = text("insert into batches (id, source_id, started_at) values (:id, :source_id, :started_at)")
_CLOSE = text("update batches set closed_at = now() where id = :id and closed_at is null")
_CLOSE_ABANDONED = text("""
update batches set closed_at = now()
where finished_at is null and closed_at is null and started_at < now() - make_interval(secs => :seconds)
""")


def open_batch(connection: Connection, source_id: UUID, started_at: datetime) -> UUID:
    """A new batch of the source; `started_at` is when the fetch began."""
    batch_id = new_id()
    connection.execute(_OPEN, {"id": batch_id, "source_id": source_id, "started_at": started_at})
    return batch_id


def close_batch(connection: Connection, batch_id: UUID) -> None:
    """No more mail comes into the batch: it is finished when its last mail has ended."""
    connection.execute(_CLOSE, {"id": batch_id})


def close_abandoned(connection: Connection) -> None:
    """Closes batches whose fetcher has died."""
    connection.execute(_CLOSE_ABANDONED, {"seconds": ABANDONED_SECONDS})


_SOURCE_ROW = text("""
insert into sources (id, kind, name, location, recipient_fields, period_seconds, active, next_at, lease, failures,
    last_error, options)
values (:id, :kind, :name, :location, :fields, :period, true, now(), 0, 0, '', '{}')
on conflict (name) do update set location = excluded.location, period_seconds = excluded.period_seconds
returning id
""")


def ensure_source(
    connection: Connection,
    kind: SourceKind,
    name: str,
    *,
    location: str = "",
    recipient_fields: str = "Delivered-To,X-Original-To",
    period_seconds: int = 300,
) -> UUID:
    """The source of this name, made if there is none."""
    values = {
        "id": new_id(),
        "kind": kind,
        "name": name,
        "location": location,
        "fields": recipient_fields,
        "period": period_seconds,
    }
    source_id: UUID = connection.execute(_SOURCE_ROW, values).scalar_one()
    return source_id


_TENANT_OF = text("select tenant_id from sources where id = :id")


def tenant_of_source(connection: Connection, source_id: UUID) -> UUID | None:
    """The tenant that the source takes mail for alone; None when it takes mail for all."""
    found: UUID | None = connection.execute(_TENANT_OF, {"id": source_id}).scalar_one()
    return found
