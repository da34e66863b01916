"""Stores the bytes of updates' files, once for each tenant under their hash, and deletes them when no update has them.

The blob store is never searched. Before bytes are stored, a row with a due date in `ORPHAN_HOURS` is written. The
transaction that creates an update with these bytes locks the row and removes the date; deleting an update's files sets
the date to now. The sweep locks the due rows and deletes the bytes that no update has, except bytes that a process may
be storing at the moment. So a process that dies in between leaves nothing behind. If bytes are deleted before their
update is created, its transaction notices, and they are stored again.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from storage.blobs.store import Blobs, blob_key
from storage.database import Database
from storage.deletions import FILES

#: The kind of blobs that are stored under the hash of their content.
KIND = "file"
#: For how many hours bytes may wait for their update. Short, because bytes that are too late are just stored again.
ORPHAN_HOURS = 3
#: For how many minutes after its row was written bytes may still be in storing: longer than any stage may run.
STORING_MINUTES = 2

# a row whose bytes an update has stays without a date; if a row is being deleted, this waits and creates it again
_TOUCH = text("""
insert into stored_contents as c (blob, tenant_id, size, touched_at, due_at)
select k.blob, :tenant_id, k.size, now(), now() + make_interval(hours => :hours)
from unnest(cast(:blobs as text[]), cast(:sizes as int[])) k(blob, size) order by k.blob
on conflict (blob) do update set touched_at = excluded.touched_at,
    due_at = case when c.due_at is not null then excluded.due_at end
""")

# in the order of the keys, so that two transactions on the same rows don't deadlock
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

_TURN = text(f"select pg_try_advisory_xact_lock_shared({FILES})")
_DUE = text("""
select blob from stored_contents where due_at <= now() and touched_at <= now() - make_interval(mins => :storing)
order by due_at limit :most for update skip locked
""")
# runs after the rows are locked: transactions that held the locks before have ended by then
_WANTED = text("""
select blob from update_files where blob = any(cast(:blobs as text[]))
union select thumbnail from update_files where thumbnail = any(cast(:blobs as text[]))
""")
_WANTED_AFTER_ALL = text("update stored_contents set due_at = null where blob = any(cast(:blobs as text[]))")
_GONE = text("delete from stored_contents where blob = any(cast(:blobs as text[]))")


def is_shared(blob: str) -> bool:
    """Returns whether a blob is stored under its hash, and so may be shared by updates; older blobs are not."""
    return blob.split("/")[1:2] == [KIND]


def put(database: Database, blobs: Blobs, tenant_id: UUID, contents: Sequence[bytes]) -> list[str]:
    """Stores each of the contents durably, unless the tenant has it already. Returns the keys.

    The bytes are kept for `ORPHAN_HOURS`; longer only if an update has them (`keep`).
    """
    items = [(tenant_id, KIND, content) for content in contents]
    sizes = {blob_key(*item): len(item[2]) for item in items}
    with database.tenant(tenant_id) as connection:
        values = {"tenant_id": tenant_id, "blobs": list(sizes), "sizes": list(sizes.values()), "hours": ORPHAN_HOURS}
        connection.execute(_TOUCH, values)
    return blobs.put_all(items)


def keep(connection: Connection, blobs: Collection[str]) -> set[str]:
    """Keeps blobs for updates that are created in this transaction of their tenant.

    Returns the blobs that were deleted meanwhile: an update with them must not be created. If none of `blobs` is
    shared, it runs no statement.
    """
    asked = {blob for blob in blobs if is_shared(blob)}
    return asked - set(connection.execute(_KEEP, {"blobs": list(asked)}).scalars()) if asked else set()


def let_go(connection: Connection, blobs: Collection[str]) -> None:
    """Marks blobs for the next sweep, because an update no longer has them, or will not have them."""
    if asked := [blob for blob in blobs if is_shared(blob)]:
        connection.execute(_LET_GO, {"blobs": asked})


def sweep(database: Database, blobs: Blobs, *, most: int) -> int:
    """Checks at most `most` due blobs, and deletes the blobs that no update has. Returns how many it checked: none
    while a backup is made.

    If it is interrupted, the next sweep does the rest: missing blobs are not an error.
    """
    with database.system() as connection:
        if not connection.execute(_TURN).scalar_one():
            return 0
        due = list(connection.execute(_DUE, {"most": most, "storing": STORING_MINUTES}).scalars())
        if due:
            wanted = list(connection.execute(_WANTED, {"blobs": due}).scalars())
            orphans = sorted(set(due) - set(wanted))
            connection.execute(_WANTED_AFTER_ALL, {"blobs": wanted})
            blobs.delete(orphans)
            connection.execute(_GONE, {"blobs": orphans})
    return len(due)
