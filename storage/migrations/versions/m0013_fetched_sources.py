"""Adds the state, results and gaps of fetched sources, and what tenants see of their sources."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import APP_ROLE, SYSTEM_ROLE
from storage.migrations.rights import restrict

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: New columns, with the value for existing rows, and for sources that push mail and never set them.
NEW_COLUMNS = (
    ("sources", "state", postgresql.JSONB(astext_type=sa.Text()), "{}"),
    ("sources", "old_mails", sa.Text(), "all"),
    ("sources", "old_count", sa.Integer(), "0"),
    ("sources", "paused_for", sa.String(), ""),
    ("sources", "login_failures", sa.Integer(), "0"),
    ("sources", "left_behind", sa.Integer(), "0"),
    ("batches", "seen", sa.Integer(), "0"),
    ("batches", "taken", sa.Integer(), "0"),
    ("batches", "duplicates", sa.Integer(), "0"),
)
#: The columns of sources that the app role may read: neither `secret` nor `state`.
READ = (
    "id, kind, name, location, recipient_fields, period_seconds, active, next_at, leased_until, last_success_at, "
    "failures, last_error, tenant_id, options, old_mails, old_count, since, paused_for, login_failures, failing_since, "
    "left_behind, lease"
)
WRITTEN = (
    "name, recipient_fields, period_seconds, active, next_at, failures, last_error, options, secret, state, old_mails, "
    "since, paused_for, login_failures, failing_since, lease, leased_until"
)


def upgrade() -> None:
    """Applies this migration."""
    for table, name, kind, value in NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value))
    for name in ("since", "failing_since", "told_at", "idle_until"):
        op.add_column("sources", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("sources_name_key", "sources")
    op.create_unique_constraint("sources_name", "sources", ["tenant_id", "name"], postgresql_nulls_not_distinct=True)
    op.create_index("batches_of_source", "batches", ["source_id", "started_at"])
    create_tables()
    for table in ("source_taken", "source_gaps"):
        op.execute(f"grant select, insert, update, delete on {table} to {SYSTEM_ROLE}")
    op.execute(f"grant select ({READ}), insert, update ({WRITTEN}) on sources to {APP_ROLE}")
    op.execute(f"grant select on batches to {APP_ROLE}")
    op.execute(f"grant select, update (requested_at, refetched_at) on source_gaps to {APP_ROLE}")
    op.execute(f"grant select (source_id), delete on source_taken to {APP_ROLE}")
    restrict("sources")
    # the query in a policy sees what the role sees: only sources of its tenant
    for table in ("batches", "source_taken", "source_gaps"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy own_tenant on {table} to {APP_ROLE} using (source_id in (select id from sources))")
    for table in ("sources", "batches", "source_taken", "source_gaps"):
        op.execute(f"create policy all_tenants on {table} to {SYSTEM_ROLE} using (true)")


def create_tables() -> None:
    """Creates the tables, as generated from `schemas.tables`."""
    op.create_table(
        "source_taken",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "ref"),
    )
    op.create_table(
        "source_gaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("source_gaps_of_source", "source_gaps", ["source_id", "began_at"])
