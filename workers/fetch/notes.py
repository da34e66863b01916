"""What fetches keep in mind: the mails that are in custody and still at their source, and the gaps to fetch again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

_TAKEN = text("select ref from source_taken where source_id = :id")
_REMEMBER = text("""
insert into source_taken (source_id, ref) select :id, unnest(cast(:refs as text[])) on conflict do nothing
""")
_FORGET = text("delete from source_taken where source_id = :id and ref = any(:refs)")


def taken(connection: Connection, source_id: UUID) -> set[str]:
    """The source's ids of the mails that it still has and that are not to be taken again."""
    return set(connection.execute(_TAKEN, {"id": source_id}).scalars())


def remember(connection: Connection, source_id: UUID, refs: Iterable[str]) -> None:
    """Notes mails as taken, in the transaction of their custody."""
    connection.execute(_REMEMBER, {"id": source_id, "refs": list(refs)})


def forget(connection: Connection, source_id: UUID, refs: Iterable[str]) -> None:
    """Drops the notes of mails that the source no longer has."""
    connection.execute(_FORGET, {"id": source_id, "refs": list(refs)})


@dataclass(frozen=True)
class Gap:
    """A stretch that is to be fetched again."""

    id: UUID
    began_at: datetime
    ended_at: datetime


_WANTED = text("""
select id, began_at, ended_at from source_gaps
where source_id = :id and requested_at is not null and refetched_at is null order by began_at limit 1
""")
_CLOSE_GAP = text("update source_gaps set refetched_at = now(), seen = :seen, taken = :taken where id = :id")


def wanted_gap(connection: Connection, source_id: UUID) -> Gap | None:
    """The gap that a person wants fetched again."""
    row = connection.execute(_WANTED, {"id": source_id}).first()
    return Gap(*row) if row else None


def close_gap(connection: Connection, gap: Gap, *, seen: int, taken: int) -> None:
    """Notes that the gap was fetched again, with `seen` mails of its time, `taken` of them new."""
    connection.execute(_CLOSE_GAP, {"id": gap.id, "seen": seen, "taken": taken})
