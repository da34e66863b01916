"""Migrations of the database schema (Alembic). `casemail migrate` runs `upgrade`; health checks ask for `revision`.

`down_revision` sets the order of the migrations. Their numbers have gaps, and never change, because databases have
stored them.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url, text

from storage.database import APP_ROLE, SYSTEM_ROLE


def config(url: str) -> Config:
    """Returns Alembic's configuration for the database at `url`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = url
    return made


def upgrade(owner_url: str, url: str) -> None:
    """Migrates the schema to the newest version as its owner, and allows the login role of `url` to take both roles.

    The login role inherits no rights (PostgreSQL 16 and later): it sees no row before it has taken one of the roles.
    Raises `sqlalchemy.exc.DBAPIError` if the database can't be reached, or the owner may not create roles.
    """
    command.upgrade(config(owner_url), "head")
    login = make_url(url).username or ""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote(login)
        connection.execute(text(f"grant {APP_ROLE}, {SYSTEM_ROLE} to {quoted} with inherit false"))
    engine.dispose()


def revision(connection: Connection) -> str | None:
    """Returns the revision of the database's schema, for the system role; None if it has no schema of ours."""
    if connection.execute(text("select to_regclass('public.alembic_version')")).scalar() is None:
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def is_older(found: str | None) -> bool:
    """Returns whether the schema of a database is older than this version needs.

    A revision that this version does not know is newer: during an upgrade, old processes work on a new schema.
    """
    known = _revisions()
    return found is None or (found in known and found != known[0])


@cache
def _revisions() -> tuple[str, ...]:
    """Returns the revisions that this version knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(config("")).walk_revisions())
