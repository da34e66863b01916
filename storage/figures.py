"""Reads figures for `/metrics` from the database, as the system role: sources and the outbox."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from schemas.tables import PUSHING

#: The classes of fetched sources; each source is in the first that it fits. Nothing is to be done about the last three.
SOURCE_CLASSES = ("paused", "left_behind", "undecided", "failing", "late", "inactive", "untested", "fine")
_QUIET = SOURCE_CLASSES[-3:]

_JUDGED = """
with figures as (
    select id, name, failures, left_behind, active, paused_for, period_seconds,
        case when old_mails = 'asked' then old_count else 0 end as undecided,
        extract(epoch from now() - coalesce(last_success_at, failing_since))::float8 as success_age_seconds
    from sources where kind <> all(:pushing)
), judged as (
    select id, name, failures, left_behind, (paused_for = 'login')::int as paused, active::int as active, undecided,
        success_age_seconds, case
            when paused_for = 'login' then 'paused'
            when left_behind > 0 then 'left_behind'
            when undecided > 0 then 'undecided'
            when not active then 'inactive'
            when paused_for <> '' then 'untested'
            when failures > 0 then 'failing'
            when success_age_seconds > 2 * period_seconds then 'late'
            else 'fine' end as class
    from figures
)
"""
_CLASSES = text(f"{_JUDGED} select class, count(*) from judged group by class")  # noqa: S608  # only our own statement
_SOURCES = text(f"""{_JUDGED}
select * from judged where :every or class <> all(:quiet)
order by success_age_seconds desc nulls last, id limit case when not :every then :most end
""")  # noqa: S608  # only our own statement
# ids are UUIDs of version 7, which contain the time of their creation
_OUTBOX = text("""
select kind, count(*) as waiting, min(uuid_extract_timestamp(id)) as since from outbox where state = 'waiting'
group by kind order by kind
""")


def source_classes(connection: Connection) -> dict[str, int]:
    """Returns how many fetched sources are in each of `SOURCE_CLASSES`."""
    found = connection.execute(_CLASSES, {"pushing": sorted(PUSHING)}).all()
    return dict.fromkeys(SOURCE_CLASSES, 0) | {row[0]: row[1] for row in found}


def sources(connection: Connection, *, most: int, every: bool = False) -> Sequence[Row[Any]]:
    """Returns the id, name and figures of `every` fetched source, or only of those about which something is to be done:
    of these `most`, those first that were not read for longest."""
    values = {"pushing": sorted(PUSHING), "quiet": list(_QUIET), "most": most, "every": every}
    return connection.execute(_SOURCES, values).all()


def outbox(connection: Connection) -> Sequence[Row[Any]]:
    """Returns, for each kind of mail, how many wait to be sent (`waiting`), and when the oldest was added (`since`)."""
    return connection.execute(_OUTBOX).all()
