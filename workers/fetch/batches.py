"""Batches and leases: the rows that a fetch opens and closes, as the system role."""

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.errors import CasemailError
from schemas.mailboxes import check_fields, check_name
from schemas.records import FetchOrder
from schemas.tables import EMPTY_BATCH, PUSHING, OldMails, SourceKind, new_id
from workers.fetch.mailbox.source import SourceRow

#: Seconds after which a fetch that was ordered and not heard of may be ordered again; a running one renews its lease.
LEASE_SECONDS = 60
#: Seconds after which the batch of a fetcher that died is closed for it.
ABANDONED_SECONDS = 1_200
#: Most sources of one tenant that are fetched at a time: hanging servers of one delay no other.
TENANT_MOST = 8


class LeaseLostError(CasemailError):
    """Another fetch of this source has begun: this one must stop and take nothing more."""


_DUE = text("""
with busy as (
    select tenant_id, count(*) as fetches from sources
    where tenant_id is not null and leased_until >= now() group by tenant_id
), ready as (
    select s.id, case when s.tenant_id is null then 0
        else coalesce(b.fetches, 0) + row_number() over (partition by s.tenant_id order by s.next_at, s.id) end as place
    from sources s left join busy b on b.tenant_id = s.tenant_id left join tenants t on t.id = s.tenant_id
    where s.active and s.paused_for = '' and s.kind <> all(:pushing) and s.next_at <= now()
      and (s.leased_until is null or s.leased_until < now()) and (s.tenant_id is null or t.active)
)
update sources set lease = lease + 1, leased_until = now() + make_interval(secs => :lease_seconds),
    next_at = now() + make_interval(secs => period_seconds)
where id in (
    select s.id from sources s join ready r on r.id = s.id
    where r.place <= :tenant_most and s.next_at <= now() and (s.leased_until is null or s.leased_until < now())
    order by s.next_at for update of s skip locked
)
returning id, lease
""")


def due(connection: Connection) -> list[FetchOrder]:
    """Claims the sources whose time has come; returns the orders to emit once this is committed."""
    values = {"lease_seconds": LEASE_SECONDS, "pushing": sorted(PUSHING), "tenant_most": TENANT_MOST}
    return [FetchOrder(source_id=row.id, lease=row.lease) for row in connection.execute(_DUE, values)]


_BEGIN = text("""
update sources set lease = lease + 1, leased_until = now() + make_interval(secs => :lease_seconds)
where id = :id and lease = :lease returning lease
""")


def begin(connection: Connection, order: FetchOrder) -> FetchOrder:
    """Has the fetch begin that was ordered; returns what it goes on under.

    An order that Kafka delivers twice begins once. What an earlier fetch left open is closed: that takes nothing more.
    Raises `LeaseLostError` when it has begun already, or a newer one has.
    """
    lease = connection.execute(_BEGIN, {**_of(order), "lease_seconds": LEASE_SECONDS}).scalar()
    if lease is None:
        raise LeaseLostError(f"source {order.source_id}: this fetch, or a newer one, has begun")
    connection.execute(_CLOSE_LEFT, {"id": order.source_id})
    return order.model_copy(update={"lease": lease})


_SOURCE = text("""
update sources set leased_until = now() + make_interval(secs => :lease_seconds) where id = :id and lease = :lease
returning id, tenant_id, kind, name, location, recipient_fields, period_seconds, options, secret, state, old_mails,
    since, last_success_at
""")


def leased(connection: Connection, order: FetchOrder) -> SourceRow:
    """The source, with the lease renewed, if the order's is still the newest. Raises `LeaseLostError` otherwise."""
    row = connection.execute(_SOURCE, {**_of(order), "lease_seconds": LEASE_SECONDS}).first()
    if row is None:
        raise LeaseLostError(f"source {order.source_id}: a newer fetch has begun")
    return source_row(row)


def source_row(row: Row[tuple[object, ...]]) -> SourceRow:
    """The record of a row that has its columns."""
    values: dict[str, Any] = {field.name: row._mapping[field.name] for field in fields(SourceRow)}
    kind, old_mails, secret = SourceKind(values["kind"]), OldMails(values["old_mails"]), values["secret"]
    return SourceRow(**{**values, "kind": kind, "old_mails": old_mails, "secret": secret and bytes(secret)})


_RENEW = text("""
update sources s set leased_until = now() + make_interval(secs => :lease_seconds)
from unnest(cast(:ids as uuid[]), cast(:leases as integer[])) o(id, lease) where s.id = o.id and s.lease = o.lease
""")


def renew(connection: Connection, orders: Collection[FetchOrder]) -> None:
    """Renews the leases of the fetches that run; one that is lost stays so."""
    values = {"ids": [order.source_id for order in orders], "leases": [order.lease for order in orders]}
    connection.execute(_RENEW, {**values, "lease_seconds": LEASE_SECONDS})


_RELEASE = text("""
update sources set leased_until = null, failures = case when :error = '' then 0 else failures + 1 end,
    failing_since = case when :error = '' then null else coalesce(failing_since, now()) end,
    last_error = :error, last_success_at = case when :error = '' then now() else last_success_at end
where id = :id and lease = :lease
""")


def release(connection: Connection, order: FetchOrder, error: str = "") -> None:
    """Gives the lease back and notes how the fetch went. A fetch that did begin says more (watch.py)."""
    connection.execute(_RELEASE, {**_of(order), "error": error[:500]})


def _of(order: FetchOrder) -> dict[str, object]:
    return {"id": order.source_id, "lease": order.lease}


_OPEN = text("""
insert into batches (id, source_id, started_at, error) values (:id, :source_id, :started_at, '')
""")
_CLOSE = text("""
update batches set closed_at = now(), seen = greatest(seen, :seen, c.taken), taken = c.taken, duplicates = c.duplicates
from (
    select greatest(:taken, count(*)) as taken, count(*) filter (where known) as duplicates from (
        select bool_and(duplicate_of is not null) as known from mails where batch_id = :id group by source_ref) m
) c
where id = :id and closed_at is null returning batches.duplicates
""")
_EMPTY = text("""
insert into batches (id, source_id, started_at, closed_at, finished_at, seen, taken, duplicates, error)
values (:id, :source_id, :started_at, now(), now(), :seen, 0, 0, :error)
""")
_FAILED = text("update batches set error = :error where id = :id")
_FORGET = text(f"""
delete from batches where id in (
    select b.id from batches b where {EMPTY_BATCH} and started_at < now() - make_interval(days => :days)
      and not exists (select from mails where batch_id = b.id) limit :most)
""")  # noqa: S608  # only a constant of ours is put in
_CLOSE_OPEN = """
update batches b set closed_at = now(), (seen, taken) = (
    select greatest(b.seen, count(distinct source_ref)), count(distinct source_ref) from mails where batch_id = b.id)
where finished_at is null and closed_at is null and
"""
_CLOSE_ABANDONED = text(f"{_CLOSE_OPEN} started_at < now() - make_interval(secs => :seconds)")
_CLOSE_LEFT = text(f"{_CLOSE_OPEN} source_id = :id")


def open_batch(connection: Connection, source_id: UUID, started_at: datetime) -> UUID:
    """A new batch of the source; `started_at` is when the fetch began."""
    batch_id = new_id()
    connection.execute(_OPEN, {"id": batch_id, "source_id": source_id, "started_at": started_at})
    return batch_id


def close_batch(connection: Connection, batch_id: UUID, *, seen: int = 0, taken: int = 0) -> int:
    """No more mail comes into the batch: it is finished when its last mail has ended. Returns how many of its mails
    had come before."""
    duplicates: int | None = connection.execute(_CLOSE, {"id": batch_id, "seen": seen, "taken": taken}).scalar()
    return duplicates or 0


def note_empty(connection: Connection, source_id: UUID, started_at: datetime, *, seen: int, error: str) -> None:
    """Notes a fetch that took nothing: because there was nothing, or of an error."""
    values = {"id": new_id(), "source_id": source_id, "started_at": started_at, "seen": seen, "error": error}
    connection.execute(_EMPTY, values)


def note_error(connection: Connection, batch_id: UUID, error: str) -> None:
    """Notes what ended a fetch after it had begun to take mails."""
    connection.execute(_FAILED, {"id": batch_id, "error": error})


def forget_empty(connection: Connection, *, days: int, most: int) -> None:
    """Forgets fetches, `most` at a time, that found nothing so many days ago."""
    connection.execute(_FORGET, {"days": days, "most": most})


def close_abandoned(connection: Connection) -> None:
    """Closes batches whose fetcher has died."""
    connection.execute(_CLOSE_ABANDONED, {"seconds": ABANDONED_SECONDS})


_SOURCE_ROW = text("""
insert into sources (id, kind, name, location, recipient_fields, period_seconds, active, next_at, lease, failures,
    last_error, options)
values (:id, :kind, :name, :location, :fields, :period, true, now(), 0, 0, '', cast(:options as jsonb))
on conflict (tenant_id, name) do update set location = excluded.location, period_seconds = excluded.period_seconds
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
    options: Mapping[str, object] | None = None,
) -> UUID:
    """The source of this name, made if there is none. Raises ValueError for what can't be a name, or a field's."""
    check_name(name)
    check_fields(recipient_fields)
    values = {
        "id": new_id(),
        "kind": kind,
        "name": name,
        "location": location,
        "fields": recipient_fields,
        "period": period_seconds,
        "options": json.dumps(dict(options or {})),
    }
    source_id: UUID = connection.execute(_SOURCE_ROW, values).scalar_one()
    return source_id


_TENANT_OF = text("select tenant_id from sources where id = :id")


def tenant_of_source(connection: Connection, source_id: UUID) -> UUID | None:
    """The tenant that the source takes mail for alone; None when it takes mail for all."""
    found: UUID | None = connection.execute(_TENANT_OF, {"id": source_id}).scalar_one()
    return found
