"""Runs the migrations: one process at a time, and without holding up the cluster behind a long transaction."""

import io
import time
from collections.abc import Callable, Collection

import structlog
from alembic import command
from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from schemas.errors import CasemailError
from storage.database import APP_ROLE, SYSTEM_ROLE
from storage.deadlines import ALIVE
from storage.migrations import script, state
from storage.migrations.blockers import Blockers, watched

#: Seconds that a statement waits for a lock. All later statements on that table queue up behind it meanwhile.
LOCK_SECONDS = 3
#: Seconds between two tries: the statements that queued up go first.
_PAUSE = 2.0
#: Seconds for all tries, and for a migration that another process runs.
PATIENCE = 300.0
#: SQLSTATEs after which a migration is tried again: lock_not_available, deadlock_detected.
_AGAIN = {"55P03", "40P01"}
#: The key of the lock of a running migration: "casemail" as a number.
_LOCK = int.from_bytes(b"casemail") >> 1

_TRY_LOCK = text("select pg_try_advisory_lock(:key)")
_UNLOCK = text("select pg_advisory_unlock(:key)")

_log = structlog.get_logger(__name__)


class MigrationError(CasemailError):
    """The schema can't be migrated now. The message says why, and what to do."""


def upgrade(
    owner_url: str, url: str, *, seconds: float = PATIENCE, tell: Callable[[str], None] = _log.warning
) -> list[str]:
    """Migrates the schema to the newest revision as its owner, and allows the login role of `url` to take both roles.

    Returns the revisions that were applied. Several may run at a time: one works, the others wait and find nothing to
    do. A migration that would wait long for another transaction gives way, and is tried again, for up to `seconds`;
    `tell` is called with a sentence whenever it waits.

    The login role inherits no rights (PostgreSQL 16 and later): it sees no row before it has taken one of the roles.
    Raises `MigrationError`, or `sqlalchemy.exc.DBAPIError` if the database can't be reached, or the owner may not
    create roles.
    """
    until = time.monotonic() + seconds
    engine = create_engine(owner_url, poolclass=NullPool, connect_args=ALIVE)
    with engine.connect() as connection:
        found = state.read(connection.execution_options(isolation_level="AUTOCOMMIT"))
        if found.postgres < state.LEAST_POSTGRES:
            raise MigrationError(state.problem(found))
        _lock(connection, until, tell)
        try:
            applied = _migrate(connection, url, until, tell)
            _grant(connection, make_url(url).username or "")
        finally:
            connection.rollback()
            connection.execute(_UNLOCK, {"key": _LOCK})
    return applied


def pending(owner_url: str) -> dict[str, str]:
    """Returns what each migration that the schema lacks does, by revision. Raises `MigrationError`, `DBAPIError`."""
    engine = create_engine(owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=ALIVE)
    with engine.connect() as connection:
        found = state.read(connection)
        if found.postgres < state.LEAST_POSTGRES:
            raise MigrationError(state.problem(found))
        return _after(_revision(connection))


def sql(lacking: Collection[str], login: str) -> str:
    """Returns the statements of the migrations `lacking` (from `pending`), as `upgrade` would run them for `login`.

    Raises `MigrationError` if one of them decides by the rows what it does.
    """
    if not lacking:
        return ""
    places = list(script.known())
    first = places.index(next(iter(lacking)))
    config, printed = script.config(), io.StringIO()
    config.output_buffer = printed
    command.upgrade(config, f"{places[first - 1]}:head" if first else "head", sql=True)
    return f"{printed.getvalue()}\n{_grants(login)};\n"


def _migrate(connection: Connection, url: str, until: float, tell: Callable[[str], None]) -> list[str]:
    """Runs the migrations that are pending; `url` is used to see what they wait for."""
    lacking = list(_after(_revision(connection)))
    if not lacking:
        return []
    pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
    watching = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=ALIVE)
    with watching.connect() as eye, watched(eye, pid) as blockers:
        while not _done(connection):
            _give_up(blockers, until)
            tell(f"The migration gave way to {blockers}. It is tried again.")
            time.sleep(_PAUSE)
    return lacking


def _done(connection: Connection) -> bool:
    """Runs the pending migrations; returns False if one had to wait too long for a lock, and was undone."""
    connection.commit()
    connection.execution_options(isolation_level=connection.default_isolation_level)
    connection.execute(text(f"set lock_timeout = '{LOCK_SECONDS}s'"))
    connection.commit()
    config = script.config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except DBAPIError as error:
        connection.rollback()
        if getattr(error.orig, "sqlstate", None) not in _AGAIN:
            raise
        return False
    connection.commit()
    return True


def _give_up(blockers: Blockers, until: float) -> None:
    if time.monotonic() > until:
        raise MigrationError(
            f"The migration waited too long for {blockers}. Let that transaction end, or end it by "
            "`select pg_terminate_backend(PID)`, and run `casemail migrate` again. What was migrated stays."
        )


def _lock(connection: Connection, until: float, tell: Callable[[str], None]) -> None:
    """Waits until no other process migrates this database."""
    # tried again and again: a waiting statement would be a transaction that an index made concurrently waits for
    waited = False
    while not connection.execute(_TRY_LOCK, {"key": _LOCK}).scalar():
        if not waited:
            tell("Another `casemail migrate` is at work. This one waits.")
            waited = True
        if time.monotonic() > until:
            raise MigrationError("Another `casemail migrate` did not end in time. Run it again later.")
        time.sleep(_PAUSE / 4)


def _grant(connection: Connection, login: str) -> None:
    connection.execute(text(_grants(login)))
    connection.commit()


def _grants(login: str) -> str:
    quoted = '"' + login.replace('"', '""') + '"'
    return f"grant {APP_ROLE}, {SYSTEM_ROLE} to {quoted} with inherit false"


def _revision(connection: Connection) -> str | None:
    if not connection.execute(text("select to_regclass('public.alembic_version') is not null")).scalar():
        return None
    revision: str | None = connection.execute(text("select version_num from public.alembic_version")).scalar()
    return revision


def _after(revision: str | None) -> dict[str, str]:
    try:
        return script.after(revision)
    except KeyError:
        raise MigrationError(
            f"The schema has the revision {revision}, which this version of casemail does not know, as it is older. "
            "Install the version that migrated it."
        ) from None
