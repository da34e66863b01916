"""Adds what recovery after a restore needs: mails that were sent before, and erasures to repeat."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0068"
down_revision: str | None = "0067"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "sent_before",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("mail_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("updates", sa.Boolean(), nullable=False),
        sa.Column("account", sa.Boolean(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_erasures_tenant_id", "erasures", ["tenant_id"])
    op.create_index("erasures_to_note", "erasures", ["at"], postgresql_where=sa.text("noted_at is null"))
    protect("sent_before", "select")
    protect("erasures", "select, insert")
    for table, rights in (("sent_before", "select, insert, delete"), ("erasures", "select, update (noted_at)")):
        op.execute(f"grant {rights} on {table} to {SYSTEM_ROLE}")
        op.execute(f"create policy all_tenants on {table} to {SYSTEM_ROLE} using (true)")
