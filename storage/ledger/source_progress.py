"""Remembers about a source, between fetches, which mails there are taken already, its gaps, and its alerts.

All statements are for the system role, across tenants.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.tables import new_id

_TAKEN = text("select ref, told from source_taken where source_id = :id")
_REMEMBER = text("""
insert into source_taken (source_id, ref, told) select :id, unnest(cast(:refs as text[])), :acknowledged
on conflict (source_id, ref) do update set told = excluded.told
""")
_FORGET = text("delete from source_taken where source_id = :id and ref = any(:refs)")


def taken(connection: Connection, source_id: UUID) -> dict[str, bool]:
    """Returns the refs of mails that must not be taken again, each with whether it was acknowledged to the source."""
    return {row.ref: row.told for row in connection.execute(_TAKEN, {"id": source_id})}


def remember(connection: Connection, source_id: UUID, refs: Iterable[str], *, acknowledged: bool) -> None:
    """Records mails as taken: first in their custody transaction, then again after they were acknowledged."""
    connection.execute(_REMEMBER, {"id": source_id, "refs": list(refs), "acknowledged": acknowledged})


def forget(connection: Connection, source_id: UUID, refs: Iterable[str]) -> None:
    """Forgets mails that are no longer at the source."""
    connection.execute(_FORGET, {"id": source_id, "refs": list(refs)})


@dataclass(frozen=True)
class Gap:
    """A time span in which no fetch succeeded, to be fetched again."""

    id: UUID
    began_at: datetime
    ended_at: datetime


_ADD_GAP = text("""
insert into source_gaps (id, source_id, began_at, ended_at, seen, taken)
values (:id, :source_id, :began_at, now(), 0, 0)
""")
_WANTED_GAP = text("""
select id, began_at, ended_at from source_gaps
where source_id = :id and requested_at is not null and refetched_at is null order by began_at limit 1
""")
_CLOSE_GAP = text("update source_gaps set refetched_at = now(), seen = :seen, taken = :taken where id = :id")


def add_gap(connection: Connection, source_id: UUID, began_at: datetime) -> None:
    """Records a gap in the fetches of a source, from `began_at` until now."""
    connection.execute(_ADD_GAP, {"id": new_id(), "source_id": source_id, "began_at": began_at})


def wanted_gap(connection: Connection, source_id: UUID) -> Gap | None:
    """Returns the oldest gap that a person asked to fetch again; None if there is no such gap."""
    row = connection.execute(_WANTED_GAP, {"id": source_id}).first()
    return Gap(*row) if row else None


def close_gap(connection: Connection, gap: Gap, *, seen: int, taken: int) -> None:
    """Records that the gap was fetched again: the source had `seen` mails of that time, `taken` of them new."""
    connection.execute(_CLOSE_GAP, {"id": gap.id, "seen": seen, "taken": taken})


_ALERTED = text("update sources set told_at = case when :failing then now() end where id = :id")


def note_alert(connection: Connection, source_id: UUID, *, failing: bool) -> None:
    """Records that the admins were mailed about a source that is failing, or about its recovery."""
    connection.execute(_ALERTED, {"id": source_id, "failing": failing})
