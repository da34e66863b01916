"""The catalogue of the archive's files. All functions take a transaction of the system role."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text

from storage.archive import files
from storage.archive.files import ArchiveError

#: The kind of the row that says that a night's turn is done.
NIGHT = "night"

_NOTE = text("""
insert into archives (id, kind, rows, name, sha256, written_at)
values (:id, :kind, :rows, :name, :sha256, clock_timestamp())
""")
_CHANGE = text("update archives set rows = :rows, sha256 = :sha256 where name = :name")
_FILES = text("select name, sha256, rows from archives where name <> '' order by id")
_DUE = text("""
select not exists (select from archives where kind = 'night' and written_at >= s.at) from (
    select date_trunc('day', now() at time zone 'utc' - h.hours) at time zone 'utc' + h.hours as at
    from (select make_interval(hours => :hour) as hours) h) s
""")


def note(connection: Connection, archive_id: UUID, kind: str, rows: int, name: str = "", sha256: str = "") -> None:
    """Notes a file, rows that were removed without a copy, or that a night's turn is done."""
    values = {"id": archive_id, "kind": kind, "rows": rows, "name": name, "sha256": sha256}
    connection.execute(_NOTE, values)


def change(connection: Connection, name: str, rows: int, sha256: str) -> None:
    """Notes that a file was replaced by one with so many rows."""
    connection.execute(_CHANGE, {"name": name, "rows": rows, "sha256": sha256})


def is_night_due(connection: Connection, hour: int) -> bool:
    """Returns whether there was no night's turn since this hour of the day (0 to 23, UTC) was last reached."""
    return bool(connection.execute(_DUE, {"hour": hour}).scalar_one())


def faults(connection: Connection, folder: Path) -> Iterator[str]:
    """Yields a line for each file of the catalogue that is missing or has changed, and for each other file."""
    known = set()
    for row in connection.execute(_FILES):
        known.add(row.name)
        if not (folder / row.name).is_file():
            yield f"{row.name} is missing: it had {row.rows} rows"
        elif files.digest(folder / row.name) != row.sha256 or not _has(folder / row.name, row.rows):
            yield f"{row.name} has changed since it was written"
    for name in files.names(folder):
        if name not in known:
            yield f"{name} is not in the catalogue: its run was broken off, and its rows did not leave with it"


def _has(path: Path, rows: int) -> bool:
    try:
        return len(files.read(path)) == rows
    except ArchiveError:
        return False
