"""Extends the outbox (letters, `once`, limits by the minute); adds a tenant's templates and receipts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import APP_ROLE, SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("outbox", sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("outbox", sa.Column("once", sa.String(), nullable=True))
    domain = sa.Computed("lower(split_part(to_email, '@', -1))", persisted=True)
    op.add_column("outbox", sa.Column("domain", sa.Text(), domain, nullable=True))
    op.create_index("outbox_failed", "outbox", ["recipient_id"], postgresql_where=sa.text("state = 'failed'"))
    op.create_index(
        "outbox_once", "outbox", ["tenant_id", "once"], unique=True, postgresql_where=sa.text("once is not null")
    )
    op.create_index("outbox_receipt", "outbox", ["mail_id"], unique=True, postgresql_where=sa.text("kind = 'receipt'"))
    op.execute(f"grant select (domain) on outbox to {SYSTEM_ROLE}")
    op.create_table(
        "outbox_pace",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "minute"),
    )
    op.execute("alter table outbox_pace enable row level security")
    op.execute(f"create policy all_tenants on outbox_pace to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select, insert, update, delete on outbox_pace to {SYSTEM_ROLE}")
    op.create_table(
        "templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "kind", "name"),
    )
    protect("templates", "select, insert, update, delete")
    op.add_column("tenants", sa.Column("receipts", sa.Text(), nullable=False, server_default="off"))
    op.alter_column("tenants", "receipts", server_default=None)
    op.execute(f"grant update (receipts) on tenants to {APP_ROLE}")
