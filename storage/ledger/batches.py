"""Batches: the mails that one fetch, or some seconds of pushed mail, brought in. For the system role.

A batch is open while mails may enter it, then closed, and finished when its last mail has ended.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from schemas.tables import EMPTY_BATCH, new_id

#: Seconds after which the batch of a fetch that never ended is closed.
ABANDONED_SECONDS = 1_200

_OPEN = text("""
insert into batches (id, source_id, started_at, error) values (:id, :source_id, :started_at, '')
""")
_CLOSE = text("""
update batches set closed_at = now(), seen = greatest(seen, :seen, c.taken), taken = c.taken, duplicates = c.duplicates
from (
    select greatest(:taken, count(*)) as taken, count(*) filter (where known) as duplicates from (
        select bool_and(duplicate_of is not null) as known from mails where batch_id = :id group by source_ref) m
) c
where id = :id and closed_at is null returning batches.duplicates
""")
_EMPTY = text("""
insert into batches (id, source_id, started_at, closed_at, finished_at, seen, taken, duplicates, error)
values (:id, :source_id, :started_at, now(), now(), :seen, 0, 0, :error)
""")
_FAILED = text("update batches set error = :error where id = :id")
_FORGET = text(f"""
delete from batches where id in (
    select b.id from batches b where {EMPTY_BATCH} and started_at < now() - make_interval(days => :days)
      and not exists (select from mails where batch_id = b.id) limit :most)
""")  # noqa: S608  # only our own constant is inserted
_CLOSE_OPEN = """
update batches b set closed_at = now(), (seen, taken) = (
    select greatest(b.seen, count(distinct source_ref)), count(distinct source_ref) from mails where batch_id = b.id)
where finished_at is null and closed_at is null and
"""
_CLOSE_ABANDONED = text(f"{_CLOSE_OPEN} started_at < now() - make_interval(secs => :seconds)")
_CLOSE_LEFT = text(f"{_CLOSE_OPEN} source_id = :id")
_FINISH = text("""
update batches b
set finished_at = coalesce((select max(ended_at) from mails m where m.batch_id = b.id), b.closed_at)
where b.closed_at is not null and b.finished_at is null
  and not exists (select 1 from mails m where m.batch_id = b.id and m.ended_at is null)
returning coalesce((select kind from sources s where s.id = b.source_id), 'removed'),
    extract(epoch from b.finished_at - b.started_at)::float8,
    array(select extract(epoch from m.ended_at - m.received_at)::float8 from mails m
          where m.batch_id = b.id and m.state = 'posted')
""")


def open_batch(connection: Connection, source_id: UUID, started_at: datetime) -> UUID:
    """Opens a batch of the source and returns its id; `started_at` is when the fetch began."""
    batch_id = new_id()
    connection.execute(_OPEN, {"id": batch_id, "source_id": source_id, "started_at": started_at})
    return batch_id


def close_batch(connection: Connection, batch_id: UUID, *, seen: int = 0, taken: int = 0) -> int:
    """Closes a batch and returns how many of its mails were duplicates; 0 if it was closed already.

    `seen` mails waited at the source, and at least `taken` of them are in custody.
    """
    duplicates: int | None = connection.execute(_CLOSE, {"id": batch_id, "seen": seen, "taken": taken}).scalar()
    return duplicates or 0


def close_left(connection: Connection, source_id: UUID) -> None:
    """Closes the batches that earlier fetches of the source left open."""
    connection.execute(_CLOSE_LEFT, {"id": source_id})


def close_abandoned(connection: Connection) -> None:
    """Closes the batches of fetches that never ended, after `ABANDONED_SECONDS`."""
    connection.execute(_CLOSE_ABANDONED, {"seconds": ABANDONED_SECONDS})


def finish_batches(connection: Connection) -> list[tuple[str, float, list[float]]]:
    """Finishes closed batches whose mails have all ended.

    Returns, for each batch, the kind of its source (`removed` if the source was deleted), its latency in seconds: from
    the start of the fetch to the end state of the last mail; and for each mail that posted the seconds since custody.
    """
    return [(kind, seconds, mails) for kind, seconds, mails in connection.execute(_FINISH)]


def note_empty(connection: Connection, source_id: UUID, started_at: datetime, *, seen: int, error: str) -> None:
    """Records a fetch that took no mail, with the `error` that ended it; empty when there was nothing to take."""
    values = {"id": new_id(), "source_id": source_id, "started_at": started_at, "seen": seen, "error": error}
    connection.execute(_EMPTY, values)


def note_error(connection: Connection, batch_id: UUID, error: str) -> None:
    """Records the error that ended a fetch after it had begun to take mails."""
    connection.execute(_FAILED, {"id": batch_id, "error": error})


def forget_empty(connection: Connection, *, days: int, most: int) -> None:
    """Deletes the records of at most `most` fetches that found nothing, more than `days` days ago."""
    connection.execute(_FORGET, {"days": days, "most": most})
