"""Adds counts of each tenant's mails, and triggers that keep them. The next migration fills them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE

revision: str = "0070"
down_revision: str | None = "0068"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_PLACES = ("received", "posted", "forwarded", "held", "dropped", "in_flight")
_RIGHTS = {
    "mail_counts": "select, insert, update",
    "mail_count_changes": "select, insert, delete",
    "mail_count_checks": "select, insert, delete",
}

# The functions run as the owner: the roles of casemail can't write counts by themselves.
_FUNCTION = """
create function {name}() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
{body}
$$
"""

_COUNT_INTAKE = """
begin
    if tg_op <> 'INSERT' then
        insert into public.mail_count_changes (tenant_id, received) values (old.tenant_id, -old.taken);
    end if;
    if tg_op <> 'DELETE' then
        insert into public.mail_count_changes (tenant_id, received) values (new.tenant_id, new.taken);
    end if;
    return null;
end
"""

_COUNT_POSTED = """
begin
    if tg_op <> 'INSERT' and old.mail_id is not null then
        insert into public.mail_count_changes (tenant_id, posted) values (old.tenant_id, -1);
    end if;
    if tg_op <> 'DELETE' and new.mail_id is not null then
        insert into public.mail_count_changes (tenant_id, posted) values (new.tenant_id, 1);
    end if;
    return null;
end
"""

# once for each statement, with all its rows: most statements move many mails
_COUNT_STATES = """
insert into public.mail_count_changes (tenant_id, forwarded, held, dropped, in_flight)
select * from (
    select tenant_id,
        coalesce(sum(n) filter (where case when state = 'forwarded' then exists (select from public.outbox o
            where o.mail_id = m.id and o.kind = 'catch_all' and o.state = 'sent') end), 0) as forwarded,
        coalesce(sum(n) filter (where state = 'held'), 0) as held,
        coalesce(sum(n) filter (where state = 'dropped'), 0) as dropped,
        coalesce(sum(n) filter (where state in ('waiting', 'moving', 'forwarding')), 0) as in_flight
    from ({rows}) m group by tenant_id
) c where (forwarded, held, dropped, in_flight) <> (0, 0, 0, 0);
"""
_ADDED = "select id, tenant_id, state, 1 as n from added"
_REMOVED = "select id, tenant_id, state, -1 as n from removed"
_COUNT_MAILS = f"""
begin
    if tg_op = 'INSERT' then {_COUNT_STATES.format(rows=_ADDED)}
    elsif tg_op = 'DELETE' then {_COUNT_STATES.format(rows=_REMOVED)}
    else {_COUNT_STATES.format(rows=f"{_ADDED} union all {_REMOVED}")}
    end if;
    return null;
end
"""

# a mail is forwarded when its row says so, and the outbox has sent it at least once; the lock makes a transaction that
# changes the other of the two wait
_COUNT_FORWARD = """
declare
    forward record;
    change int := 1;
    mail_state text;
begin
    if tg_op = 'INSERT' then forward := new;
    elsif tg_op = 'DELETE' then forward := old; change := -1;
    else forward := new; if old.state = 'sent' then change := -1; end if;
    end if;
    select state into mail_state from public.mails where id = forward.mail_id and tenant_id = forward.tenant_id
        for no key update;
    if mail_state = 'forwarded' and not exists (select from public.outbox o where o.mail_id = forward.mail_id
        and o.kind = 'catch_all' and o.state = 'sent' and o.id <> forward.id)
    then insert into public.mail_count_changes (tenant_id, forwarded) values (forward.tenant_id, change);
    end if;
    return null;
end
"""

_FUNCTIONS = {
    "count_intake": _COUNT_INTAKE,
    "count_posted": _COUNT_POSTED,
    "count_mails": _COUNT_MAILS,
    "count_forward": _COUNT_FORWARD,
}
_NEW, _OLD = "new table as added", "old table as removed"
#: The function of each trigger, when it fires, and the rest of its definition.
_TRIGGERS = (
    ("count_intake", "insert or update or delete on intake", "for each row"),
    ("count_posted", "insert on updates", "for each row when (new.mail_id is not null)"),
    ("count_posted", "delete on updates", "for each row when (old.mail_id is not null)"),
    ("count_posted", "update of tenant_id, mail_id on updates", "for each row"),
    ("count_mails", "insert on mails", f"referencing {_NEW} for each statement"),
    ("count_mails", "update on mails", f"referencing {_NEW} {_OLD} for each statement"),
    ("count_mails", "delete on mails", f"referencing {_OLD} for each statement"),
    ("count_forward", "insert on outbox", "for each row when (new.kind = 'catch_all' and new.state = 'sent')"),
    ("count_forward", "delete on outbox", "for each row when (old.kind = 'catch_all' and old.state = 'sent')"),
    (
        "count_forward",
        "update of state on outbox",
        "for each row when (old.kind = 'catch_all' and (old.state = 'sent') <> (new.state = 'sent'))",
    ),
)


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "mail_counts",
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenants.id"), primary_key=True),
        *_numbers(),
    )
    op.create_table(
        "mail_count_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        *_numbers(),
    )
    op.create_table(
        "mail_count_checks",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("drift", sa.BigInteger(), nullable=False),
    )
    # the rows change all the time: with free space, a new version of a row needs no new entry in the index
    op.execute("alter table mail_counts set (fillfactor = 50)")
    for table, rights in _RIGHTS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy all_tenants on {table} to {SYSTEM_ROLE} using (true)")
        op.execute(f"grant {rights} on {table} to {SYSTEM_ROLE}")
    for name, body in _FUNCTIONS.items():
        op.execute(_FUNCTION.format(name=name, body=body))
        op.execute(f"revoke execute on function {name}() from public")
    for function, event, how in _TRIGGERS:
        name = f"{function}_{event.split()[0]}"
        op.execute(f"create trigger {name} after {event} {how} execute function {function}()")


def _numbers() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in _PLACES]
