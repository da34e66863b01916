"""People: further addresses that they have confirmed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import APP_ROLE
from storage.migrations.rights import protect

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this step."""
    _email_aliases()


def _email_aliases() -> None:
    off = sa.text("false")
    op.add_column("tenants", sa.Column("strip_sub_addresses", sa.Boolean(), nullable=False, server_default=off))
    op.alter_column("tenants", "strip_sub_addresses", server_default=None)
    op.execute(f"grant update (strip_sub_addresses) on tenants to {APP_ROLE}")
    op.create_table(
        "email_aliases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "email_key"),
    )
    op.create_index(
        "email_aliases_confirmed",
        "email_aliases",
        ["tenant_id", "email_key"],
        unique=True,
        postgresql_where=sa.text("confirmed_at is not null"),
    )
    protect("email_aliases", "select, insert, update, delete")
    op.add_column("outbox", sa.Column("alias_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(None, "outbox", "email_aliases", ["alias_id"], ["id"], ondelete="CASCADE")
    op.create_index(
        "outbox_of_alias", "outbox", ["alias_id"], unique=False, postgresql_where=sa.text("alias_id is not null")
    )
