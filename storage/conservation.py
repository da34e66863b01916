"""Conservation: per tenant, received = posted + forwarded + held + dropped + in flight, and nothing unaccounted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Conservation:
    """Where the mails of one tenant are, in numbers; `received` is counted apart from the ledger, `posted` by the
    updates, and `forwarded` only where the outbox has sent it, so that a row which claims what did not happen shows as
    unaccounted. `held_since` and `in_flight_since` are when the oldest of each came in."""

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
        """Must be zero: mails taken in that are nowhere (or, negative, mails from nowhere)."""
        return self.received - self.posted - self.forwarded - self.held - self.dropped - self.in_flight


_CONSERVATION = text("""
select t.slug,
    coalesce((select sum(taken) from intake i where i.tenant_id = t.id), 0)::bigint,
    (select count(*) from updates u where u.tenant_id = t.id and u.mail_id is not null),
    count(m.id) filter (where m.state = 'forwarded' and exists (
        select 1 from outbox o where o.mail_id = m.id and o.kind = 'catch_all' and o.state = 'sent')),
    count(m.id) filter (where m.state = 'held'),
    count(m.id) filter (where m.state = 'dropped'),
    count(m.id) filter (where m.ended_at is null),
    min(m.received_at) filter (where m.state = 'held'),
    min(m.received_at) filter (where m.ended_at is null)
from tenants t left join mails m on m.tenant_id = t.id
group by t.id order by t.slug
""")


def conservation(connection: Connection) -> list[Conservation]:
    """The conservation line of every tenant, in one snapshot."""
    return [Conservation(*row) for row in connection.execute(_CONSERVATION)]
