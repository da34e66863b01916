"""PostgreSQL: the engines, and the scope in which a transaction may see rows.

Two roles own no table and work under row-level security. `casemail_app` sees the rows of the one tenant that its
transaction names, and none if it names none. `casemail_system` sees what the intake, the dispatcher and the metrics
need of all tenants: never users, cases or texts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

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

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE, end: str = "commit") -> None:
        self._url = url
        self._pool_size = pool_size
        self._end = end

    @contextmanager
    def tenant(self, tenant_id: UUID) -> Iterator[Connection]:
        """A transaction that sees this tenant's rows; committed at the end, rolled back on an exception."""
        with _transaction(self._app, f"begin; set local app.tenant_id = '{tenant_id}'", self._end) as connection:
            yield connection

    @contextmanager
    def system(self) -> Iterator[Connection]:
        """A transaction of the system role, across tenants."""
        with _transaction(self._system, "begin", self._end) as connection:
            yield connection

    @cached_property
    def rehearsal(self) -> "Database":
        """The same database, but for a rehearsal: every transaction is rolled back at its end."""
        return Database(self._url, pool_size=1, end="rollback")

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
        return self._engine(APP_ROLE)

    @cached_property
    def _system(self) -> Engine:
        return self._engine(SYSTEM_ROLE)

    def _engine(self, role: str) -> Engine:
        engine = create_engine(
            self._url,
            pool_size=self._pool_size,
            max_overflow=self._pool_size,
            # the transaction is opened by hand: "begin; set local" in one string saves a round trip
            isolation_level="AUTOCOMMIT",
            connect_args={"options": f"-c role={role}", "connect_timeout": 10},
            hide_parameters=True,  # an error is logged, and they are what a mail says
        )
        statements = SQL_STATEMENTS.labels(role)
        event.listen(engine, "before_cursor_execute", lambda *_: statements.inc())
        return engine


@contextmanager
def _transaction(engine: Engine, begin: str, end: str) -> Iterator[Connection]:
    with _begun(engine, begin) as connection:
        try:
            yield connection
        except BaseException:
            if not connection.invalidated:
                connection.exec_driver_sql("rollback")
            raise
        connection.exec_driver_sql(end)


def _begun(engine: Engine, begin: str) -> Connection:
    """A connection with a transaction begun; one that was lost while nobody used it is replaced, and nobody notices."""
    try:
        return _connected(engine, begin)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return _connected(engine, begin)  # the pool has let go of all that are as old


def _connected(engine: Engine, begin: str) -> Connection:
    connection = engine.connect()
    try:
        connection.exec_driver_sql(begin)
    except BaseException:
        connection.close()
        raise
    return connection


def is_transient(error: BaseException) -> bool:
    """Whether a database error passes by itself: connection lost, server restarting, deadlock, serialization.

    SQLSTATE classes 08, 40, 53, 57 (PostgreSQL documentation, appendix A); no SQLSTATE means no connection.
    """
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (
        state[:2] in {"08", "40", "53", "57"} if state else type(error.orig).__name__ == "OperationalError"
    )
