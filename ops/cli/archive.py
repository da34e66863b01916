"""`casemail archive`: old rows leave the database, and are written to files."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import orjson
import typer

from ops.cli.errors import fail
from ops.cli.opened import opened
from schemas.settings.archive import LEAST_DAYS, Archive
from storage.archive import catalogue, move, rows
from storage.archive.files import ArchiveError
from storage.archive.rows import Kind
from storage.database import Database

#: Seconds that a statement may take: the first of a run may read past many rows that stay.
_SECONDS = 300

app = typer.Typer(no_args_is_help=True)

_Folder = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="Its folder; default: CASEMAIL_ARCHIVE_FOLDER.")
]


@app.command("write")
def write(
    days: Annotated[
        int, typer.Option(min=0, help="Rows of all kinds older than this; default: CASEMAIL_ARCHIVE_..._DAYS.")
    ] = 0,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only of this kind; may be repeated.")] = None,
    folder: _Folder = None,
    no_copy: Annotated[bool, typer.Option("--no-copy", help="Remove the rows without a copy.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show how many rows would leave.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Move old rows out of the database into files. May be broken off at any time, and run again."""
    with opened() as resources:
        settings = resources.settings.archive
        chosen = {name: days or _days(settings, name) for name in kind or Kind}
        old = {name: number for name, number in chosen.items() if number}
        folder = None if no_copy else folder or settings.folder
        if problem := _problem(old, folder, copies=not (no_copy or dry_run)):
            fail(problem)
        database = resources.database.with_own_connections(1, statement_seconds=_SECONDS)
        try:
            done = _counted(database, old) if dry_run else _moved(database, old, folder, tells=not as_json)
        finally:
            database.close()
    if as_json:
        print(orjson.dumps({"dry_run": dry_run, "rows": {str(name): done[name] for name in old}}).decode())
    else:
        _tell(done, old, "would leave" if dry_run else "left")


@app.command("verify")
def verify(folder: _Folder = None) -> None:
    """Compare the files with their catalogue in the database. Exit code 1 if one is missing or has changed."""
    with opened() as resources, resources.database.system() as connection:
        place = folder or resources.settings.archive.folder
        if place is None:
            fail("no folder is set: give --folder, or set CASEMAIL_ARCHIVE_FOLDER")
        faults = list(catalogue.faults(connection, place))
    for words in faults:
        print(words)
    print(f"{len(faults)} faults" if faults else "all files of the archive are as they were written")
    raise typer.Exit(1 if faults else 0)


def _days(settings: Archive, kind: Kind) -> int:
    return int(getattr(settings, f"{kind}_days"))


def _problem(old: dict[Kind, int], folder: Path | None, *, copies: bool) -> str:
    """Returns why nothing can leave, empty if rows can."""
    if not old:
        return "say what is old: give --days, or set CASEMAIL_ARCHIVE_MAILS_DAYS or the like"
    if min(old.values()) < LEAST_DAYS:
        return f"rows of the last {LEAST_DAYS} days stay"
    if copies and folder and not folder.is_dir():
        return f"the folder of the archive is not there: {folder}"
    if copies and not folder:
        return "say where to: give --folder, set CASEMAIL_ARCHIVE_FOLDER, or remove rows for good with --no-copy"
    return ""


def _counted(database: Database, old: dict[Kind, int]) -> Counter[str]:
    with database.system() as connection:
        return Counter({name: rows.count(connection, name, days).rows for name, days in old.items()})


def _moved(database: Database, old: dict[Kind, int], folder: Path | None, *, tells: bool) -> Counter[str]:
    done: Counter[str] = Counter(dict.fromkeys(old, 0))
    try:
        for name, number in move.move(database, old, folder):
            done[name] += number
            if tells:
                print(f"{name}: {done[name]:,}", flush=True)
    except (OSError, ArchiveError) as error:
        fail(f"the archive can't be written: {error}", "the rows that did not leave are as before; run this again")
    return done


def _tell(done: Counter[str], old: dict[Kind, int], what: str) -> None:
    for name, days in old.items():
        print(f"{done[name]:>12,} {name} of more than {days} days ago {what}")
