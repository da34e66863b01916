"""Adds sources of tenants, with options for each kind and encrypted secrets."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    kind = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("sources", sa.Column("tenant_id", sa.Uuid(), nullable=True))
    op.add_column("sources", sa.Column("options", kind, nullable=False, server_default="{}"))
    op.alter_column("sources", "options", server_default=None)
    op.add_column("sources", sa.Column("secret", sa.LargeBinary(), nullable=True))
    op.create_foreign_key(None, "sources", "tenants", ["tenant_id"], ["id"])
    op.create_index(op.f("ix_sources_tenant_id"), "sources", ["tenant_id"])
