"""Deleting originals: those whose time is over, and those that are to be erased. The ledger row stays.

Blobs go first, then the rows say so: where that is cut off in between, it is done again, and what is gone already is no
error. A raw mail that another row of its batch still needs stays until that row goes, and none goes while mail may
still come into the batch.
"""

from collections import Counter

from sqlalchemy import Connection, text

from schemas.tables import KEPT, TO_DELETE, Deletion, MailState
from storage.blobs.store import Blobs, of_batch, of_mail
from storage.database import Database

# one at a time: of two rows with the same raw mail, each would leave it to the other
_TURN = text("select pg_try_advisory_xact_lock(hashtextextended('casemail originals', 0))")

# sorted, or PostgreSQL would think that such mails are many, and look through the whole table for the few
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
""")  # noqa: S608  # only constants of ours are put in

_STILL_NEEDED = text("""
select d.raw from unnest(cast(:batches as uuid[]), cast(:raws as text[])) d(batch_id, raw)
cross join lateral (
    select 1 from mails
    where batch_id = d.batch_id and raw = d.raw and id <> all(:ids) and raw_deleted_at is null limit 1
) other
""")

# what a fetch had put when it was cut off before its rows were there goes with the last of its batch
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
    """Deletes the originals of at most `most` mails, and the long texts and the files made of them that no update has.

    Returns how many, by `Deletion`. The rows are locked meanwhile, so that nobody lets such a mail in again.
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
    """What of the things made of a mail goes: all, but for the files of an update that stays."""
    return "body" if state == MailState.POSTED and cause != Deletion.ERASURE_OF_ALL else ""
