"""Moves old rows out of the database, into files or without a copy. It may be killed at any time, and run again.

A chunk of rows is taken out in a transaction, written to a file, and read back; then the transaction is committed.
Killed before the commit, the rows are still in the database; the file is then one that the catalogue does not know.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.tables import new_id
from storage.archive import catalogue, files, rows
from storage.archive.rows import Kind
from storage.database import Database

#: Rows that leave in one transaction.
MOST = 2_000


def move(
    database: Database, days: Mapping[Kind, int], folder: Path | None, *, most: int = MOST
) -> Iterator[tuple[Kind, int]]:
    """Moves all rows that are older than `days` by kind, into files in `folder`; None: they are removed without a copy.

    Yields the kind and the number of rows of each chunk, after its commit. Raises as `files.write` does; then the rows
    of that chunk are still in the database.
    """
    for kind in Kind:
        if kind in days:
            for number in _of_kind(database, kind, days[kind], folder, most):
                yield kind, number


def _of_kind(database: Database, kind: Kind, days: int, folder: Path | None, most: int) -> Iterator[int]:
    # mails are found by an index on their end, not in the order of their ids; other kinds go on where they were, as
    # they would otherwise read the rows that stay again in each chunk
    above, goes_on = rows.FIRST, kind is not Kind.MAILS
    while True:
        with database.system() as connection:
            taken = rows.take(connection, kind, days, most=most, above=above)
            if not taken:
                return
            archive_id = new_id()
            file = files.write(folder, kind, archive_id, [each.line for each in taken]) if folder else ("", "")
            catalogue.note(connection, archive_id, kind, len(taken), *file)
        yield len(taken)
        if len(taken) < most:
            return
        if goes_on:
            above = taken[-1].id
