"""Which rows of the outbox are due: claimed by the dispatcher, which sends an order for them."""

from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.records import SendOrder

#: Seconds after which rows that were ordered, but not worked off, are ordered again.
ORDER_SECONDS = 120
#: Most rows in one order: one connection to the mail server sends them.
ORDER_SIZE = 20

_CLAIM = text("""
update outbox set due_at = now() + make_interval(secs => :seconds)
where id in (
    select id from outbox where state = 'waiting' and due_at <= now() order by due_at limit :most
    for update skip locked
)
returning tenant_id, id
""")


def claim_due(connection: Connection, *, most: int) -> list[SendOrder]:
    """Claims due rows of all tenants, as the system role; returns the orders to emit once this is committed."""
    rows = sorted(tuple(row) for row in connection.execute(_CLAIM, {"seconds": ORDER_SECONDS, "most": most}))
    return [
        SendOrder(tenant_id=tenant_id, outbox_ids=chunk)
        for tenant_id, group in groupby(rows, key=lambda row: row[0])
        for chunk in _chunks([row_id for _, row_id in group])
    ]


def _chunks(ids: list[UUID]) -> list[tuple[UUID, ...]]:
    return [tuple(ids[start : start + ORDER_SIZE]) for start in range(0, len(ids), ORDER_SIZE)]
