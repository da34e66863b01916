"""PostgreSQL: the engines, and the scope in which a transaction may see rows.

Two roles own no table and work under row-level security. `casemail_app` sees the rows of the one tenant that its
transaction names, and none if it names none. `casemail_system` sees what the intake, the dispatcher and the metrics
need of all tenants: never users, cases or texts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import cast
from uuid import UUID

import psycopg
from prometheus_client import Counter
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from schemas.settings import Settings
from storage import deadlines
from storage.deadlines import MARGIN_SECONDS, Deadlines

APP_ROLE = "casemail_app"
SYSTEM_ROLE = "casemail_system"
SQL_STATEMENTS = Counter("casemail_sql_statements_total", "Round trips to PostgreSQL, by role.", ["role"])
#: Connections a process keeps to PostgreSQL for each role.
POOL_SIZE = 8


_LOGIN = text("select session_user::text")
_READABLE = text("""
select relname from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
  and has_any_column_privilege(session_user, c.oid, 'select') order by relname
""")


class Database:
    """The two engines of a process, made when first used (never before a fork)."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        spare: int | None = None,
        end: str = "commit",
        limits: Deadlines | None = None,
    ) -> None:
        """`pool_size` connections are kept for each role, `spare` more are made for a while; default: as many."""
        self._url = url
        self._pool_size = pool_size
        self._spare = pool_size if spare is None else spare
        self._end = end
        self._limits = limits or Deadlines()
        self._away = False
        self._asking = Lock()

    @contextmanager
    def tenant(self, tenant_id: UUID) -> Iterator[Connection]:
        """A transaction that sees this tenant's rows; committed at the end, rolled back on an exception."""
        with self._transaction(self._app, f"begin; set local app.tenant_id = '{tenant_id}'") as connection:
            yield connection

    @contextmanager
    def system(self) -> Iterator[Connection]:
        """A transaction of the system role, across tenants."""
        with self._transaction(self._system, "begin") as connection:
            yield connection

    @cached_property
    def rehearsal(self) -> "Database":
        """The same database, but for a rehearsal: every transaction is rolled back at its end."""
        return Database(self._url, pool_size=1, end="rollback", limits=self._limits)

    def with_own_connections(self, most: int) -> "Database":
        """The same database by at most so many connections of their own for each role: for what must not take those
        that the work needs."""
        return Database(self._url, pool_size=most, spare=0, end=self._end, limits=self._limits)

    def readable_without_role(self) -> tuple[str, list[str]]:
        """The login role, and the tables that it can read before it has taken a role; there should be none."""
        with self.system() as connection:
            return connection.execute(_LOGIN).scalar_one(), list(connection.execute(_READABLE).scalars())

    def close(self) -> None:
        """Closes the connections that are not in use."""
        if "rehearsal" in self.__dict__:
            self.__dict__.pop("rehearsal").close()
        for name in ("_app", "_system"):
            if name in self.__dict__:
                self.__dict__.pop(name).dispose()

    @cached_property
    def _app(self) -> Engine:
        return self._engine(APP_ROLE, self._limits.statement)

    @cached_property
    def _system(self) -> Engine:
        return self._engine(SYSTEM_ROLE, self._limits.system)

    def _engine(self, role: str, seconds: int) -> Engine:
        engine = create_engine(
            self._url,
            pool_size=self._pool_size,
            max_overflow=self._spare,
            pool_timeout=self._limits.connect + seconds,  # whoever has a connection gives it back, or fails, by then
            # the transaction is opened by hand: "begin; set local" in one string saves a round trip
            isolation_level="AUTOCOMMIT",
            connect_args=self._limits.arguments(role, seconds),
            hide_parameters=True,  # an error is logged, and they are what a mail says
        )
        statements = SQL_STATEMENTS.labels(role)
        event.listen(engine, "before_cursor_execute", lambda *_: statements.inc())
        event.listen(engine, "do_connect", deadlines.connector(seconds + MARGIN_SECONDS))
        return engine

    @contextmanager
    def _transaction(self, engine: Engine, begin: str) -> Iterator[Connection]:
        with self._begun(engine, begin) as connection:
            try:
                yield connection
            except BaseException:
                if not connection.invalidated:
                    connection.exec_driver_sql("rollback")
                raise
            connection.exec_driver_sql(self._end)

    def _begun(self, engine: Engine, begin: str) -> Connection:
        """A connection with a transaction begun. While PostgreSQL does not answer, one thread at a time waits for it:
        the others need none of their time to learn that it is away."""
        if not self._away:
            return self._noted(engine, begin)
        if not self._asking.acquire(blocking=False):
            raise _unreachable("PostgreSQL does not answer")
        try:
            return self._noted(engine, begin)
        finally:
            self._asking.release()

    def _noted(self, engine: Engine, begin: str) -> Connection:
        try:
            connection = self._replaced(engine, begin)
        except PoolTimeoutError as error:  # all are in use
            raise _unreachable("no connection to PostgreSQL got free") from error
        except DBAPIError as error:
            self._away = is_transient(error)
            raise
        self._away = False
        return connection

    def _replaced(self, engine: Engine, begin: str) -> Connection:
        """One that was lost while nobody used it is replaced, and nobody notices."""
        try:
            return self._connected(engine, begin)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._connected(engine, begin)  # the pool has let go of all that are as old

    def _connected(self, engine: Engine, begin: str) -> Connection:
        connection = engine.connect()
        server = cast("deadlines.Connection", connection.connection.dbapi_connection)
        patience, server.patience = server.patience, self._limits.connect  # it waits for no lock, and for no disk
        try:
            connection.exec_driver_sql(begin)
        except BaseException:
            connection.close()
            raise
        finally:
            server.patience = patience
        return connection


def open_database(settings: Settings, *, pool_size: int = POOL_SIZE) -> Database:
    """The database of the settings, with their deadlines; connects when first used."""
    return Database(settings.database.url, pool_size=pool_size, limits=Deadlines.of(settings))


def _unreachable(words: str) -> OperationalError:
    """What callers know as a database that is away."""
    return OperationalError(None, None, psycopg.OperationalError(words))


def is_not_storable(error: BaseException) -> bool:
    """Whether a value can't be stored as it is: a character that UTF-8 or PostgreSQL has not (22021, 22P05), a number
    out of range (22003), a time that overflows (22008); PostgreSQL documentation, appendix A."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    # a NUL is refused by psycopg itself, without a state
    return state in {"22021", "22P05", "22003", "22008"} if state else type(error.orig).__name__ == "DataError"


def is_transient(error: BaseException) -> bool:
    """Whether a database error passes by itself: connection lost, server restarting, deadlock, serialization.

    So does a lock that was not had in time. SQLSTATE classes 08, 40, 53, 55, 57 (PostgreSQL documentation, appendix A);
    no SQLSTATE means no connection.
    """
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (
        state[:2] in {"08", "40", "53", "55", "57"} if state else isinstance(error.orig, psycopg.OperationalError)
    )
