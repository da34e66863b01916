"""Adds a tenant's rules for the text of an update."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import APP_ROLE

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("tenants", sa.Column("most_text", sa.Integer(), nullable=False, server_default="50000"))
    op.add_column("tenants", sa.Column("text_required", sa.Boolean(), nullable=False, server_default="false"))
    for column in ("most_text", "text_required"):
        op.alter_column("tenants", column, server_default=None)
    op.execute(f"grant update (most_text, text_required) on tenants to {APP_ROLE}")
