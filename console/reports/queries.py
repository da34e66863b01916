"""SQL of the reports, always in the scope of the viewer's tenant. Days are days in UTC."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

# test emails of monitoring are not shown, as in the inbox
_ENDS = text("""
select (received_at at time zone 'UTC')::date as day, state, reason, count(*) as number
from mails where received_at >= :since and reason <> 'canary' group by 1, 2, 3
""")
# a mail on which a person acted took as long as the person
_TIMES = text("""
select (received_at at time zone 'UTC')::date as day, count(*) as number,
    percentile_cont(array[0.5, 0.95]) within group (order by extract(epoch from ended_at - received_at)::float8)
        as seconds
from mails where received_at >= :since and state = 'posted' and run = 0
group by grouping sets (1, ()) order by 1
""")
_SOURCES = text("""
select s.id, s.name, s.last_success_at, s.failures, s.active, count(b.id) as batches,
    coalesce(sum(b.taken), 0)::bigint as taken, coalesce(sum(b.duplicates), 0)::bigint as duplicates,
    count(b.id) filter (where b.error <> '') as failed,
    percentile_cont(0.95) within group (order by extract(epoch from b.finished_at - b.started_at)::float8)
        filter (where b.taken > 0 and b.finished_at is not null) as seconds
from sources s left join batches b on b.source_id = s.id and b.started_at >= :since
where s.tenant_id = :tenant_id group by s.id order by lower(s.name), s.id
""")


def ends(connection: Connection, since: datetime) -> Sequence[Row[Any]]:
    """Returns how many mails came in on each day, by the state that they have now and the reason for it."""
    return connection.execute(_ENDS, {"since": since}).all()


def times(connection: Connection, since: datetime) -> Sequence[Row[Any]]:
    """Returns for each day, and in a row without a day for all together: how many mails posted by themselves, and the
    median and 95th percentile of the seconds from custody to the update."""
    return connection.execute(_TIMES, {"since": since}).all()


def sources(connection: Connection, tenant_id: UUID, since: datetime) -> Sequence[Row[Any]]:
    """Returns for each mailbox of the tenant the numbers of its batches: all, failed ones, mails, and the 95th
    percentile of the seconds from the start of a batch to the end state of its last mail."""
    return connection.execute(_SOURCES, {"tenant_id": tenant_id, "since": since}).all()
