"""Deadlines for PostgreSQL connections: a server or proxy that stops answering costs only seconds.

PostgreSQL itself ends long statements, long waits for locks, and idle transactions. The kernel ends a connection whose
packets are not acknowledged (RFC 5482). Neither notices a proxy that acknowledges packets but forwards none. So the
client also has a deadline for each answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus

from schemas.settings import Settings

#: Seconds that PostgreSQL has, after a statement's deadline, to report that it ended the statement.
MARGIN_SECONDS = 2.0


@dataclass(frozen=True)
class Deadlines:
    """Longest times, in seconds.

    `connect`: to connect, and for answers that need no work. `statement`: for a statement on a tenant's rows.
    `system`: for a statement across tenants. `lock`: to wait for a lock. `idle`: for an idle transaction.
    """

    connect: int = 5
    statement: int = 30
    system: int = 10
    lock: int = 10
    idle: int = 120

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Returns the deadlines of the settings."""
        return cls(
            connect=settings.database.connect_seconds,
            statement=settings.database.statement_seconds,
            system=settings.database.system_seconds,
            lock=settings.database.lock_seconds,
            idle=settings.database.idle_seconds,
        )

    def long(self, seconds: int) -> Self:
        """Returns these deadlines with `seconds` for each statement, for example for a command that a person runs."""
        return replace(self, statement=seconds, system=seconds)

    def parameters(self, statement: int) -> dict[str, str]:
        """Returns the parameters of PostgreSQL that end long work, with `statement` seconds for each statement."""
        return {
            "statement_timeout": f"{statement}s",
            "lock_timeout": f"{self.lock}s",
            "idle_in_transaction_session_timeout": f"{self.idle}s",
        }

    def arguments(self) -> dict[str, int]:
        """Returns the libpq parameters that end a connection whose peer is silent."""
        return {
            "connect_timeout": self.connect,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 1_000 * self.connect,
        }


#: For `connect_args` of the owner's engines, whose statements may take long: a dead server or network is noticed.
ALIVE = Deadlines().arguments()


class Connection(psycopg.Connection[Any]):
    """A connection that waits `patience` seconds for an answer; then it closes, and raises `OperationalError`."""

    patience: float = 30.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Waits like psycopg for the answer to a request, at most `timeout` seconds, by default `patience`.

        Checks for Ctrl-C every `interval` seconds.
        """
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # a late answer must reach no other request
                self.pgconn.finish()
            raise


def connector(patience: float) -> Callable[..., Connection]:
    """Returns a handler for SQLAlchemy's event `do_connect`, which connects with `patience` seconds per answer."""

    def connect(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Connection:
        connection = Connection.connect(*arguments, **options)
        connection.patience = patience
        return connection

    return connect
