"""Adds the identity of the cluster."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.database import SYSTEM_ROLE

revision: str = "0073"
down_revision: str | None = "0072"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "cluster_identity",
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic_prefix", sa.String(), nullable=False),
        sa.Column("keys", JSONB(), nullable=False),
        sa.Column("blob_mark", sa.Uuid(), nullable=True),
        sa.CheckConstraint("single", name="cluster_identity_single"),
        sa.PrimaryKeyConstraint("single"),
    )
    op.execute("alter table cluster_identity enable row level security")
    op.execute(f"create policy all_tenants on cluster_identity to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select, insert, update on cluster_identity to {SYSTEM_ROLE}")
