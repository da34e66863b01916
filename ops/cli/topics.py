"""`casemail topics`."""

import typer

from ops.kafka import ensure_topics, grow_topics
from schemas.settings import load

app = typer.Typer()


@app.command("topics")
def topics() -> None:
    """Creates the missing topics, adds missing partitions, and says how many."""
    settings = load()
    grown = grow_topics(settings)
    created = ensure_topics(settings)
    print(f"created {len(created)} topics" if created else "all topics are there")
    for name, count in grown.items():
        print(f"{name} has {count} partitions now; running processes use them within a minute")
