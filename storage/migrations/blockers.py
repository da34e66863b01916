"""Names the transactions that a migration waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

#: Seconds from look to look.
_PERIOD = 0.3

_BLOCKING = text("""
select pid, usename, application_name, query_start, left(query, 100) as query
from pg_stat_activity where pid = any(pg_blocking_pids(:pid)) order by xact_start nulls last
""")


class Blockers:
    """The transactions that blocked a session when it was last seen waiting."""

    def __init__(self) -> None:
        self._seen: list[str] = []

    def look(self, connection: Connection, pid: int) -> None:
        """Notes what blocks the session `pid`, if it waits now."""
        seen = [_described(row) for row in connection.execute(_BLOCKING, {"pid": pid})]
        self._seen = seen or self._seen

    def __str__(self) -> str:
        return "; ".join(self._seen) or "a transaction that could not be seen"


@contextmanager
def watched(connection: Connection, pid: int) -> Iterator[Blockers]:
    """Yields what blocks the session `pid` inside the block; a thread looks, with `connection`, which it alone uses."""
    blockers, done = Blockers(), Event()

    def look() -> None:
        while not done.wait(_PERIOD):
            try:
                blockers.look(connection, pid)
            except DBAPIError:  # the migration itself reports a server that is away
                return

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield blockers
    finally:
        done.set()
        thread.join()


def _described(row: Row[tuple[int, str, str, object, str]]) -> str:
    name = f" {row.application_name}" if row.application_name else ""
    if row.query_start is None:  # another role's session (PostgreSQL documentation, 27.2: pg_stat_activity)
        return f"pid {row.pid} ({row.usename}{name}), whose query only a member of pg_read_all_stats may see"
    return f"pid {row.pid} ({row.usename}{name}), query since {row.query_start:%Y-%m-%d %H:%M:%S%z}: {row.query!r}"
