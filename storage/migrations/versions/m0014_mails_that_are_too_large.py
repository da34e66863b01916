"""Mails of which only the header was taken, canaries, and requests of webhooks that came before."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this step."""
    op.add_column("mails", sa.Column("whole_size", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("mails", "whole_size", server_default=None)
