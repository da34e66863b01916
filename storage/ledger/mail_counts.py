"""Keeps the counts behind `conservation`: adds up their changes, and compares them with the rows that they count.

Triggers of the database count, in the transactions that move mails, each at the table where it happens
(`storage/migrations/versions/m0070_counts_of_mails.py`). All functions take an open transaction of the system role.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from schemas.tables import new_id

#: The places of a mail that are counted, which are the columns of the counts.
PLACES = ("received", "posted", "forwarded", "held", "dropped", "in_flight")
#: Days for which the results of the checks are kept.
KEEP_DAYS = 90

_NAMES = ", ".join(PLACES)
_SUMS = ", ".join(f"sum({place})::bigint as {place}" for place in PLACES)

#: SQL: the counts of each tenant, as of now.
COUNTS = f"""
select tenant_id, {_SUMS} from (
    select tenant_id, {_NAMES} from mail_counts union all select tenant_id, {_NAMES} from mail_count_changes) c
group by tenant_id
"""  # noqa: S608  # only our own names are inserted

# one process at a time, and none waits; what another has just added is gone for the delete
_ADD_UP = text(f"""
with added as (
    delete from mail_count_changes where ctid = any(array(
        select ctid from mail_count_changes
        where (select pg_try_advisory_xact_lock(hashtextextended('casemail mail counts', 1))) limit :most))
    returning tenant_id, {_NAMES}
)
insert into mail_counts as c (tenant_id, {_NAMES}) select tenant_id, {_SUMS} from added group by tenant_id
on conflict (tenant_id) do update set {", ".join(f"{place} = c.{place} + excluded.{place}" for place in PLACES)}
returning (select count(*) from added)
""")  # noqa: S608  # only our own names are inserted


def add_up(connection: Connection, *, most: int) -> int:
    """Adds at most `most` changes to the counts of their tenants. Returns how many; 0 while another process does it."""
    return int(connection.execute(_ADD_UP, {"most": most}).scalar() or 0)


#: SQL: the true counts of each tenant. Grouped table by table: a query for each tenant would cost tenants times
#: updates. Of the ledger it reads only partial indexes, each with the few mails of one state.
_TRUE_COUNTS = f"""
select tenant_id, {_SUMS} from (
    select tenant_id, taken as received, 0 as posted, 0 as forwarded, 0 as held, 0 as dropped, 0 as in_flight
    from intake
    union all select tenant_id, 0, n, 0, 0, 0, 0 from (
        select tenant_id, count(*) as n from updates where mail_id is not null group by tenant_id) u
    union all select tenant_id, 0, 0, 1, 0, 0, 0 from mails m where state = 'forwarded' and exists (
        select from outbox o where o.mail_id = m.id and o.kind = 'catch_all' and o.state = 'sent')
    union all select tenant_id, 0, 0, 0, 1, 0, 0 from mails where state = 'held'
    union all select tenant_id, 0, 0, 0, 0, 1, 0 from mails where state = 'dropped'
    union all select tenant_id, 0, 0, 0, 0, 0, 1 from mails where state = 'waiting'
    union all select tenant_id, 0, 0, 0, 0, 0, 1 from mails where state = 'moving'
    union all select tenant_id, 0, 0, 0, 0, 0, 1 from mails where state = 'forwarding') p
group by tenant_id
"""  # noqa: S608  # only our own names are inserted

#: SQL: the true counts less the counts, for each tenant where they differ. It is a part of one statement, so both are
#: of the same snapshot.
_DIFFERENCES = f"""
select * from (
    select coalesce(t.tenant_id, c.tenant_id) as tenant_id,
        {", ".join(f"coalesce(t.{place}, 0) - coalesce(c.{place}, 0) as {place}" for place in PLACES)}
    from ({_TRUE_COUNTS}) t full join ({COUNTS}) c on c.tenant_id = t.tenant_id) d
where ({_NAMES}) <> (0, 0, 0, 0, 0, 0)
"""  # noqa: S608  # only our own names are inserted

# also taken by the migration that fills the counts: two processes must not both mend the same difference
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('casemail mail counts', 0))")
_TRY_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended('casemail mail counts', 0))")
# it may take minutes; with one core it takes little from the work on mails
_ALONE = text("set local max_parallel_workers_per_gather = 0")
_MEND = text(f"""
with mended as (
    insert into mail_count_changes (tenant_id, {_NAMES}) select tenant_id, {_NAMES} from ({_DIFFERENCES}) d
    returning tenant_id, {_NAMES}
)
select slug, {_NAMES} from mended join tenants t on t.id = tenant_id order by slug
""")  # noqa: S608  # only our own names are inserted
_NOTE = text("insert into mail_count_checks (id, checked_at, drift) values (:id, clock_timestamp(), :drift)")
_FORGET = text("delete from mail_count_checks where checked_at < now() - make_interval(days => :days)")
_DUE = text("""
select not exists (select from mail_count_checks where checked_at >= s.at) from (
    select date_trunc('day', now() at time zone 'utc' - h.hours) at time zone 'utc' + h.hours as at
    from (select make_interval(hours => :hour) as hours) h) s
""")
_LAST = text("""
select drift, extract(epoch from clock_timestamp() - checked_at)::float8 from mail_count_checks
order by checked_at desc limit 1
""")


@dataclass(frozen=True)
class Difference:
    """By how many mails the counts of a tenant were too low, by place; negative where they were too high."""

    tenant: str
    received: int
    posted: int
    forwarded: int
    held: int
    dropped: int
    in_flight: int

    @property
    def size(self) -> int:
        """The sum of the differences, each without its sign."""
        return sum(abs(getattr(self, place)) for place in PLACES)


def is_check_due(connection: Connection, hour: int) -> bool:
    """Returns whether there was no check since this hour of the day (0 to 23, UTC) was last reached."""
    return bool(connection.execute(_DUE, {"hour": hour}).scalar_one())


def check(connection: Connection, *, waits: bool = True) -> Sequence[Difference] | None:
    """Compares all counts with the rows that they count, and mends them. Returns the differences that it found.

    It reads all rows, which may take minutes; mails go on meanwhile. While another process checks, it waits for it, or
    returns None at once unless it `waits`.
    """
    if waits:
        connection.execute(_LOCK)
    elif not connection.execute(_TRY_LOCK).scalar_one():
        return None
    connection.execute(_ALONE)
    found = [Difference(*row) for row in connection.execute(_MEND)]
    connection.execute(_NOTE, {"id": new_id(), "drift": sum(each.size for each in found)})
    connection.execute(_FORGET, {"days": KEEP_DAYS})
    return found


@dataclass(frozen=True)
class LastCheck:
    """How many mails the last check found counted wrongly (`drift`), and how long ago it was, in seconds."""

    drift: int
    age: float


def last_check(connection: Connection) -> LastCheck | None:
    """Returns the result of the last check; None before the first."""
    row = connection.execute(_LAST).first()
    return LastCheck(*row) if row else None


_ENDED = text(f"select coalesce(sum(received - in_flight), 0)::bigint from ({COUNTS}) c")  # noqa: S608  # our own names


def ended(connection: Connection) -> int:
    """Returns how many mails of all tenants have ended so far; decisions of people may lower it."""
    return int(connection.execute(_ENDED).scalar_one())
