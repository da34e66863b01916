"""Adds console sessions that can be ended, and log-in attempts, which all processes count together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE
from storage.migrations.rights import protect

revision: str = "0040"
down_revision: str | None = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    op.create_table(
        "console_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(
            ["user_id", "tenant_id"],
            ["users.id", "users.tenant_id"],
            "console_sessions_user_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("console_sessions_of_tenant", "console_sessions", ["tenant_id", "user_id"])
    op.create_index(op.f("ix_console_sessions_user_id"), "console_sessions", ["user_id"])
    protect("console_sessions", "select, insert, update, delete")
    # a trigger, so that sessions with an old role or password end, however the user is changed
    op.execute(
        "create function end_console_sessions() returns trigger language plpgsql as $$ begin"
        " delete from console_sessions where user_id = new.id; return null; end $$"
    )
    op.execute(
        "create trigger end_console_sessions after update of role, active, password_hash on users for each row"
        " when (old.role <> new.role or old.active <> new.active or old.password_hash <> new.password_hash)"
        " execute function end_console_sessions()"
    )
    op.create_table(
        "log_in_tries",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_log_in_tries_until"), "log_in_tries", ["until"])
    op.execute("alter table log_in_tries enable row level security")
    op.execute(f"create policy all_tenants on log_in_tries to {SYSTEM_ROLE} using (true)")
    op.execute(f"grant select, insert, update, delete on log_in_tries to {SYSTEM_ROLE}")
