"""`casemail topics`."""

import typer

from ops.kafka import ensure_topics
from schemas.settings import load

app = typer.Typer()


@app.command("topics")
def topics() -> None:
    """Creates the missing topics, and says how many."""
    created = ensure_topics(load())
    print(f"created {len(created)} topics" if created else "all topics are there")
