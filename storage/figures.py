"""Reads figures for `/metrics` from the database, as the system role: sources and the outbox."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas.tables import PUSHING

_SOURCES = text("""
select id, name, failures, left_behind, (paused_for = 'login')::int as paused, active::int as active,
    case when old_mails = 'asked' then old_count else 0 end as undecided,
    extract(epoch from now() - coalesce(last_success_at, failing_since))::float8 as success_age_seconds
from sources where kind <> all(:pushing) order by id
""")
# ids are UUIDs of version 7, which contain the time of their creation
_OUTBOX = text("""
select kind, count(*) as waiting, min(uuid_extract_timestamp(id)) as since from outbox where state = 'waiting'
group by kind order by kind
""")


def sources(connection: Connection) -> Sequence[Row[Any]]:
    """Returns the id, name and figures of each fetched source."""
    return connection.execute(_SOURCES, {"pushing": sorted(PUSHING)}).all()


def outbox(connection: Connection) -> Sequence[Row[Any]]:
    """Returns, for each kind of mail, how many wait to be sent (`waiting`), and when the oldest was added (`since`)."""
    return connection.execute(_OUTBOX).all()
