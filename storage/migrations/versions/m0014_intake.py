"""Adds mails of which only the header is kept, canaries, and a memory of webhook requests."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
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
    op.create_table(
        "canaries",
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_index("canaries_of_source", "canaries", ["source_id", "tenant_id", "sent_at"])
    op.create_index("canaries_open", "canaries", ["sent_at"], postgresql_where=sa.text("not counted"))
    op.create_index(op.f("ix_canaries_sent_at"), "canaries", ["sent_at"])
    protect("canaries", "select, update (came_at)")
    op.execute(f"grant select, insert, update, delete on canaries to {SYSTEM_ROLE}")
    op.execute(f"create policy all_tenants on canaries to {SYSTEM_ROLE} using (true)")
