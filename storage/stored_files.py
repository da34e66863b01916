"""The bytes of files of updates: stored once for each tenant under their hash, kept while an update has them.

Nothing is searched for in the store. Whoever stores bytes first writes a row that says so, due to be looked at in
`ORPHAN_HOURS`; the transaction that makes an update of them takes the date away, under a lock of the row; what deletes
an update's files sets it to now. The sweep looks at the rows that are due, and deletes the bytes that no update has,
under the same lock, but for those that somebody may be storing at the moment. So whoever died in between leaves nothing
behind, and bytes that went before their update came are missed in its transaction, and stored again.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from storage.blobs.store import Blobs, blob_key
from storage.database import Database

#: The kind of blob that lies under its content alone.
KIND = "file"
#: For how long bytes may wait for their update, in hours. Rather short: what came too late is only stored once more.
ORPHAN_HOURS = 3
#: For how long storing bytes may take after their row was written, in minutes: longer than any stage may run.
STORING_MINUTES = 2

# a row that an update has goes on having no date; one that is being deleted is waited for, and comes to be anew
_TOUCH = text("""
insert into stored_contents as c (blob, tenant_id, size, touched_at, due_at)
select k.blob, :tenant_id, k.size, now(), now() + make_interval(hours => :hours)
from unnest(cast(:blobs as text[]), cast(:sizes as int[])) k(blob, size) order by k.blob
on conflict (blob) do update set touched_at = excluded.touched_at,
    due_at = case when c.due_at is not null then excluded.due_at end
""")

# in the order of their keys, so that two who lock the same rows don't wait for each other
_KEEP = text("""
with locked as materialized (
    select blob, due_at from stored_contents where blob = any(cast(:blobs as text[])) order by blob for no key update
), kept as (
    update stored_contents c set due_at = null from locked l where c.blob = l.blob and l.due_at is not null
)
select blob from locked
""")

_LET_GO = text("""
update stored_contents set due_at = now() where blob in (
    select blob from stored_contents where blob = any(cast(:blobs as text[])) order by blob for no key update)
""")

_DUE = text("""
select blob from stored_contents where due_at <= now() and touched_at <= now() - make_interval(mins => :storing)
order by due_at limit :most for update skip locked
""")
# asked once the rows are locked: whoever had them before has committed by then
_WANTED = text("""
select blob from update_files where blob = any(cast(:blobs as text[]))
union select thumbnail from update_files where thumbnail = any(cast(:blobs as text[]))
""")
_WANTED_AFTER_ALL = text("update stored_contents set due_at = null where blob = any(cast(:blobs as text[]))")
_GONE = text("delete from stored_contents where blob = any(cast(:blobs as text[]))")


def is_shared(blob: str) -> bool:
    """Whether a blob lies under its content, and so may be of several updates; older ones lie under their mail."""
    return blob.split("/")[1:2] == [KIND]


def put(database: Database, blobs: Blobs, tenant_id: UUID, contents: Sequence[bytes]) -> list[str]:
    """Stores each of the contents durably, unless the tenant has it already; returns their keys.

    They are kept for `ORPHAN_HOURS`, and then only if an update has them (`keep`).
    """
    items = [(tenant_id, KIND, content) for content in contents]
    sizes = {blob_key(*item): len(item[2]) for item in items}
    with database.tenant(tenant_id) as connection:
        values = {"tenant_id": tenant_id, "blobs": list(sizes), "sizes": list(sizes.values()), "hours": ORPHAN_HOURS}
        connection.execute(_TOUCH, values)
    return blobs.put_all(items)


def keep(connection: Connection, blobs: Collection[str]) -> set[str]:
    """Has the bytes stay, for updates that are made in this transaction of their tenant.

    Returns those of the blobs that are not there any more: such an update must not be made. Asks the database only
    where there is something to ask.
    """
    asked = {blob for blob in blobs if is_shared(blob)}
    return asked - set(connection.execute(_KEEP, {"blobs": list(asked)}).scalars()) if asked else set()


def let_go(connection: Connection, blobs: Collection[str]) -> None:
    """Has the sweep look at these bytes in its next turn: an update that had them, or was to have them, does not."""
    if asked := [blob for blob in blobs if is_shared(blob)]:
        connection.execute(_LET_GO, {"blobs": asked})


def sweep(database: Database, blobs: Blobs, *, most: int) -> int:
    """Looks at the bytes that are due, at most `most`, and deletes those that no update has. Returns how many it looked
    at. Where it is cut off, it is done again: what is gone already is no error."""
    with database.system() as connection:
        due = list(connection.execute(_DUE, {"most": most, "storing": STORING_MINUTES}).scalars())
        if due:
            wanted = list(connection.execute(_WANTED, {"blobs": due}).scalars())
            orphans = sorted(set(due) - set(wanted))
            connection.execute(_WANTED_AFTER_ALL, {"blobs": wanted})
            blobs.delete(orphans)
            connection.execute(_GONE, {"blobs": orphans})
    return len(due)
