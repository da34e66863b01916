"""A real PgBouncer in transaction mode before an embedded PostgreSQL. Needs Debian's package (ops/packages.sh)."""

import json
import os
import pwd
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import make_url

from ops.embedded import Postgres, ServerProcess, free_port, listens
from ops.embedded.wheel import UNPRIVILEGED

PROGRAM = "/usr/sbin/pgbouncer"
#: Sessions of PostgreSQL that all clients share: few, so that a client soon gets another's.
SESSIONS = 3
_CONFIG = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 500
auth_type = scram-sha-256
auth_file = {folder}/users.txt
ignore_startup_parameters = {ignored}
"""


class PgBouncer:
    """A pooler for `postgres` between entry and exit; `url` is the service's URL through it.

    `ignored` are the start-up parameters that it drops; it refuses others that it does not know.
    """

    def __init__(self, folder: Path, postgres: Postgres, *, ignored: str = "") -> None:
        self._process = ServerProcess("pgbouncer", folder, stop_signal=signal.SIGINT)
        self._postgres = postgres
        self._ignored = ignored
        self._port = free_port()
        self.url = make_url(postgres.url).set(port=self._port).render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        self._process.lock_folder()
        folder = self._process.folder
        passwords = json.loads((self._postgres.folder / "passwords.json").read_text())
        users = folder / "users.txt"
        users.write_text("".join(f'"{user}" "{password}"\n' for user, password in passwords.items()))
        config = folder / "pgbouncer.ini"
        values = {"server": self._postgres.port, "port": self._port, "sessions": SESSIONS}
        config.write_text(_CONFIG.format(folder=".", ignored=self._ignored, **values))
        command = [PROGRAM, config.name]
        if os.geteuid() == 0:  # it refuses to run as root
            user = pwd.getpwnam(UNPRIVILEGED)
            for path in (folder, users, config):
                os.chown(path, user.pw_uid, user.pw_gid)
            command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--", *command]
        self._process.spawn(command, env={})
        self._process.wait_until(lambda: listens(self._port), seconds=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()
