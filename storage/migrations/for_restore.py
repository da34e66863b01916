"""What a restore needs to know of a database, and how it empties it; all as the owner of the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url, text

from storage.database import APP_ROLE, SYSTEM_ROLE
from storage.deadlines import ALIVE

_TABLES = text("select count(*) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace")
_SESSIONS = text("""
select count(*) from pg_stat_activity where usename = :login and datname = current_database()
""")
_ROLE = "do $$ begin create role {role}; exception when duplicate_object then null; end $$"


def tables(owner_url: str) -> int:
    """Returns how many tables the database has."""
    with _opened(owner_url) as connection:
        return int(connection.execute(_TABLES).scalar_one())


def sessions(owner_url: str, url: str) -> int:
    """Returns how many sessions of the login role of `url` the database has; 0 if that is the owner itself."""
    login = make_url(url).username or ""
    if login == make_url(owner_url).username:
        return 0
    with _opened(owner_url) as connection:
        return int(connection.execute(_SESSIONS, {"login": login}).scalar_one())


def empty(owner_url: str) -> None:
    """Deletes all that is in the database, and makes the roles that a dump grants rights to."""
    with _opened(owner_url) as connection:
        for statement in (
            "drop schema public cascade",
            "create schema public",
            "grant usage on schema public to public",
            *(_ROLE.format(role=role) for role in (APP_ROLE, SYSTEM_ROLE)),
        ):
            connection.exec_driver_sql(statement)


@contextmanager
def _opened(owner_url: str) -> Iterator[Connection]:
    engine = create_engine(owner_url, pool_size=1, connect_args=ALIVE)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
