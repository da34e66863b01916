"""Installs what the embedded servers and the console need, once for each machine."""

import os
import zipfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.embedded import jars

ASSET_FILES = ("htmx.min.js", "pico.min.css")


def install() -> list[Path]:
    """Fetches what is missing, with a progress bar on standard error, and unpacks the web assets.

    Returns the class path of Kafka. Uses no network when nothing is missing. Raises EmbeddedServerError.
    """
    if missing := jars.missing_jars():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("Fetching Apache Kafka and the web assets (45 MB, once)", total=len(missing))
            jars.download(missing, lambda _: progress.advance(task))
    web = [jar for jar in jars.locked_jars() if jar.coordinate in jars.ASSETS]
    for jar in web:
        _unpack(jars.jar_path(jar))
    return [jars.jar_path(jar) for jar in jars.locked_jars() if jar not in web]


def assets_folder() -> Path:
    """Returns the folder of the web assets, which have the names in ASSET_FILES; `install()` fills it."""
    return jars.cache_folder() / "assets"


def _unpack(web_jar: Path) -> None:
    """Writes the asset files of `web_jar` that are missing or differ, each in one step."""
    folder = assets_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(web_jar) as archive:
        for member in archive.namelist():
            asset = folder / Path(member).name
            if asset.name not in ASSET_FILES:
                continue
            content = archive.read(member)
            if not asset.exists() or asset.read_bytes() != content:
                fresh = asset.with_name(f"{asset.name}.{os.getpid()}")
                fresh.write_bytes(content)
                fresh.replace(asset)
