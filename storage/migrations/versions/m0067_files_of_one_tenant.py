"""Lets a file of an update name only bytes of its own tenant."""

from collections.abc import Sequence

from alembic import op

revision: str = "0067"
down_revision: str | None = "0066"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    for column in ("blob", "thumbnail"):
        op.create_check_constraint(
            f"update_files_{column}_of_tenant", "update_files", f"starts_with({column}, tenant_id::text || '/')"
        )
