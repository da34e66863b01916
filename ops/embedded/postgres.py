"""PostgreSQL 18 from a wheel, for the demo, the tests and the benchmark."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from ops.embedded import wheel
from ops.embedded.server import EmbeddedServer

DATABASE = SERVICE = "casemail"
OWNER = "casemail_owner"
SUPERUSER = "postgres"
ROLES = {
    OWNER: "LOGIN CREATEROLE",
    SERVICE: "LOGIN NOSUPERUSER NOBYPASSRLS",
}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is small in containers, and a killed server leaves its part there
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
INITDB = (
    "--auth=scram-sha-256",
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
LOCALE = {"LC_ALL": "C"}  # for the messages: the caller's locale may not exist on this machine
START_SECONDS = 180.0  # a start after a crash replays up to max_wal_size first


class Postgres(EmbeddedServer):
    """A PostgreSQL 18 server with a database `casemail`, reached by TCP with a password.

    Two login roles: `casemail_owner` owns the database and may create roles; `casemail` owns nothing and is subject to
    row-level security. Their passwords are random and kept in `folder/passwords.json`.
    """

    NAME = "PostgreSQL"
    STOP_SIGNAL = signal.SIGINT  # its "fast shutdown": open sessions are ended

    @property
    def url(self) -> str:
        """SQLAlchemy URL for the service, which logs in as `casemail`."""
        return self._url(SERVICE)

    @property
    def owner_url(self) -> str:
        """SQLAlchemy URL for migrations, which log in as `casemail_owner`."""
        return self._url(OWNER)

    def _start(self) -> None:
        if not self._prepared.exists():
            self._initdb()
        # We hold the folder's lock, so its server is dead, even if another process has that pid now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = wheel.command("postgres", f"-D{wheel.data_folder(self._data)}", f"--port={self.port}", *settings)
        self._process.spawn(command, env=LOCALE, cwd=self._data)
        self._process.wait_until(self._answers, seconds=START_SECONDS)
        if not self._prepared.exists():
            self._create_roles_and_database()
            self._prepared.touch()

    @property
    def superuser_url(self) -> str:
        """URL of the superuser, for benchmarks that load rows without triggers."""
        return self._url(SUPERUSER)

    def _url(self, role: str) -> str:
        return f"postgresql+psycopg://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def _passwords(self) -> dict[str, str]:
        """The password of each role. Created on first use, so that the URLs are known before the first start."""
        file = self.folder / "passwords.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_secret(file, json.dumps({role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}))
        passwords: dict[str, str] = json.loads(file.read_text())
        return passwords

    def _initdb(self) -> None:
        command = wheel.command("initdb", f"--pgdata={wheel.data_folder(self._data)}", "--pwfile=/dev/stdin", *INITDB)
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        wheel.hand_over(self._data)
        with tempfile.TemporaryFile("w+") as superuser_password:  # not a pipe, which only our user could open
            superuser_password.write(self._passwords[SUPERUSER])
            superuser_password.seek(0)
            wheel.hand_over(superuser_password)
            self._process.run(
                command, env=LOCALE, cwd=self._data, stdin=superuser_password, what="make its data folder"
            )

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            dbname="postgres",
            user=SUPERUSER,
            password=self._passwords[SUPERUSER],
            connect_timeout=5,
            autocommit=True,
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_roles_and_database(self) -> None:
        with self._connect() as connection:
            for role, rights in ROLES.items():
                connection.execute(
                    sql.SQL("CREATE ROLE {} {} PASSWORD {}").format(
                        sql.Identifier(role), sql.SQL(rights), sql.Literal(self._passwords[role])
                    )
                )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )


def _write_secret(file: Path, text: str) -> None:
    """Creates `file` in one step, readable by our user alone; leaves a file that another process created first."""
    descriptor, fresh = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(fresh, file)
    Path(fresh).unlink()
