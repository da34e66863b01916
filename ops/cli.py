"""The `casemail` command: the only place that knows both workers and console."""

import logging
import os
import secrets
import sys
from base64 import b32encode
from pathlib import Path
from typing import Annotated

import typer
from dramatiq.errors import BrokerError
from sqlalchemy.exc import DBAPIError

from schemas import settings as schema_settings
from schemas.settings import Settings, SettingsError

USAGE_ERROR = 2

app = typer.Typer(
    help="casemail turns answers to case update mails into case updates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _settings() -> Settings:
    settings = schema_settings.load()
    if settings.metrics_dir is not None:
        # read by prometheus_client when the metrics are first imported, which is why commands import late
        settings.metrics_dir.mkdir(parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.metrics_dir)
    return settings


@app.command()
def migrate() -> None:
    """Bring the database schema to the newest version."""
    from storage.migrations import upgrade  # noqa: PLC0415

    settings = _settings()
    upgrade(settings.owner_database_url or settings.database_url, settings.database_url)


@app.command()
def topics() -> None:
    """Make the topics that are missing, and check the others."""
    from ops.kafka import ensure_topics  # noqa: PLC0415

    made = ensure_topics(_settings())
    print(f"made {len(made)} topics" if made else "all topics are there")


@app.command()
def worker(processes: int = 1, threads: int = 2) -> None:
    """Run the stages that a mail goes through. They keep a core busy: rather more processes than threads."""
    settings = _settings()
    from ops.services import worker as run  # noqa: PLC0415

    raise typer.Exit(run(settings, waits=False, processes=processes, threads=threads))


@app.command()
def courier(processes: int = 1, threads: int = 8) -> None:
    """Run the stages that wait for other people's servers: fetching and sending."""
    settings = _settings()
    from ops.services import worker as run  # noqa: PLC0415

    raise typer.Exit(run(settings, waits=True, processes=processes, threads=threads))


@app.command()
def dispatch() -> None:
    """Run the dispatcher: lets mail into the topics, orders fetches and sending; serves /metrics."""
    settings = _settings()
    from ops.services import dispatch as run  # noqa: PLC0415

    run(settings)


@app.command()
def lmtp() -> None:
    """Run the LMTP server that a mail server delivers to."""
    settings = _settings()
    from ops.services import lmtp_server  # noqa: PLC0415

    lmtp_server(settings)


@app.command()
def console() -> None:
    """Run the web console."""
    settings = _settings()
    from ops.services import console as run  # noqa: PLC0415

    run(settings)


@app.command()
def key() -> None:
    """Print a new key for CASEMAIL_ADDRESS_KEYS."""
    print("a:" + b32encode(secrets.token_bytes(20)).decode().rstrip("=").lower())


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself, with exit code 0 if all went as it should.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the data lies; default: a temporary folder.")] = None,
) -> None:
    """Start everything here, answer real update mails as real mail programs do, and show what became of each."""
    from ops.demo.run import run  # noqa: PLC0415

    raise typer.Exit(run(once=once, folder=folder))


@app.command()
def bench(mails: int = 3_000, seed: int = 1, processes: int = 1) -> None:
    """Measure: mails a second, CPU per mail by process and stage, statements per mail, latency."""
    from ops.bench.run import run  # noqa: PLC0415

    raise typer.Exit(run(mails=mails, seed=seed, processes=processes))


def main() -> None:
    """Runs the command; what the caller can mend is told in plain lines, with exit code 2."""
    from ops.embedded import EmbeddedServerError  # noqa: PLC0415

    # Kafka's client logs each attempt to connect; without a handler of anyone's, Python would print that
    logging.getLogger("kafka").addHandler(logging.NullHandler())
    try:
        app()
    except SettingsError as error:
        _tell("the settings need mending:", *error.problems)
    except (BrokerError, EmbeddedServerError) as error:
        _tell(str(error))
    except DBAPIError as error:
        _tell(f"the database says: {error.orig}", "Check CASEMAIL_DATABASE_URL, and run `casemail migrate`.")


def _tell(*lines: str) -> None:
    print("casemail: " + "\n  ".join(lines), file=sys.stderr)
    raise SystemExit(USAGE_ERROR)
