"""Adds the archive: functions through which old rows leave the tables that grow, and the catalogue of its files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE

revision: str = "0075"
down_revision: str | None = "0074"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: Nothing younger leaves, whatever is asked for.
_LEAST = "interval '30 days'"
_MAIL_IS_OPEN = "exists (select from mails m where m.id = {id} and m.tenant_id = t.tenant_id and m.archived_at is null)"
_NO_PROOF = "t.kind not in ('catch_all', 'test')"
_NOT_LAST_LOG_IN = """(t.act <> 'user.logged_in' or exists (
    select from audit n where n.subject_id = t.subject_id and n.act = t.act and (n.at, n.id) > (t.at, t.id)))"""
# ids have the time at which a row was made: so that the younger part of a table is not read
_MADE_BEFORE = (
    "t.id < cast(lpad(to_hex(floor(extract(epoch from until) * 1000)::bigint), 12, '0') || repeat('0', 20) as uuid)"
)
#: For each kind its table, the time that makes a row old, its order, and what else must hold.
_KINDS = {
    # a mail of which the original is gone can't be processed again
    "mails": (
        "mails",
        "t.ended_at",
        "t.ended_at",
        "t.state in ('posted', 'forwarded', 'dropped') and t.raw_deleted_at is not null and t.archived_at is null",
    ),
    # forwards prove that mails were forwarded; receipts are sent once for each mail as long as it may be decided on
    "notices": (
        "outbox",
        "t.sent_at",
        "t.id",
        f"{_MADE_BEFORE} and t.state = 'sent' and {_NO_PROOF} and not {_MAIL_IS_OPEN.format(id='t.mail_id')}",
    ),
    # decisions on a mail stand as long as it may be processed again; the last log-in says that there was one
    "audit": (
        "audit",
        "t.at",
        "t.id",
        f"{_MADE_BEFORE} and not {_MAIL_IS_OPEN.format(id='t.subject_id')} and {_NOT_LAST_LOG_IN}",
    ),
    "fetches": (
        "batches",
        "t.finished_at",
        "t.id",
        f"{_MADE_BEFORE} and not exists (select from mails m where m.batch_id = t.id and m.archived_at is null)",
    ),
}
# Thinned, not deleted: the row has the keys by which a mail that comes in again is recognised, for all time, and the
# addresses by which an erasure finds a person.
_THIN = "update mails t set subject = '', source_ref = '', evidence = '{}', archived_at = now() from due"
_COUNT = "return query select count(*), min({time}) from {table} t where {time} < until and {due};"
_TAKE = """return query with due as materialized (
    select t.id from {table} t where {time} < until and t.id > above and {due}
    order by {order} limit most for update skip locked
) {remove} where t.id = due.id returning old.id, to_jsonb(old)::text;"""
_FUNCTION = """
create function {name} language plpgsql stable_or_volatile security definer
set search_path = public, pg_temp as $$
begin
    if until > now() - {least} then raise exception 'rows of the last 30 days stay'; end if;
    case what {cases} end case;
end $$
"""


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("mails", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "archives",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("archives_nights", "archives", ["written_at"], postgresql_where=sa.text("kind = 'night'"))
    op.execute("alter table archives enable row level security")
    op.execute(f"create policy all_tenants on archives to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select, insert, update (rows, sha256) on archives to {SYSTEM_ROLE}")
    op.execute(f"grant select (archived_at) on mails to {SYSTEM_ROLE}")
    _function("count_old(what text, until timestamptz) returns table (number bigint, oldest timestamptz)", _COUNT)
    _function(
        "take_old(what text, until timestamptz, above uuid, most int) returns table (row_id uuid, line text)", _TAKE
    )


def _function(name: str, statement: str) -> None:
    cases = ""
    for kind, (table, time, order, due) in _KINDS.items():
        remove = _THIN if table == "mails" else f"delete from {table} t using due"
        done = statement.format(table=table, time=time, order=order, due=due, remove=remove)
        cases += f"\n    when '{kind}' then {done}"
    made = _FUNCTION.format(name=name, least=_LEAST, cases=cases)
    op.execute(made.replace("stable_or_volatile", "stable" if statement is _COUNT else "volatile"))
    signature = name.partition(" returns ")[0]
    op.execute(f"revoke execute on function {signature} from public")
    op.execute(f"grant execute on function {signature} to {SYSTEM_ROLE}")
