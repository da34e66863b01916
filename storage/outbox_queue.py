"""Claims outbox rows that are due, as the system role, for the dispatcher to order their sending."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.records import SendOrder

#: Seconds after which rows that were ordered, but not sent, are ordered again.
ORDER_SECONDS = 120
#: The most rows in one order: one connection to the mail server sends them.
ORDER_SIZE = 20

_CLAIM = text("""
update outbox set due_at = now() + make_interval(secs => :seconds)
where id in (
    select id from outbox where state = 'waiting' and due_at <= now() order by due_at limit :most
    for update skip locked
)
returning tenant_id, id
""")

# if there are limits, one dispatcher at a time counts
_TURN = text("select pg_advisory_xact_lock(hashtextextended('outbox pace', 0)), date_trunc('minute', now()) as minute")
_DUE = text("""
select id, tenant_id, domain from outbox where state = 'waiting' and due_at <= now() order by due_at, id limit :most
for update skip locked
""")
_COUNTED = text("select key, claimed from outbox_pace where minute = :minute")
_FORGET = text("delete from outbox_pace where minute < :minute")
_COUNT = text("""
insert into outbox_pace (key, minute, claimed) values (:key, :minute, :claimed)
on conflict (key, minute) do update set claimed = outbox_pace.claimed + excluded.claimed
""")
_ORDERED = text("update outbox set due_at = now() + make_interval(secs => :seconds) where id = any(:ids)")
_LATER = text("update outbox set due_at = cast(:minute as timestamptz) + interval '1 minute' where id = any(:ids)")


_PROBE = text("""
update outbox set due_at = now() where id = (
    select id from outbox where state = 'waiting' and unreachable and due_at > now() order by due_at limit 1
    for update skip locked
)
""")
_ALL_AGAIN = text("update outbox set due_at = now() where state = 'waiting' and unreachable and due_at > now()")


def probe(connection: Connection) -> None:
    """Makes one of the mails due that found no mail server, so that sending it shows whether the server is back."""
    connection.execute(_PROBE)


def send_again(connection: Connection) -> int:
    """Makes all mails due that found no mail server. Returns how many."""
    return connection.execute(_ALL_AGAIN).rowcount


@dataclass(frozen=True)
class Limits:
    """The most mails in each minute of the clock, to one recipient domain and from one tenant; 0: no limit."""

    domain: int = 0
    tenant: int = 0


def claim_due(connection: Connection, *, most: int, limits: Limits = Limits()) -> list[SendOrder]:
    """Claims at most `most` due rows of all tenants. Returns the orders, to be emitted after the commit.

    Rows over a limit are due again in the next minute.
    """
    if limits == Limits():
        rows = [tuple(row) for row in connection.execute(_CLAIM, {"seconds": ORDER_SECONDS, "most": most})]
    else:
        rows = _claim_paced(connection, most, limits)
    return [
        SendOrder(tenant_id=tenant_id, outbox_ids=chunk)
        for tenant_id, group in groupby(sorted(rows), key=lambda row: row[0])
        for chunk in _chunks([row_id for _, row_id in group])
    ]


def _claim_paced(connection: Connection, most: int, limits: Limits) -> list[tuple[Any, ...]]:
    minute = connection.execute(_TURN).one().minute
    due = connection.execute(_DUE, {"most": most}).all()
    if not due:
        return []
    connection.execute(_FORGET, {"minute": minute})
    before: dict[str, int] = {row.key: row.claimed for row in connection.execute(_COUNTED, {"minute": minute})}
    picked, counts = _within(due, before, limits)
    ids = {row.id for row in picked}
    connection.execute(_ORDERED, {"ids": list(ids), "seconds": ORDER_SECONDS})
    connection.execute(_LATER, {"ids": [row.id for row in due if row.id not in ids], "minute": minute})
    if counts:
        connection.execute(_COUNT, [{"key": k, "minute": minute, "claimed": n} for k, n in sorted(counts.items())])
    return [(row.tenant_id, row.id) for row in picked]


def _within(due: Iterable[Row[Any]], before: Mapping[str, int], limits: Limits) -> tuple[list[Row[Any]], Counter[str]]:
    """Returns the rows within the limits, and the number of them for each key (`before` has the numbers so far)."""
    picked, counts = [], Counter[str]()
    for row in due:
        keys = ((f"domain {row.domain}", limits.domain), (f"tenant {row.tenant_id}", limits.tenant))
        if all(before.get(key, 0) + counts[key] < limit for key, limit in keys if limit):
            picked.append(row)
            counts.update(key for key, limit in keys if limit)
    return picked, counts


def _chunks(ids: Sequence[UUID]) -> list[tuple[UUID, ...]]:
    return [tuple(ids[start : start + ORDER_SIZE]) for start in range(0, len(ids), ORDER_SIZE)]
