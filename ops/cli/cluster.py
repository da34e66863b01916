"""`casemail cluster`: shows the identity of the cluster, and accepts a change of it."""

from typing import Annotated

import typer

from ops.cli.opened import opened
from storage import identity

app = typer.Typer(no_args_is_help=True)


@app.command("show")
def show() -> None:
    """Show the cluster's id, topic prefix and fingerprints of keys, and how these settings differ. Exit code 1 if they
    do."""
    with opened() as resources, resources.database.system() as connection:
        known = identity.read(connection)
        if known is None:
            print("This cluster has no identity yet: its first process writes it.")
            return
        differences = identity.compare(known, resources.settings)
        if known.blob_mark:
            differences += identity.compare_blobs(known, resources.blobs)
    print(f"id            {known.id}")
    print(f"topic prefix  {known.topic_prefix!r}")
    for name, fingerprints in known.keys.items():
        print(f"{name:14}{' '.join(fingerprints)}")
    for words in differences:
        print(words)
    raise typer.Exit(1 if differences else 0)


@app.command("accept")
def accept(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Make the keys, the topic prefix and the blob store of these settings those of the cluster.

    Processes that lack one of these keys, or use another blob store, do not start any more.
    """
    with opened() as resources, resources.database.system() as connection:
        known = identity.read(connection)
        for words in identity.compare(known, resources.settings) if known else ():
            print(words)
        question = "Are these settings, with this blob store, from now on those of the whole cluster?"
        if not yes and not typer.confirm(question):
            raise typer.Exit(1)
        identity.accept(connection, resources.settings, resources.blobs)
    print("accepted")
