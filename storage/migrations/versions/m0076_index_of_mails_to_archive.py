"""Adds the index of mails that may leave for the archive, and lets PostgreSQL clean large tables in smaller steps."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.indexes import LARGE, create_concurrently

revision: str = "0076"
down_revision: str | None = "0075"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TO_ARCHIVE = "state in ('posted', 'forwarded', 'dropped') and raw_deleted_at is not null and archived_at is null"


def upgrade() -> None:
    """Applies this migration."""
    # the default, a fifth of the table, would leave millions of dead rows behind before they are cleaned once; this
    # takes a lock that readers and writers do not wait for
    for table in (*LARGE, "audit"):
        op.execute(
            f"alter table {table} set (autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
        )
    create_concurrently("mails_to_archive", "mails", ["ended_at"], postgresql_where=sa.text(_TO_ARCHIVE))
