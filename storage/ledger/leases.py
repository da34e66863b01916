"""Leases: which fetch may take mails from a source. For the system role, across tenants.

Each order to fetch a source, and the start of that fetch, increase the source's lease number. Only a fetch with the
newest number may take mails; any other fetch gets `LeaseLostError`. A lease expires, so that a source whose fetch died
is fetched again.
"""

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import Connection, Row, text

from schemas.errors import CasemailError
from schemas.records import FetchOrder
from schemas.tables import PUSHING, OldMails
from storage.ledger import batches
from storage.source_rows import COLUMNS, SourceRow, source_row

#: Seconds after which a lease expires and the source may be ordered again; a running fetch renews its lease.
LEASE_SECONDS = 60
#: Most sources of one tenant that are fetched at a time, so that hanging servers of one tenant delay no other tenant.
TENANT_MOST = 8


class LeaseLostError(CasemailError):
    """Another fetch of this source has begun: this fetch must stop and take no more mails."""


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
    """Leases the sources that are due. Returns the orders to fetch them, to be emitted after the commit."""
    values = {"lease_seconds": LEASE_SECONDS, "pushing": sorted(PUSHING), "tenant_most": TENANT_MOST}
    return [FetchOrder(source_id=row.id, lease=row.lease) for row in connection.execute(_DUE, values)]


_BEGIN = text("""
update sources set lease = lease + 1, leased_until = now() + make_interval(secs => :lease_seconds)
where id = :id and lease = :lease returning lease
""")


def begin(connection: Connection, order: FetchOrder) -> FetchOrder:
    """Begins an ordered fetch. Returns the order with the new lease number, which the fetch must use from now on.

    If Kafka delivers an order twice, it begins once. Batches that an earlier fetch left open are closed, since that
    fetch can take no more mails. Raises `LeaseLostError` if this fetch, or a newer one, has begun already."""
    lease = connection.execute(_BEGIN, {**_of(order), "lease_seconds": LEASE_SECONDS}).scalar()
    if lease is None:
        raise LeaseLostError(f"source {order.source_id}: this fetch, or a newer one, has begun")
    batches.close_left(connection, order.source_id)
    return order.model_copy(update={"lease": lease})


_LEASED = text(f"""
update sources set leased_until = now() + make_interval(secs => :lease_seconds) where id = :id and lease = :lease
returning {COLUMNS}
""")  # noqa: S608  # only our own names are inserted


def leased(connection: Connection, order: FetchOrder) -> SourceRow:
    """Renews the lease of an order and returns its source. Raises `LeaseLostError` if there is a newer lease."""
    row = connection.execute(_LEASED, {**_of(order), "lease_seconds": LEASE_SECONDS}).first()
    if row is None:
        raise LeaseLostError(f"source {order.source_id}: a newer fetch has begun")
    return source_row(row)


_RENEW = text("""
update sources s set leased_until = now() + make_interval(secs => :lease_seconds)
from unnest(cast(:ids as uuid[]), cast(:leases as integer[])) o(id, lease) where s.id = o.id and s.lease = o.lease
""")


def renew(connection: Connection, orders: Collection[FetchOrder]) -> None:
    """Renews the leases of running fetches, except leases that are lost already."""
    values = {"ids": [order.source_id for order in orders], "leases": [order.lease for order in orders]}
    connection.execute(_RENEW, {**values, "lease_seconds": LEASE_SECONDS})


_RELEASE = text("""
update sources set leased_until = null, failures = failures + 1, failing_since = coalesce(failing_since, now()),
    last_error = :error
where id = :id and lease = :lease
""")


def release(connection: Connection, order: FetchOrder, error: str) -> None:
    """Ends the lease of a fetch that did not begin, or could not call `finish`, and records the error."""
    connection.execute(_RELEASE, {**_of(order), "error": error[:500]})


_FINISH = text("""
update sources set leased_until = null, last_error = :error, state = cast(:state as jsonb),
    failures = case when :good then 0 else failures + 1 end,
    login_failures = case when :good then 0 when :refused then login_failures + 1 else login_failures end,
    failing_since = case when :good then null else coalesce(failing_since, now()) end,
    paused_for = case when :refused and login_failures + 1 >= :most_refused then 'login' else paused_for end,
    last_success_at = case when :good then now() else last_success_at end,
    left_behind = case when :good then :left else left_behind end,
    withheld = case when :good then :withheld else withheld end,
    next_at = case when :more then now() else next_at end,
    old_mails = coalesce(cast(:old_mails as text), old_mails),
    old_count = case when cast(:old_mails as text) = 'asked' then :old_count else old_count end
where id = :id and lease = :lease
returning id, tenant_id, name, paused_for, last_error, failing_since, told_at, now() - failing_since as failing
""")


def finish(
    connection: Connection,
    order: FetchOrder,
    *,
    error: str,
    refused: bool,
    most_refused: int,
    state: dict[str, Any],
    left: int,
    withheld: int,
    more: bool,
    old_mails: OldMails | None,
    old_count: int,
) -> Row[Any]:
    """Ends the lease and records how the fetch went. Returns the values that alerts about the source need.

    `error` is empty for a success. After `most_refused` log-ins in a row that were `refused`, the source is paused; if
    `more` mails wait, it is due again at once. `left` and `withheld` count the mails that stayed at the source, and are
    recorded for a success only. `old_mails`, if given, replaces the decision on the `old_count` mails that were in the
    mailbox before it became a source. Raises `LeaseLostError` if there is a newer lease."""
    values = {
        **_of(order),
        "error": error,
        "good": not error,
        "refused": refused,
        "most_refused": most_refused,
        "state": orjson.dumps(state).decode(),
        "left": left,
        "withheld": withheld,
        "more": more,
        "old_mails": old_mails,
        "old_count": old_count,
    }
    row = connection.execute(_FINISH, values).first()
    if row is None:
        raise LeaseLostError(f"source {order.source_id}: a newer fetch has begun")
    return row


def _of(order: FetchOrder) -> dict[str, object]:
    return {"id": order.source_id, "lease": order.lease}
