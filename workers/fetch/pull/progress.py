"""What fetches keep in mind: the mails that are in custody and still at their source, and the gaps to fetch again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

_TAKEN = text("select ref, told from source_taken where source_id = :id")
_REMEMBER = text("""
insert into source_taken (source_id, ref, told) select :id, unnest(cast(:refs as text[])), :told
on conflict (source_id, ref) do update set told = excluded.told
""")
_FORGET = text("delete from source_taken where source_id = :id and ref = any(:refs)")


def taken(connection: Connection, source_id: UUID) -> dict[str, bool]:
    """The source's ids of the mails that it still has and that are not to be taken again, and whether it was told."""
    return {row.ref: row.told for row in connection.execute(_TAKEN, {"id": source_id})}


def remember(connection: Connection, source_id: UUID, refs: Iterable[str], *, told: bool) -> None:
    """Notes mails as taken, in the transaction of their custody; afterwards once more, when the source was told."""
    connection.execute(_REMEMBER, {"id": source_id, "refs": list(refs), "told": told})


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
