"""Migrations of the database schema (Alembic), run by `casemail migrate`.

Other packages use the names below, and `state`, which tells whether the schema fits, and `for_restore`.

`down_revision` sets the order of the migrations. Their numbers have gaps, and never change, because databases have
stored them.
"""

from storage.migrations.run import MigrationError, pending, sql, upgrade
from storage.migrations.script import config
from storage.migrations.state import is_older, revision

__all__ = ["MigrationError", "config", "is_older", "pending", "revision", "sql", "upgrade"]
