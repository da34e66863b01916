"""Conservation: for each tenant, received = posted + forwarded + held + dropped + in flight."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Conservation:
    """How many mails of one tenant are in which place.

    `received` is summed up from the table `intake`, not from the ledger; `posted` counts updates; `forwarded` counts
    forwards that the outbox has sent. So a ledger row that claims something that did not happen shows as an unaccounted
    mail. `held_since` and `in_flight_since` are when the oldest of these mails was received.
    """

    tenant: str
    received: int
    posted: int
    forwarded: int
    held: int
    dropped: int
    in_flight: int
    held_since: datetime | None
    in_flight_since: datetime | None

    @property
    def unaccounted(self) -> int:
        """Mails that were received and are nowhere; if negative, mails that were never received. Must be 0."""
        return self.received - self.posted - self.forwarded - self.held - self.dropped - self.in_flight


# Grouped table by table: a query for each tenant would cost tenants times updates. Of the ledger it reads only partial
# indexes, each with the few mails of one state; posted mails are counted as updates.
_CONSERVATION = text("""
with taken as (select tenant_id, sum(taken)::bigint as received from intake group by tenant_id),
posts as (select tenant_id, count(*) as posted from updates where mail_id is not null group by tenant_id),
forwards as (
    select tenant_id, count(*) as forwarded from mails m where state = 'forwarded' and exists (
        select 1 from outbox o where o.mail_id = m.id and o.kind = 'catch_all' and o.state = 'sent')
    group by tenant_id
),
holds as (
    select tenant_id, count(*) as held, min(received_at) as held_since from mails where state = 'held'
    group by tenant_id
),
drops as (select tenant_id, count(*) as dropped from mails where state = 'dropped' group by tenant_id),
moves as (
    select tenant_id, count(*) as in_flight, min(received_at) as in_flight_since from (
        select tenant_id, received_at from mails where state = 'waiting'
        union all select tenant_id, received_at from mails where state = 'moving'
        union all select tenant_id, received_at from mails where state = 'forwarding') m
    group by tenant_id
)
select t.slug, coalesce(received, 0), coalesce(posted, 0), coalesce(forwarded, 0), coalesce(held, 0),
    coalesce(dropped, 0), coalesce(in_flight, 0), held_since, in_flight_since
from tenants t left join taken on taken.tenant_id = t.id left join posts on posts.tenant_id = t.id
left join forwards on forwards.tenant_id = t.id left join holds on holds.tenant_id = t.id
left join drops on drops.tenant_id = t.id left join moves on moves.tenant_id = t.id order by t.slug
""")


def conservation(connection: Connection) -> list[Conservation]:
    """Returns the counts of every tenant, from one snapshot."""
    return [Conservation(*row) for row in connection.execute(_CONSERVATION)]
