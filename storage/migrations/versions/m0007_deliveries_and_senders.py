"""Adds delivery reports to the recipient log, and indexes that count the mails of a sender."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("update_recipients", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("update_recipients", sa.Column("bounced_address", sa.String(), nullable=True))
    op.add_column("update_recipients", sa.Column("bounce_permanent", sa.Boolean(), nullable=True))
    op.add_column("update_recipients", sa.Column("bounce_words", sa.String(), nullable=True))
    op.create_index(
        "mails_sender",
        "mails",
        ["tenant_id", "sender", "received_at"],
        postgresql_where=sa.text("duplicate_of is null"),
    )
    op.create_index(
        "mails_author", "mails", ["tenant_id", "author", "received_at"], postgresql_where=sa.text("state = 'posted'")
    )
