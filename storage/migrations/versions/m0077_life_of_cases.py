"""Adds what cases need to be created, closed and archived by people, and the tenant's settings for it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import APP_ROLE

revision: str = "0077"
down_revision: str | None = "0076"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("cases", sa.Column("kind", sa.String(), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("closed_for", sa.String(), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    # PostgreSQL does not rewrite a table for a column with a constant default
    op.add_column("tenants", sa.Column("case_pattern", sa.String(), nullable=False, server_default="{number}"))
    op.add_column("tenants", sa.Column("next_case_number", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("tenants", sa.Column("closed_cases", sa.Text(), nullable=False, server_default="refuse"))
    op.execute(f"grant update (case_pattern, next_case_number, closed_cases) on tenants to {APP_ROLE}")
