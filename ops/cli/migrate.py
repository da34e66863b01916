"""`casemail migrate`."""

import sys
from contextlib import closing
from typing import Annotated

import typer
from sqlalchemy import make_url

from ops.checks.start import StartError
from schemas.settings import load
from storage import identity
from storage.database import open_database
from storage.migrations import pending, sql, upgrade
from storage.migrations.run import PATIENCE

app = typer.Typer()


@app.command("migrate")
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only list what is to be done; exit code 1 if any is.")
    ] = False,
    print_sql: Annotated[bool, typer.Option("--sql", help="Only print the statements, for psql.")] = False,
    seconds: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to try again while other transactions are in the way.")
    ] = PATIENCE,
) -> None:
    """Brings the schema to the newest version, as the owner of the tables. Several may run at a time."""
    settings = load()
    owner_url = settings.database.owner_url or settings.database.url
    if check or print_sql:
        lacking = pending(owner_url)
        if print_sql:
            print(sql(lacking, make_url(settings.database.url).username or ""), end="")
            return
        for revision, words in lacking.items():
            print(f"{revision}  {words}")
        print(f"{len(lacking)} migrations are to be run" if lacking else "the schema is up to date")
        raise typer.Exit(1 if lacking else 0)
    applied = upgrade(owner_url, settings.database.url, seconds=seconds, tell=_tell)
    print(f"migrated to {applied[-1]}" if applied else "the schema is up to date")
    with closing(open_database(settings)) as database, database.system() as connection:
        problems = identity.begin(connection, settings)
    if problems:
        raise StartError(problems)


def _tell(words: str) -> None:
    print(f"casemail: {words}", file=sys.stderr)
