"""Adds the reports of providers about the senders of pushed mails, which came outside of the mail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "sender_words",
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("mail_id"),
    )
    op.create_index(op.f("ix_sender_words_noted_at"), "sender_words", ["noted_at"])
    op.execute(f"grant select, insert, delete on sender_words to {SYSTEM_ROLE}")
    protect("sender_words", "select, delete")
    op.execute(f"create policy all_tenants on sender_words to {SYSTEM_ROLE} using (true)")
