"""Adds an index of held mails in the order of their list: every page counts them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    columns = ["tenant_id", "received_at", "id"]
    op.create_index("mails_held", "mails", columns, postgresql_where=sa.text("state = 'held'"))
