"""`python -m ops.embedded install`, and for maintainers `lock` and `assets`."""

import sys

import typer

from ops.embedded import jars, web_assets
from ops.embedded.errors import EmbeddedServerError
from ops.embedded.install import install as install_everything

app = typer.Typer(help="What the embedded servers need on this machine.", add_completion=False)


@app.command()
def install() -> None:
    """Fetch the jars of Apache Kafka that are missing, and check all against the lock."""
    install_everything()
    print(f"Apache Kafka is in {jars.cache_folder()}")


@app.command()
def lock() -> None:
    """Resolve the jars again and rewrite the lock. For maintainers: review the difference before committing it."""
    print(f"{len(jars.lock())} jars written to {jars.LOCK_FILE}")


@app.command()
def assets() -> None:
    """Take htmx, Tabler and the icons into console/assets again; web_assets.py has their versions."""
    for file in web_assets.take():
        print(file)


if __name__ == "__main__":
    try:
        app()
    except EmbeddedServerError as error:
        sys.exit(f"error: {error}")
