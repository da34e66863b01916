"""`casemail backup` and `casemail restore`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops.backup import checking, making, restoring
from schemas.settings import load

app = typer.Typer()


class Only(StrEnum):
    """The part of a backup that is restored."""

    DATABASE = "database"
    BLOBS = "blobs"


@app.command("backup")
def backup(
    folder: Annotated[Path, typer.Argument(help="A new folder, or one with a backup that is brought up to date.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only verify the backup there; exit code 1 if it fails.")
    ] = False,
) -> None:
    """Makes or verifies a backup. The processes may go on meanwhile."""
    if check:
        found, problems = checking.check(folder)
        for problem in problems:
            print(problem)
        words = "is whole" if not problems else f"is damaged in {len(problems)} places"
        print(f"the backup of {found.made_at:%Y-%m-%d %H:%M:%S}Z {words}: {len(found.entries):,} blobs")
        raise typer.Exit(1 if problems else 0)
    made = making.backup(load(), folder)
    print(
        f"backed up: database {made.dump:,} bytes; {made.blobs:,} blobs, of which {made.copied:,} are new "
        f"({made.copied_bytes:,} bytes)"
    )


@app.command("restore")
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder with a backup.")],
    replace: Annotated[bool, typer.Option("--replace", help="Delete all that is in the database first.")] = False,
    only: Annotated[Only | None, typer.Option(help="Restore only this part.")] = None,
) -> None:
    """Restores a backup. All processes must be stopped, and are started after `casemail recover`."""
    database, blobs = only is not Only.BLOBS, only is not Only.DATABASE
    done = restoring.restore(load(), folder, replace=replace, database=database, blobs=blobs)
    if database:
        print(f"the database is as it was at {done.manifest.made_at:%Y-%m-%d %H:%M:%S}Z")
        print(f"{done.sent:,} mails of the log of sent mails are known, and are not sent again")
    if blobs:
        print(f"{done.blobs:,} blobs were missing and are there again, of {len(done.manifest.entries):,} in the backup")
    print("Now run `casemail recover`, then start the processes.")
