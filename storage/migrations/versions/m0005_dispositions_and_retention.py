"""Adds a tenant's dispositions, decisions on mails that ended, and how long originals are kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import APP_ROLE
from storage.migrations.rights import protect

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: New columns, with the value for existing rows.
NEW_COLUMNS = (
    ("mails", "run", sa.Integer(), "0"),
    ("mails", "raw_deleted_by", sa.String(), ""),
    ("tenants", "keep_raw_days", sa.Integer(), "90"),
)


def upgrade() -> None:
    """Applies this migration."""
    for table, name, kind, value in NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value))
        op.alter_column(table, name, server_default=None)
    op.add_column("mails", sa.Column("override", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("mails", sa.Column("raw_deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "mails_kept",
        "mails",
        ["tenant_id", "ended_at"],
        postgresql_where=sa.text("state in ('posted', 'forwarded', 'dropped') and raw_deleted_by = ''"),
    )
    op.create_index(
        "mails_to_delete",
        "mails",
        ["tenant_id"],
        postgresql_where=sa.text("raw_deleted_by <> '' and raw_deleted_at is null"),
    )
    op.create_table(
        "dispositions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "reason"),
    )
    protect("dispositions", "select, insert, update, delete")
    op.execute(f"grant update (keep_raw_days) on tenants to {APP_ROLE}")
    op.execute(f"grant delete on update_files to {APP_ROLE}")
