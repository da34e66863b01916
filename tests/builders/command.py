"""Runs the `casemail` command."""

import os
import subprocess
import sys

from typer.testing import CliRunner, Result

from ops.cli.main import app
from ops.cluster import METRICS_PORTS
from schemas.settings import PREFIX, Settings

#: The address key in `environment`.
ADDRESS_KEYS = "a:MEQHGZLDOJSXIIDPMYQHI53FNZ2HSIDC"
#: No role that a test starts serves metrics: several tests run at a time.
NO_METRICS = {variable.upper(): "0" for variable in METRICS_PORTS.values()}
#: This process's environment without settings of casemail.
BARE = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def casemail(*arguments: object, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process with these settings alone: `casemail("topics", KAFKA_SERVERS="127.0.0.1:9092")`."""
    return subprocess.run(
        [sys.executable, "-m", "ops", *map(str, arguments)],
        env=BARE | {PREFIX + name: value for name, value in settings.items()},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )


def casemail_here(*arguments: str, typed: str = "", **settings: str) -> Result:
    """Runs the command in this process with these settings alone. A separate process takes a second to start."""
    inherited = dict.fromkeys((name for name in os.environ if name.startswith(PREFIX)), None)
    given = {PREFIX + name: value for name, value in settings.items()}
    return CliRunner().invoke(app, arguments, input=typed, env={**inherited, **given})


def command_settings(settings: Settings) -> dict[str, str]:
    """Returns the settings of a test by their names without prefix, with another address key and session secret."""
    return {
        "KAFKA_SERVERS": settings.kafka.servers,
        "DATABASE_URL": settings.database.url.replace("+psycopg", ""),
        "BLOB_URL": settings.blobs.url,
        "ADDRESS_KEYS": ADDRESS_KEYS,
        "SESSION_SECRET": "s" * 32,
        "SECRET_KEYS": ",".join(key.get_secret_value() for key in settings.secrets.secret_keys),
    } | NO_METRICS


def environment(settings: Settings) -> dict[str, str]:
    """Returns the settings of a test as environment variables."""
    return {PREFIX + name: value for name, value in command_settings(settings).items()}


def ingest(settings: Settings, *arguments: str, stdin: bytes = b"", **env: str) -> int:
    """Runs `casemail ingest` with the settings and the variables `env`; returns its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "ops", "ingest", *arguments],
        env=environment(settings) | env,
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    print(done.stdout, done.stderr)
    return done.returncode
