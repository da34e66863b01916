"""Fills the counts of each tenant's mails, while mail goes on."""

from collections.abc import Sequence

from alembic import op

revision: str = "0071"
down_revision: str | None = "0070"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_LOCK = "select pg_advisory_xact_lock(hashtextextended('casemail mail counts', 0))"

# The triggers count what happens after the snapshot of this statement. It adds what had happened before, less what the
# triggers have counted by then, so that it may also run twice.
_FILL = """
with rows (tenant_id, received, posted, forwarded, held, dropped, in_flight) as (
    select tenant_id, sum(taken), 0, 0, 0, 0, 0 from intake group by tenant_id
    union all select tenant_id, 0, count(*), 0, 0, 0, 0 from updates where mail_id is not null group by tenant_id
    union all select tenant_id, 0, 0, count(*), 0, 0, 0 from mails m where state = 'forwarded' and exists (
        select from outbox o where o.mail_id = m.id and o.kind = 'catch_all' and o.state = 'sent') group by tenant_id
    union all select tenant_id, 0, 0, 0, count(*), 0, 0 from mails where state = 'held' group by tenant_id
    union all select tenant_id, 0, 0, 0, 0, count(*), 0 from mails where state = 'dropped' group by tenant_id
    union all select tenant_id, 0, 0, 0, 0, 0, count(*) from mails where state in ('waiting', 'moving', 'forwarding')
        group by tenant_id
    union all select tenant_id, -received, -posted, -forwarded, -held, -dropped, -in_flight from mail_counts
    union all select tenant_id, -received, -posted, -forwarded, -held, -dropped, -in_flight from mail_count_changes
)
insert into mail_count_changes (tenant_id, received, posted, forwarded, held, dropped, in_flight)
select tenant_id, sum(received), sum(posted), sum(forwarded), sum(held), sum(dropped), sum(in_flight) from rows
group by tenant_id
"""


def upgrade() -> None:
    """Applies this migration."""
    # commits the migrations before: creating the triggers made writers wait, and they need not wait for the counting
    with op.get_context().autocommit_block():
        op.execute(f"do $$ begin perform {_LOCK.removeprefix('select ')}; {_FILL.strip()}; end $$")
