"""Makes sure that only one copy of a mail posts on a case, however many copies there are, from whatever source."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

#: Bytes of a content key that all copies of the mail share (storage.ledger.copies).
_MESSAGE_BYTES = 32


def upgrade() -> None:
    """Applies this migration."""
    op.add_column("updates", sa.Column("message", sa.LargeBinary(), nullable=True))
    # of the copies that posted before this rule, the first keeps its `message`
    op.execute(f"""
        update updates u set message = k.message from (
            select distinct on (p.case_id, substr(m.content_key, 1, {_MESSAGE_BYTES})) p.id,
                substr(m.content_key, 1, {_MESSAGE_BYTES}) as message
            from updates p join mails m on m.id = p.mail_id
            order by p.case_id, substr(m.content_key, 1, {_MESSAGE_BYTES}), p.posted_at, p.id
        ) k where k.id = u.id
    """)  # only our own constant is inserted
    present = sa.text("message is not null")
    op.create_index("updates_message", "updates", ["case_id", "message"], unique=True, postgresql_where=present)
