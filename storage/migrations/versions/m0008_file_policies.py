"""Adds the policy for the files that a tenant allows in updates."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import APP_ROLE

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    kind = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("tenants", sa.Column("file_policy", kind, nullable=False, server_default="{}"))
    op.alter_column("tenants", "file_policy", server_default=None)
    op.execute(f"grant update (file_policy) on tenants to {APP_ROLE}")
