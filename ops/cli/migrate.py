"""`casemail migrate`."""

import typer

from schemas.settings import load
from storage.migrations import upgrade

app = typer.Typer()


@app.command("migrate")
def migrate() -> None:
    """Brings the schema to the newest version, as the owner of the tables."""
    settings = load()
    upgrade(settings.database.owner_url or settings.database.url, settings.database.url)
