"""Holds back all deletions from the blob store while a backup is made.

The sweeps try a lock in their transaction, and delete nothing while they do not get it. A backup holds both locks.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from storage.deadlines import ALIVE

#: SQL expressions: the numbers of the locks.
ORIGINALS = "hashtextextended('casemail originals', 0)"
FILES = "hashtextextended('casemail files', 0)"

#: Minutes that a backup waits for sweeps that run.
_MINUTES = 5
_TAKE = (
    text(f"set lock_timeout = '{_MINUTES}min'"),
    text(f"select pg_advisory_lock({ORIGINALS})"),
    text(f"select pg_advisory_lock({FILES})"),
)
_RELEASE = text("select pg_advisory_unlock_all()")


@contextmanager
def held_back(owner_url: str) -> Iterator[None]:
    """Holds back deletions until the end, in all processes. Raises `DBAPIError` if that failed meanwhile: then blobs
    may have been deleted."""
    engine = create_engine(owner_url, isolation_level="AUTOCOMMIT", pool_size=1, connect_args=ALIVE)
    try:
        with engine.connect() as connection:
            for statement in _TAKE:
                connection.execute(statement)
            yield
            connection.execute(_RELEASE)  # fails if the locks are gone, with their connection
    finally:
        engine.dispose()
