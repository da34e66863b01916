"""`casemail demo`."""

from pathlib import Path
from typing import Annotated

import typer

from ops.demo.run import run

app = typer.Typer()


@app.command("demo")
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself, with exit code 0 if all went as it should.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the data lies; default: a temporary folder.")] = None,
) -> None:
    """Runs the demo."""
    raise typer.Exit(run(once=once, folder=folder))
