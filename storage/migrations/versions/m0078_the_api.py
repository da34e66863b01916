"""Adds the tokens of the HTTP API, the requests that it must not carry out twice, and the host's ids of cases and
users."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import APP_ROLE, SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0078"
down_revision: str | None = "0077"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(
            ["created_by", "tenant_id"], ["users.id", "users.tenant_id"], "api_tokens_created_by_fkey"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
        sa.UniqueConstraint("id", "tenant_id"),
    )
    op.create_index("api_tokens_of_tenant", "api_tokens", ["tenant_id", "created_at"])
    protect("api_tokens", "select, insert")
    op.execute(f"grant update (used_at, revoked_at) on api_tokens to {APP_ROLE}")
    op.create_table(
        "api_requests",
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(
            ["token_id", "tenant_id"], ["api_tokens.id", "api_tokens.tenant_id"], "api_requests_token_id_fkey"
        ),
        sa.PrimaryKeyConstraint("token_id", "key"),
    )
    op.create_index(op.f("ix_api_requests_at"), "api_requests", ["at"])
    protect("api_requests", "select, insert")
    op.execute(f"create policy all_tenants on api_requests to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select, delete on api_requests to {SYSTEM_ROLE}")
    for table in ("cases", "users"):
        # PostgreSQL does not rewrite a table for a column with a constant default
        op.add_column(table, sa.Column("external_id", sa.String(), nullable=False, server_default=""))
        op.create_index(
            f"{table}_external_id",
            table,
            ["tenant_id", "external_id"],
            unique=True,
            postgresql_where=sa.text("external_id <> ''"),
        )
