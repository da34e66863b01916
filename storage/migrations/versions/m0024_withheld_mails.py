"""Counts mails that their server replaces with a note of its own, for the admins of the tenant."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import APP_ROLE

revision: str = "0024"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("sources", sa.Column("withheld", sa.Integer(), nullable=False, server_default="0"))
    op.execute(f"grant select (withheld) on sources to {APP_ROLE}")
