"""Marks the mails in the outbox that found no mail server, so that they go out as soon as it answers again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE

revision: str = "0074"
down_revision: str | None = "0073"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("outbox", sa.Column("unreachable", sa.Boolean(), nullable=False, server_default=sa.false()))
    waits = sa.text("state = 'waiting' and unreachable")
    op.create_index("outbox_unreachable", "outbox", ["due_at"], postgresql_where=waits)
    op.execute(f"grant select (unreachable) on outbox to {SYSTEM_ROLE}")
