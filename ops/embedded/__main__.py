"""`python -m ops.embedded install` and `python -m ops.embedded lock`."""

import sys

import typer

from ops.embedded import jars
from ops.embedded.errors import EmbeddedServerError
from ops.embedded.install import install as install_everything

app = typer.Typer(help="What the embedded servers and the web console need on this machine.", add_completion=False)


@app.command()
def install() -> None:
    """Fetch the jars of Apache Kafka and the web assets that are missing, and check all against the lock."""
    install_everything()
    print(f"Apache Kafka and the web assets are in {jars.cache_folder()}")


@app.command()
def lock() -> None:
    """Resolve the jars again and rewrite the lock. For maintainers: review the difference before committing it."""
    print(f"{len(jars.lock())} jars written to {jars.LOCK_FILE}")


if __name__ == "__main__":
    try:
        app()
    except EmbeddedServerError as error:
        sys.exit(f"error: {error}")
