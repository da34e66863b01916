"""Alembic runs this file: with the connection of `storage.migrations.run`, or to a URL, or to print the statements."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine
from sqlmodel import SQLModel

import schemas.tables  # noqa: F401  # fills the metadata
from storage.deadlines import ALIVE


def _run(**given: Any) -> None:
    # each migration commits by itself: one that gave way to other transactions is tried again alone
    context.configure(**given, target_metadata=SQLModel.metadata, compare_type=True, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


connection: Connection | None = context.config.attributes.get("connection")
if context.is_offline_mode():
    _run(dialect_name="postgresql", literal_binds=True)
elif connection is not None:
    _run(connection=connection)
else:
    with create_engine(context.config.attributes["url"], poolclass=NullPool, connect_args=ALIVE).connect() as opened:
        _run(connection=opened)
