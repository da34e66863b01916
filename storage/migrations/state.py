"""Tells whether PostgreSQL and its schema fit this version of casemail, before any role is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, NullPool, create_engine, event, text
from sqlalchemy.exc import ProgrammingError

from storage import deadlines
from storage.database import APP_ROLE, SYSTEM_ROLE
from storage.deadlines import Deadlines
from storage.migrations import script

#: The oldest PostgreSQL with what the statements use: `uuidv7`, `uuid_extract_timestamp`.
LEAST_POSTGRES = 18

_VERSION = text("select current_setting('server_version_num')::int")
_SCHEMA = text("""
select to_regclass('public.alembic_version') is not null as migrated,
    (select count(*) = 2 and bool_and(pg_has_role(session_user, oid, 'set')) from pg_roles
     where rolname in (:app, :system)) as allowed
""")
_REVISION = text("select version_num from public.alembic_version")


@dataclass(frozen=True)
class SchemaState:
    """What PostgreSQL says: its major version, and the revision of the schema.

    `revision` is None if there is no schema, and empty if it is older than 0072 and may not be read. `allowed`: the
    login role may take the roles of casemail.
    """

    postgres: int
    revision: str | None = None
    allowed: bool = False


@contextmanager
def plain(url: str, limits: Deadlines) -> Iterator[Connection]:
    """Opens a connection of the login role, which has taken no other role; each statement commits."""
    # without parameters of the session, which a pooler may refuse or drop
    arguments = limits.arguments()
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    event.listen(engine, "do_connect", deadlines.connector(limits.system + deadlines.MARGIN_SECONDS))
    with engine.connect() as connection:
        yield connection


def read(connection: Connection) -> SchemaState:
    """Returns the state; `connection` is of a login role and commits each statement. Raises `DBAPIError`."""
    postgres = connection.execute(_VERSION).scalar_one() // 10_000
    if postgres < LEAST_POSTGRES:
        return SchemaState(postgres)
    migrated, allowed = connection.execute(_SCHEMA, {"app": APP_ROLE, "system": SYSTEM_ROLE}).one()
    if not migrated:
        return SchemaState(postgres)
    return SchemaState(postgres, _revision(connection, allowed=bool(allowed)), bool(allowed))


def _revision(connection: Connection, *, allowed: bool) -> str | None:
    connection.exec_driver_sql(f"begin; set local role {SYSTEM_ROLE}" if allowed else "begin")
    try:
        return connection.execute(_REVISION).scalar()
    except ProgrammingError:  # permission denied
        return ""
    finally:
        connection.exec_driver_sql("rollback")


def revision(connection: Connection) -> str | None:
    """Returns the revision of the database's schema, for the system role; None if it has no schema of ours."""
    if connection.execute(text("select to_regclass('public.alembic_version')")).scalar() is None:
        return None
    found: str | None = connection.execute(_REVISION).scalar()
    return found


def is_older(found: str | None) -> bool:
    """Returns whether the schema of a database is older than this version needs.

    A revision that this version does not know is newer: during an upgrade, old processes work on a new schema.
    """
    return found is None or (found in script.known() and found != script.newest())


def problem(state: SchemaState) -> str:
    """Returns a sentence that says why casemail can't work with this database, and what to do; empty if it can."""
    if state.postgres < LEAST_POSTGRES:
        return f"PostgreSQL has version {state.postgres}; casemail needs PostgreSQL {LEAST_POSTGRES} or later."
    if state.revision is None:
        return "The database has no schema. Run `casemail migrate`."
    if not state.allowed:
        return f"The login role may not take the roles {APP_ROLE} and {SYSTEM_ROLE}. Run `casemail migrate`."
    if state.revision == script.newest():
        return ""
    if state.revision and state.revision not in script.known():
        return (
            f"The schema has the revision {state.revision}, which this version of casemail does not know, as it is "
            "older. Install the version that migrated it."
        )
    return f"The schema is older than this version of casemail. Run `casemail migrate` (it needs {script.newest()})."
