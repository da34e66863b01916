"""Mails of which only the header was taken, canaries, and requests of webhooks that came before."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this step."""
    op.add_column("mails", sa.Column("whole_size", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("mails", "whole_size", server_default=None)
    op.create_table(
        "webhook_requests",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"]),
        sa.PrimaryKeyConstraint("source_id", "nonce"),
    )
    op.create_index(op.f("ix_webhook_requests_seen_at"), "webhook_requests", ["seen_at"])
    op.execute(f"grant select, insert, delete on webhook_requests to {SYSTEM_ROLE}")
