"""Adds indexes with which conservation counts the few mails in each state, not all mails ever received."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0065"
down_revision: str | None = "0060"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Applies this migration."""
    for name, columns, state in (
        ("mails_dropped", ["tenant_id"], "dropped"),
        ("mails_forwarded", ["tenant_id", "id"], "forwarded"),
        ("mails_forwarding", ["tenant_id", "received_at"], "forwarding"),
    ):
        op.create_index(name, "mails", columns, postgresql_where=sa.text(f"state = '{state}'"))
    sent = sa.text("kind = 'catch_all' and state = 'sent'")
    op.create_index("outbox_forwarded", "outbox", ["mail_id"], postgresql_where=sent)
