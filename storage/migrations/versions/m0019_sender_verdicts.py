"""Adds whether an update's author was proven, verdicts on senders, and signatures that have posted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("updates", sa.Column("unverified", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("updates", "unverified", server_default=None)
    op.create_table(
        "sender_verdicts",
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("mail_id"),
    )
    op.create_index("sender_verdicts_of_tenant", "sender_verdicts", ["tenant_id", "noted_at"])
    op.create_index("sender_verdicts_noted", "sender_verdicts", ["noted_at"])
    protect("sender_verdicts", "select, insert, update")
    op.create_table(
        "posted_signatures",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("shown", sa.LargeBinary(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "signature", "case_id"),
    )
    op.create_index("posted_signatures_age", "posted_signatures", ["posted_at"])
    protect("posted_signatures", "select, insert, delete")
    # rows that are too old to matter are deleted for all tenants
    for table, column in (("sender_verdicts", "noted_at"), ("posted_signatures", "posted_at")):
        op.execute(f"grant select ({column}), delete on {table} to {SYSTEM_ROLE}")
        op.execute(f"create policy all_tenants on {table} to {SYSTEM_ROLE} using (true)")
