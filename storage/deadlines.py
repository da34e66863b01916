"""Deadlines of the connections to PostgreSQL: a server, or a proxy in front of it, that goes silent costs seconds.

PostgreSQL ends a statement that takes too long, a wait for a lock, and a transaction that nobody goes on with. The
kernel ends a connection whose packets nobody acknowledges (RFC 5482). A proxy that acknowledges them and passes none
on is seen by neither: so the client has a deadline of its own for each answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus

from schemas.settings import Settings

#: Seconds that PostgreSQL has, after the deadline of a statement, to say that it ended it.
MARGIN_SECONDS = 2.0


@dataclass(frozen=True)
class Deadlines:
    """Longest times, in seconds: to connect, and to answer what needs no work (`connect`); for a statement on a
    tenant's rows (`statement`), and for one across tenants (`system`); for a lock; and for a transaction in which
    nothing is asked (`idle`)."""

    connect: int = 5
    statement: int = 30
    system: int = 10
    lock: int = 10
    idle: int = 120

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the settings."""
        return cls(
            connect=settings.database.connect_seconds,
            statement=settings.database.statement_seconds,
            system=settings.database.system_seconds,
            lock=settings.database.lock_seconds,
            idle=settings.database.idle_seconds,
        )

    def long(self, seconds: int) -> Self:
        """The same, but for statements that may take so long: what a person waits for at a shell."""
        return replace(self, statement=seconds, system=seconds)

    def arguments(self, role: str, statement: int) -> dict[str, Any]:
        """What a connection of this role is made with (libpq's parameters), where a statement may take so long."""
        limits = {
            "statement_timeout": statement,
            "lock_timeout": self.lock,
            "idle_in_transaction_session_timeout": self.idle,
        }
        options = [f"-c role={role}", *(f"-c {name}={seconds}s" for name, seconds in limits.items())]
        return {
            "options": " ".join(options),
            "connect_timeout": self.connect,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 1_000 * self.connect,
        }


class Connection(psycopg.Connection[Any]):
    """A connection that waits `patience` seconds for an answer; then it is closed, and `OperationalError` raised."""

    patience: float = 30.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg does it, for all that is asked of the server; `interval`: of a look for Ctrl-C, in seconds."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # an answer may still come: to nobody
                self.pgconn.finish()
            raise


def connector(patience: float) -> Callable[..., Connection]:
    """For SQLAlchemy's event `do_connect`: connects with so many seconds for each answer."""

    def connect(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Connection:
        connection = Connection.connect(*arguments, **options)
        connection.patience = patience
        return connection

    return connect
