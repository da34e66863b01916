"""Installs the jars of the embedded Kafka, once for each machine."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.embedded import jars


def install() -> list[Path]:
    """Fetches what is missing, with a progress bar on standard error.

    Returns the class path of Kafka. Uses no network when nothing is missing. Raises EmbeddedServerError.
    """
    if missing := jars.missing_jars():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("Fetching Apache Kafka (44 MB, once)", total=len(missing))
            jars.download(missing, lambda _: progress.advance(task))
    return [jars.jar_path(jar) for jar in jars.locked_jars()]
