"""A whole casemail on this machine: servers, settings and processes, for the demo, the tests and the benchmark.

Kafka and PostgreSQL are embedded, unless CASEMAIL_KAFKA_SERVERS and CASEMAIL_DATABASE_URL name other servers.
"""

import os
import secrets
import signal
import sys
from base64 import b32encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from ops import gate
from ops.embedded import Kafka, Postgres
from ops.embedded.process import ServerProcess, free_port, listens
from ops.embedded.server import EmbeddedServer
from ops.kafka import ensure_topics
from schemas.settings import PREFIX, environment, load
from schemas.settings.listeners import Metrics
from storage.migrations import upgrade
from storage.secret_box import new_key

PROCESSES: dict[str, tuple[str, ...]] = {
    "worker": ("worker",),
    "courier": ("courier",),
    "dispatch": ("dispatch",),
    "lmtp": ("lmtp",),
    "console": ("console",),
}

#: The setting of each role's port of metrics, without prefix.
METRICS_PORTS = {
    role: Metrics.variable(f"{role}_port").removeprefix(PREFIX).lower()
    for role in ("dispatch", "worker", "heavy", "courier", "lmtp", "webhook", "console", "api")
}

START_SECONDS = 60.0


class Cluster:
    """Starts everything in `folder` and stops it again; a context manager.

    `overrides` are settings by field name, `worker_options` go to `casemail worker`. `kafka` and `postgres` are the
    embedded servers (None where other servers are used), `processes` our processes by name.
    """

    def __init__(
        self, folder: Path, *, overrides: Mapping[str, str] | None = None, worker_options: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        self.kafka = None if os.environ.get("CASEMAIL_KAFKA_SERVERS") else Kafka(folder / "kafka")
        self.postgres = None if os.environ.get("CASEMAIL_DATABASE_URL") else Postgres(folder / "postgres")
        self._overrides = dict(overrides or {})
        self._worker_options = worker_options
        self.env: dict[str, str] = {}
        self._commands: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {}
        self.processes: dict[str, ServerProcess] = {}
        self.forced: list[str] = []  # processes that had to be killed when they were stopped
        for name, command in PROCESSES.items():
            self.add_process(name, command)

    def add_process(self, name: str, command: tuple[str, ...], overrides: Mapping[str, str] | None = None) -> None:
        """Adds a process for `start_process`; `overrides` are settings for this process alone, by field name.

        A second process of a role gets a port of metrics of its own.
        """
        role, own = command[0], dict(overrides or {})
        if role in METRICS_PORTS and name != role:
            own = {METRICS_PORTS[role]: str(free_port())} | own
        self._commands[name] = (command, environment(own))
        self.processes[name] = ServerProcess(name, self.folder / name, stop_signal=signal.SIGTERM)

    def start(self) -> None:
        """Starts servers and our processes side by side; returns when LMTP, dispatcher and console listen.

        Our processes import their modules while the servers start, and begin when the database and topics are ready.
        """
        self._make_settings()
        with ThreadPoolExecutor() as pool:
            lock = self.folder / "gate.lock"
            with gate.closed(lock):
                spawned = [pool.submit(self._spawn, name, "ops.early", str(lock)) for name in PROCESSES]
                self._start_servers()
            for process in spawned:
                process.result()
        ports = {
            "lmtp": self.settings.lmtp.port,
            "dispatch": self.settings.metrics.port("dispatch"),
            "console": self.settings.console.port,
        }
        for name, port in ports.items():
            self.processes[name].wait_until(partial(listens, port), seconds=START_SECONDS)

    def start_servers(self) -> None:
        """Starts Kafka and PostgreSQL, migrates and creates the topics; sets `settings`."""
        self._make_settings()
        self._start_servers()

    def start_process(self, name: str) -> None:
        """Starts one of our processes and returns before it is ready."""
        self._spawn(name, "ops")

    def _start_servers(self) -> None:
        with ThreadPoolExecutor() as pool:
            for server in [pool.submit(self._start_postgres), pool.submit(self._start_kafka)]:
                server.result()

    def _start_postgres(self) -> None:
        if self.postgres is not None:
            self.postgres.start()
        upgrade(self.settings.database.owner_url or self.settings.database.url, self.settings.database.url)

    def _start_kafka(self) -> None:
        if self.kafka is not None:
            self.kafka.start()
        ensure_topics(self.settings)

    def _spawn(self, name: str, *module: str) -> None:
        """Runs `python -m` with `module` and the command of the process `name`."""
        process = self.processes[name]
        process.lock_folder()
        command, overrides = self._commands[name]
        options = self._worker_options if name == "worker" else ()
        process.spawn([sys.executable, "-m", *module, *command, *options], env=self.env | overrides)

    def metrics(self, name: str) -> str:
        """Returns the URL at which a process serves metrics and health, without a path."""
        command, overrides = self._commands[name]
        port = load(os.environ | self.env | overrides).metrics.port(command[0])
        return f"http://{self.settings.metrics.host}:{port}"

    def stop(self) -> None:
        """Stops our processes side by side, then the servers side by side, all cleanly."""
        servers = [server for server in (self.kafka, self.postgres) if server is not None]
        with ThreadPoolExecutor() as pool:
            clean = dict(zip(self.processes, pool.map(ServerProcess.stop, self.processes.values()), strict=True))
            self.forced = [name for name, ended in clean.items() if not ended]
            list(pool.map(EmbeddedServer.stop, servers))

    def _make_settings(self) -> None:
        values = self._values()
        self.env = environment(values)
        self.settings = load(os.environ | self.env)

    def _values(self) -> dict[str, str]:
        key = b32encode(secrets.token_bytes(20)).decode()
        console_port, lmtp_port = free_port(), free_port()
        values = {
            "blob_url": str(self.folder / "blobs"),
            "address_keys": f"a:{key}",
            "session_secret": secrets.token_hex(32),
            "secret_keys": new_key(),
            "console_port": str(console_port),
            "console_url": f"http://127.0.0.1:{console_port}",
            "lmtp_port": str(lmtp_port),
            "metrics_dir": str(self.folder / "metrics"),
        }
        if self.kafka is not None:
            values["kafka_servers"] = self.kafka.servers
        if self.postgres is not None:
            values |= {"database_url": self.postgres.url, "owner_database_url": self.postgres.owner_url}
        ports = {variable: str(free_port()) for variable in METRICS_PORTS.values()}
        return values | ports | self._overrides

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
