"""Adds settings for the decision on a mail: how long addresses work, and whether senders must be proven."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import APP_ROLE
from storage.migrations.rights import protect

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: New columns, and their values in existing rows.
COLUMNS = (
    ("tenants", sa.Column("reply_days", sa.Integer(), nullable=False, server_default="365")),
    ("tenants", sa.Column("grace_days", sa.Integer(), nullable=False, server_default="30")),
    ("tenants", sa.Column("authentication", sa.Text(), nullable=False, server_default="off")),
    ("case_addresses", sa.Column("works_until", sa.DateTime(timezone=True), nullable=True)),
    ("case_addresses", sa.Column("hits", sa.Integer(), nullable=False, server_default="0")),
    ("case_addresses", sa.Column("last_hit_at", sa.DateTime(timezone=True), nullable=True)),
)


def upgrade() -> None:
    """Applies this migration."""
    for table, column in COLUMNS:
        op.add_column(table, column)
        if column.server_default is not None:
            op.alter_column(table, column.name, server_default=None)
    op.execute(f"grant update (reply_days, grace_days, authentication) on tenants to {APP_ROLE}")
    # several tenants may share a mail domain: an address itself shows its tenant
    op.drop_constraint("tenants_mail_domain_key", "tenants")
    op.create_index("ix_tenants_mail_domain", "tenants", ["mail_domain"])
    op.create_table(
        "unproven_mails",
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("mail_id"),
    )
    op.create_index("unproven_mails_of_tenant", "unproven_mails", ["tenant_id", "noted_at"])
    protect("unproven_mails", "select, insert")
