"""Adds lanes: separate queues for large mails, and for mails whose files take long to read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0050"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("mails", sa.Column("lane", sa.SmallInteger(), nullable=False, server_default="0"))
    op.drop_index("mails_waiting", "mails")
    op.create_index(
        "mails_waiting", "mails", ["tenant_id", "lane", "received_at"], postgresql_where=sa.text("state = 'waiting'")
    )
