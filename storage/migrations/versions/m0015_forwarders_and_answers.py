"""Adds the forwarders that a tenant trusts, and the score from which a mail counts as an answer."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.database import APP_ROLE

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("arc_sealers", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("answer_score", sa.Integer(), nullable=False, server_default="1"),
    )
    for column in columns:
        op.add_column("tenants", column)
        op.alter_column("tenants", column.name, server_default=None)
    op.execute(f"grant update (arc_sealers, answer_score, mail_domain) on tenants to {APP_ROLE}")
