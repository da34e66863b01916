"""Indexes on tables that have a row for each mail: they are made while mail goes on."""

from collections.abc import Sequence
from typing import Any

from alembic import op

from storage.migrations.run import LOCK_SECONDS

#: The tables that are too large to be locked while an index is made.
LARGE = ("mails", "updates", "outbox")


def create_concurrently(name: str, table: str, columns: Sequence[Any], **options: Any) -> None:
    """Makes an index without locking its table against writes. `options` are those of `op.create_index`.

    Commits what the migration did before, so give each index a migration of its own. A try that was cut off leaves an
    index that is not valid, which the next one replaces.
    """
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")  # it waits for older transactions, but nothing waits for it
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
        op.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
