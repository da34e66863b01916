"""Records also fetches that found nothing or failed, for a while."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.database import SYSTEM_ROLE

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_EMPTY = "seen = 0 and taken = 0 and finished_at is not null"


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("batches", sa.Column("error", sa.String(), nullable=False, server_default=""))
    op.alter_column("batches", "error", server_default=None)
    # pushed mails were not counted until now
    op.execute("""
        update batches b set taken = (select count(distinct source_ref) from mails m where m.batch_id = b.id)
        where seen = 0 and taken = 0
    """)
    op.create_index("batches_empty", "batches", ["started_at"], postgresql_where=sa.text(_EMPTY))
    op.execute(f"grant delete on batches to {SYSTEM_ROLE}")
