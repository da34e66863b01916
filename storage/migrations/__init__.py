"""Migrations of the schema (Alembic). `upgrade` is what `casemail migrate` runs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from storage.database import APP_ROLE, SYSTEM_ROLE


def config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = url
    return made


def upgrade(owner_url: str, url: str) -> None:
    """Brings the schema to the newest version as its owner, and lets the login role of `url` act in the two roles.

    It inherits nothing of them (PostgreSQL 16 and later): it sees no row before it has taken one of the roles.
    Raises `sqlalchemy.exc.DBAPIError` when the database can't be reached or the owner may not create roles.
    """
    command.upgrade(config(owner_url), "head")
    login = make_url(url).username or ""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote(login)
        connection.execute(text(f"grant {APP_ROLE}, {SYSTEM_ROLE} to {quoted} with inherit false"))
    engine.dispose()
