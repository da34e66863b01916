"""Adds who edited an update and the decision on it; makes groups and sources deletable; indexes held mails."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import APP_ROLE, SYSTEM_ROLE

revision: str = "0050"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    for name in ("edited_by", "decided_by"):
        op.add_column("updates", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(f"updates_{name}_fkey", "updates", "users", [name, "tenant_id"], ["id", "tenant_id"])
    for name in ("edited_at", "decided_at"):
        op.add_column("updates", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name, kind in (("decision", sa.Text()), ("decision_note", sa.String())):
        op.add_column("updates", sa.Column(name, kind, nullable=False, server_default=""))
        op.alter_column("updates", name, server_default=None)
    op.drop_index("updates_waiting", "updates")
    waits = sa.text("not validated and decision = ''")
    op.create_index("updates_waiting", "updates", ["case_id"], postgresql_where=waits)
    op.create_index("updates_of_group", "updates", ["access_group_id"])
    op.execute(f"grant delete on access_groups to {APP_ROLE}")

    op.create_index("mails_held_for", "mails", ["tenant_id", "reason"], postgresql_where=sa.text("state = 'held'"))

    # when a source is deleted, its batches and mails stay; rows that only serve its fetches are deleted
    op.alter_column("batches", "source_id", nullable=True)
    for table, rule in (("batches", "SET NULL"), ("canaries", "CASCADE")):
        op.drop_constraint(f"{table}_source_id_fkey", table)
        op.create_foreign_key(None, table, "sources", ["source_id"], ["id"], ondelete=rule)
    op.execute(f"grant delete on sources to {APP_ROLE}, {SYSTEM_ROLE}")
