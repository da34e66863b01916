"""PostgreSQL: the engines and transactions, and which rows each may see.

casemail works in two roles that own no table and are under row-level security. `casemail_app` sees the rows of the
tenant that its transaction names, and no rows without a tenant. `casemail_system` sees, for all tenants, what the
intake, the dispatcher and the metrics need: never users, cases or texts.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast
from uuid import UUID

import psycopg
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from schemas.settings import Settings
from storage import deadlines
from storage.deadlines import MARGIN_SECONDS, Deadlines
from storage.labels import known

APP_ROLE = "casemail_app"
SYSTEM_ROLE = "casemail_system"
_ROLES = (APP_ROLE, SYSTEM_ROLE)
SQL_STATEMENTS = known(
    Counter("casemail_sql_statements_total", "Round trips to PostgreSQL, by role.", ["role"]), _ROLES
)
SQL_SECONDS = known(
    Histogram(
        "casemail_database_seconds",
        "Time of a round trip to PostgreSQL, by role.",
        ["role"],
        buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30),
    ),
    _ROLES,
)
IN_USE = known(
    Gauge(
        "casemail_database_connections_in_use",
        "Connections to PostgreSQL that are taken from the pool now, by role.",
        ["role"],
        multiprocess_mode="livesum",
    ),
    _ROLES,
)
#: Connections to PostgreSQL that a process keeps for each role.
POOL_SIZE = 8
#: The key, in the `info` of a connection, of the statements that begin a transaction on it.
BEGIN = "casemail begin"


_LOGIN = text("select session_user::text")
_READABLE = text("""
select relname from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
  and has_any_column_privilege(session_user, c.oid, 'select') order by relname
""")


class Database:
    """The two engines of a process, created at their first use (never before a fork).

    with database.tenant(tenant_id) as connection:
        connection.execute(...)
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        spare: int | None = None,
        end: str = "commit",
        limits: Deadlines | None = None,
        pooler: bool = False,
    ) -> None:
        """Keeps `pool_size` connections for each role, and opens up to `spare` more while needed (default: as many).

        With `pooler`, each transaction names its role and its limits, because a pooler such as PgBouncer may give each
        transaction another session of PostgreSQL. It costs PostgreSQL some microseconds a transaction.
        """
        self._url = url
        self._pooler = pooler
        self._pool_size = pool_size
        self._spare = pool_size if spare is None else spare
        self._end = end
        self._limits = limits or Deadlines()
        self._away = False
        self._asking = Lock()
        # each is opened once, also if several threads are the first: an engine too many would keep its connections
        self._opening = Lock()
        self._engines: dict[str, Engine] = {}
        self._rehearsal: Database | None = None

    @contextmanager
    def tenant(self, tenant_id: UUID) -> Iterator[Connection]:
        """Opens a transaction that sees this tenant's rows; commits at the end, rolls back on an exception."""
        with self._transaction(self._app, f"; set local app.tenant_id = '{tenant_id}'") as connection:
            yield connection

    @contextmanager
    def system(self) -> Iterator[Connection]:
        """Opens a transaction of the system role, across tenants."""
        with self._transaction(self._system) as connection:
            yield connection

    @property
    def rehearsal(self) -> "Database":
        """The same database for a rehearsal: every transaction is rolled back at its end."""
        with self._opening:
            if self._rehearsal is None:
                self._rehearsal = Database(
                    self._url, pool_size=1, end="rollback", limits=self._limits, pooler=self._pooler
                )
            return self._rehearsal

    def with_own_connections(self, most: int, *, statement_seconds: int = 0) -> "Database":
        """Returns the same database with at most `most` separate connections for each role.

        For tasks that must not take connections from the normal work. `statement_seconds` is the longest time of a
        statement; 0: as usual.
        """
        limits = self._limits.long(statement_seconds) if statement_seconds else self._limits
        return Database(self._url, pool_size=most, spare=0, end=self._end, limits=limits, pooler=self._pooler)

    def readable_without_role(self) -> tuple[str, list[str]]:
        """Returns the login role, and the tables that it can read without taking a role: the list should be empty."""
        with self.system() as connection:
            return connection.execute(_LOGIN).scalar_one(), list(connection.execute(_READABLE).scalars())

    def close(self) -> None:
        """Closes unused connections."""
        with self._opening:
            rehearsal, self._rehearsal = self._rehearsal, None
            engines, self._engines = self._engines, {}
        if rehearsal is not None:
            rehearsal.close()
        for engine in engines.values():
            engine.dispose()

    @property
    def _app(self) -> Engine:
        return self._engine(APP_ROLE, self._limits.statement)

    @property
    def _system(self) -> Engine:
        return self._engine(SYSTEM_ROLE, self._limits.system)

    def _engine(self, role: str, seconds: int) -> Engine:
        with self._opening:
            if role not in self._engines:
                self._engines[role] = self._new_engine(role, seconds)
            return self._engines[role]

    def _new_engine(self, role: str, seconds: int) -> Engine:
        parameters = {"role": role, **self._limits.parameters(seconds)}
        if self._pooler:
            begin = "; ".join(["begin", *(f"set local {name} = '{value}'" for name, value in parameters.items())])
            session: dict[str, Any] = {"prepare_threshold": None}  # a prepared statement stays in one session
        else:
            begin = "begin"
            session = {"options": " ".join(f"-c {name}={value}" for name, value in parameters.items())}
        engine = create_engine(
            self._url,
            pool_size=self._pool_size,
            max_overflow=self._spare,
            pool_timeout=self._limits.connect + seconds,  # by then, every connection was returned or has failed
            # transactions are opened by hand: "begin; set local" in one string saves a round trip
            isolation_level="AUTOCOMMIT",
            connect_args=self._limits.arguments() | session,
            hide_parameters=True,  # errors are logged, and parameters contain texts of mails
        )
        _measure(engine, role)
        event.listen(engine, "connect", lambda _, record: record.info.update({BEGIN: begin}))
        event.listen(engine, "do_connect", deadlines.connector(seconds + MARGIN_SECONDS))
        return engine

    @contextmanager
    def _transaction(self, engine: Engine, more: str = "") -> Iterator[Connection]:
        """Opens a transaction in which the statements `more` run first."""
        with self._begun(engine, more) as connection:
            try:
                yield connection
            except BaseException:
                if not connection.invalidated:
                    connection.exec_driver_sql("rollback")
                raise
            connection.exec_driver_sql(self._end)

    def _begun(self, engine: Engine, more: str) -> Connection:
        """Returns a connection with an open transaction.

        While PostgreSQL is away, one thread at a time waits for it; all other threads fail at once.
        """
        if not self._away:
            return self._noted(engine, more)
        if not self._asking.acquire(blocking=False):
            raise _unreachable("PostgreSQL does not answer")
        try:
            return self._noted(engine, more)
        finally:
            self._asking.release()

    def _noted(self, engine: Engine, more: str) -> Connection:
        try:
            connection = self._replaced(engine, more)
        except PoolTimeoutError as error:  # all connections are in use
            raise _unreachable("no connection to PostgreSQL got free") from error
        except DBAPIError as error:
            self._away = is_transient(error)
            raise
        self._away = False
        return connection

    def _replaced(self, engine: Engine, more: str) -> Connection:
        """Replaces a connection that was lost while it was unused."""
        try:
            return self._connected(engine, more)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._connected(engine, more)  # the pool has dropped all connections that were as old

    def _connected(self, engine: Engine, more: str) -> Connection:
        connection = engine.connect()
        server = cast("deadlines.Connection", connection.connection.dbapi_connection)
        patience, server.patience = server.patience, self._limits.connect  # this waits for no lock and no disk
        try:
            connection.exec_driver_sql(connection.info[BEGIN] + more)
        except BaseException:
            connection.close()
            raise
        finally:
            server.patience = patience
        return connection


def open_database(settings: Settings, *, pool_size: int = POOL_SIZE) -> Database:
    """Returns the database with the URL and the deadlines of the settings; it connects at the first use."""
    return Database(
        settings.database.url,
        pool_size=pool_size,
        limits=Deadlines.of(settings),
        pooler=settings.database.pooler,
    )


def _measure(engine: Engine, role: str) -> None:
    """Counts and times the round trips of an engine, and counts its connections in use."""
    statements, seconds, in_use = SQL_STATEMENTS.labels(role), SQL_SECONDS.labels(role), IN_USE.labels(role)

    def before(connection: Connection, *_: object) -> None:
        statements.inc()
        connection.info["began"] = time.perf_counter()

    def after(connection: Connection, *_: object) -> None:
        seconds.observe(time.perf_counter() - connection.info["began"])

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "checkout", lambda *_: in_use.inc())
    event.listen(engine, "checkin", lambda *_: in_use.dec())


def _unreachable(words: str) -> OperationalError:
    """Returns the error that callers expect from an unreachable database."""
    return OperationalError(None, None, psycopg.OperationalError(words))


def is_not_storable(error: BaseException) -> bool:
    """Returns whether the error is that PostgreSQL can't store a value: an invalid character (22021, 22P05), a number
    out of range (22003), a time that overflows (22008); see the PostgreSQL documentation, appendix A."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    # psycopg itself refuses a NUL, without a state
    return state in {"22021", "22P05", "22003", "22008"} if state else type(error.orig).__name__ == "DataError"


def is_transient(error: BaseException) -> bool:
    """Returns whether a database error is temporary: a lost connection, a restart, a deadlock, a lock timeout, ...

    That holds for the SQLSTATE classes 08, 40, 53, 55, 57 (PostgreSQL documentation, appendix A). An OperationalError
    without a SQLSTATE means that there was no connection.
    """
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (
        state[:2] in {"08", "40", "53", "55", "57"} if state else isinstance(error.orig, psycopg.OperationalError)
    )
