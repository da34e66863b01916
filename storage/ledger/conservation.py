"""Conservation: for each tenant, received = posted + forwarded + held + dropped + in flight."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from storage.ledger.mail_counts import COUNTS, PLACES

#: Stands for all tenants that are not named; no tenant's name has parentheses.
OTHERS = "(others)"


@dataclass(frozen=True)
class Conservation:
    """How many mails of one tenant are in which place.

    `received` sums up the table `intake`, not the ledger; `posted` counts updates; `forwarded` counts forwards that the
    outbox has sent. So a ledger row that claims something that did not happen shows as an unaccounted mail.
    `held_since` and `in_flight_since` are when the oldest of these mails was received.
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


# It reads counts, and looks for the oldest mails only of tenants that have such mails, each in an index of these alone.
# The moving mails of a tenant are few: `admission` limits them.
_OF = f"""
select t.slug, coalesce(c.received, 0), coalesce(c.posted, 0), coalesce(c.forwarded, 0), coalesce(c.held, 0),
    coalesce(c.dropped, 0), coalesce(c.in_flight, 0), oldest_held.at, oldest_in_flight.at
from tenants t left join ({COUNTS}) c on c.tenant_id = t.id
left join lateral (
    select received_at as at from mails where c.held > 0 and tenant_id = c.tenant_id and state = 'held'
    order by received_at limit 1
) oldest_held on true
left join lateral (
    select min(at) as at from (
        (select w.at from (values (0), (1), (2)) l(lane) cross join lateral (
            select received_at as at from mails where tenant_id = c.tenant_id and state = 'waiting' and lane = l.lane
            order by received_at limit 1) w)
        union all select received_at from mails where tenant_id = c.tenant_id and state = 'moving'
        union all (select received_at from mails where tenant_id = c.tenant_id and state = 'forwarding'
            order by received_at limit 1)
    ) m where c.in_flight > 0
) oldest_in_flight on true
"""  # noqa: S608  # only our own statement is inserted
_CONSERVATION = text(f"{_OF} order by t.slug")
_OF_TENANT = text(f"{_OF} where t.id = :tenant_id")


def conservation(connection: Connection) -> list[Conservation]:
    """Returns the counts of every tenant, from one snapshot."""
    return [Conservation(*row) for row in connection.execute(_CONSERVATION)]


def conservation_of(connection: Connection, tenant_id: UUID) -> Conservation:
    """Returns the counts of one tenant, as the system role: tenants don't see how changes are counted."""
    return Conservation(*connection.execute(_OF_TENANT, {"tenant_id": tenant_id}).one())


def with_something_to_tell(lines: Iterable[Conservation], most: int) -> list[Conservation]:
    """Returns the lines of tenants that have mails held, in flight or unaccounted, then the sums of all others, as the
    tenant `OTHERS`. So the sums of all lines stay the same.

    Of these tenants at most `most` are named: those with unaccounted mails first, then those with the oldest mails.
    """
    ordered = sorted(lines, key=_urgency)
    named = [line for line in ordered[:most] if line.held or line.in_flight or line.unaccounted]
    others = ordered[len(named) :]
    sums = {place: sum(getattr(line, place) for line in others) for place in PLACES}
    return [
        *named,
        Conservation(
            tenant=OTHERS,
            held_since=min((line.held_since for line in others if line.held_since), default=None),
            in_flight_since=min((line.in_flight_since for line in others if line.in_flight_since), default=None),
            **sums,
        ),
    ]


def _urgency(line: Conservation) -> tuple[bool, bool, float, bool, float]:
    """Returns what orders the lines: the most urgent has the least."""
    in_flight, held = line.in_flight_since, line.held_since
    return (
        not line.unaccounted,
        not line.in_flight,
        in_flight.timestamp() if in_flight else 0,
        not line.held,
        held.timestamp() if held else 0,
    )
