"""Deletes the originals of mails whose time is over, or that were erased. The ledger row stays.

Blobs are deleted first, then the rows are updated. So an interrupted deletion is repeated; missing blobs are not an
error. A raw mail that another row of its batch still needs is deleted later, with that row. Nothing is deleted while
mail may still enter the batch.
"""

from collections import Counter

from sqlalchemy import Connection, text

from schemas.tables import KEPT, TO_DELETE, Deletion, MailState
from storage.blobs.store import Blobs, of_batch, of_mail
from storage.database import Database
from storage.deletions import ORIGINALS

# one process at a time: of two processes, each with a row of the same raw mail, neither would delete the raw mail
_TURN = text(f"select pg_try_advisory_xact_lock({ORIGINALS})")

# sorted: otherwise PostgreSQL expects many such mails, and scans the whole table for a few
_DUE = text(f"""
select m.id, m.tenant_id, m.batch_id, m.raw, m.state, coalesce(nullif(m.raw_deleted_by, ''), 'retention') as cause
from (
    (select id from mails where {TO_DELETE} order by tenant_id limit :most)
    union all
    (select k.id from tenants t cross join lateral (
        select id from mails where tenant_id = t.id and {KEPT}
          and ended_at < now() - make_interval(days => t.keep_raw_days) order by ended_at limit :most) k limit :most)
) d join mails m on m.id = d.id
where (({TO_DELETE}) or ({KEPT})) and m.ended_at is not null
  and not exists (select 1 from batches b where b.id = m.batch_id and b.closed_at is null)
limit :most for update of m skip locked
""")  # noqa: S608  # only our own constants are inserted

_STILL_NEEDED = text("""
select d.raw from unnest(cast(:batches as uuid[]), cast(:raws as text[])) d(batch_id, raw)
cross join lateral (
    select 1 from mails
    where batch_id = d.batch_id and raw = d.raw and id <> all(:ids) and raw_deleted_at is null limit 1
) other
""")

# with the last mail of a batch, blobs are deleted whose fetch was interrupted before it wrote their rows
_EMPTY = text("""
select distinct tenant_id, batch_id from mails d where id = any(:ids) and not exists (
    select 1 from mails where batch_id = d.batch_id and tenant_id = d.tenant_id and id <> all(:ids)
      and raw_deleted_at is null)
""")

_GONE = text("""
update mails set raw = '', raw_deleted_at = now(),
    raw_deleted_by = case when raw_deleted_by = '' then 'retention' else raw_deleted_by end
where id = any(:ids)
""")


def sweep(database: Database, blobs: Blobs, *, most: int) -> Counter[str]:
    """Deletes the originals of at most `most` mails, and long texts and files made from them that no update needs.

    Returns the number of mails by `Deletion`; deletes nothing while another process sweeps, or makes a backup. The rows
    are locked meanwhile, so that such a mail can't be replayed.
    """
    with database.system() as connection:
        if not connection.execute(_TURN).scalar_one():
            return Counter()
        return _sweep(connection, blobs, most)


def _sweep(connection: Connection, blobs: Blobs, most: int) -> Counter[str]:
    due = connection.execute(_DUE, {"most": most}).all()
    if due:
        ids, raws = [row.id for row in due], [row.raw for row in due]
        values = {"batches": [row.batch_id for row in due], "raws": raws, "ids": ids}
        needed = set(connection.execute(_STILL_NEEDED, values).scalars())
        blobs.delete(
            [raw for raw in set(raws) - needed if raw],
            under=[f"{row.tenant_id}/{of_mail(row.id, _made_of(row.state, row.cause))}" for row in due]
            + [f"{row.tenant_id}/{of_batch(row.batch_id)}/" for row in connection.execute(_EMPTY, values)],
        )
        connection.execute(_GONE, {"ids": ids})
    return Counter(row.cause for row in due)


def _made_of(state: str, cause: str) -> str:
    """Returns the kind of blobs made from a mail to delete: all, or only `body` if the update and its files stay."""
    return "body" if state == MailState.POSTED and cause != Deletion.ERASURE_OF_ALL else ""
