"""`casemail dashboards`: the dashboards, as files that Grafana imports or provisions."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("dashboards")
def dashboards(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to write them; made if it is not there.")],
) -> None:
    """Writes the dashboards for Grafana, a JSON file each, into a folder. Files of these names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for board in sorted((files("ops.grafana") / "dashboards").iterdir(), key=lambda file: file.name):
        (folder / board.name).write_text(board.read_text())
        typer.echo(folder / board.name)
