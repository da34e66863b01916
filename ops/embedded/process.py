"""A server as a child process: it has its folder alone, its output is kept, and it ends when this process ends."""

import contextlib
import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from ops.embedded import supervisor
from ops.embedded.errors import EmbeddedServerError

LOG_LINES_SHOWN = 15
PORTS = range(15_000, 32_000)  # below Linux's ports for clients, where a client that retries can connect to itself
LOOK_EVERY = 0.05  # seconds


def free_port() -> int:
    """Returns a TCP port of 127.0.0.1 that nobody listens on now. Raises EmbeddedServerError if it finds none."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise EmbeddedServerError(f"found no free port from {PORTS.start} to {PORTS.stop}: give one with port=")


def listens(port: int) -> bool:
    """Returns whether a process listens on this TCP port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class ServerProcess:
    """One server program in one folder, guarded by `supervisor.py`.

    `name` is for messages. The server's output is appended to `folder/server.log`. The folder is locked while the
    server or a child of it lives: two servers never share it, and a lock file that the server left is stale.
    """

    def __init__(self, name: str, folder: Path, *, stop_signal: signal.Signals) -> None:
        self.name = name
        self.folder = folder
        self.log = folder / "server.log"
        self.patience = 10.0
        self._stop_signal = stop_signal
        self._lock: int | None = None
        self._guard: subprocess.Popen[str] | None = None
        self._pid = 0
        self._log_start = 0

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int:
        """The server's process id; raises EmbeddedServerError if it does not run."""
        if not self.running:
            raise EmbeddedServerError(f"{self.name} does not run: call start() first")
        return self._pid

    def lock_folder(self) -> None:
        """Locks the folder. Waits `patience` seconds for a dying server to end, then raises EmbeddedServerError.

        `spawn` passes the lock to the server: it then lasts as long as the server or a child of it lives.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + self.patience
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self._drop_lock()
                    message = f"another {self.name} runs in {self.folder}: stop it, or use another folder"
                    raise EmbeddedServerError(message) from None
                time.sleep(LOOK_EVERY)
            else:
                return

    def spawn(self, command: Sequence[str], *, env: dict[str, str], cwd: Path | None = None) -> None:
        """Starts `command` in the locked folder, or in `cwd`; `env` is added to our environment."""
        assert self._lock is not None, "lock_folder() first"
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._guard = subprocess.Popen(
                [sys.executable, "-P", supervisor.__file__, str(os.getpid()), *command],
                cwd=cwd or self.folder,
                env=os.environ | env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(self._lock,),
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the server in our own order
                text=True,
            )
        assert self._guard.stdout is not None
        with self._guard.stdout as answer:
            line = answer.readline()
        self._drop_lock()
        if not line:
            self._guard.wait()
            raise self.failure("did not start")
        self._pid = int(line)

    def run(
        self,
        command: Sequence[str],
        *,
        env: dict[str, str],
        what: str,
        cwd: Path | None = None,
        stdin: IO[str] | None = None,
    ) -> None:
        """Runs a preparing `command` to its end. Raises EmbeddedServerError (it "could not WHAT") if it fails."""
        assert self._lock is not None, "lock_folder() first"
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            done = subprocess.run(
                command,
                cwd=cwd or self.folder,
                env=os.environ | env,
                stdin=stdin or subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._lock,),
                check=False,
            )
        if done.returncode:
            raise self.failure(f"could not {what}")

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Returns when `ready()` is true. Raises EmbeddedServerError if the server exits first or `seconds` pass.

        Kills the server if `seconds` pass.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise self.failure("stopped while it was starting")
            if time.monotonic() > deadline:
                self.kill()
                raise self.failure(f"gave no answer within {seconds:.0f} s of its start")
            time.sleep(LOOK_EVERY)

    def stop(self, *, seconds: float = 30.0) -> bool:
        """Stops the server cleanly, or by force after `seconds`. Returns whether it stopped cleanly.

        Does nothing if it does not run.
        """
        clean = True
        if self._guard is not None and self.running:
            self._signal(self._stop_signal)
            try:
                self._guard.wait(seconds)
            except subprocess.TimeoutExpired:
                clean = False
                self.kill()
        self._forget()
        return clean

    def kill(self) -> None:
        """Kills the server with SIGKILL; returns when it and all its children are gone."""
        if self._guard is not None and self.running:
            self._signal(signal.SIGKILL)
            self._guard.wait()
        self._forget()

    def failure(self, what: str) -> EmbeddedServerError:
        """Returns the error for a failed start, with the last lines of the server's output."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        shown = [f"  {line}" for line in lines if not line.startswith("\t")]  # Java's stack frames begin with a tab
        return EmbeddedServerError(
            f"{self.name} in {self.folder} {what}. Its last words:\n"
            + "\n".join(shown[-LOG_LINES_SHOWN:] or ["  (nothing)"])
            + f"\nAll of them are in {self.log}. Remove the cause and start again. "
            f"If the data may be lost, deleting {self.folder} gives a fresh start."
        )

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # the server has just ended by itself
            os.kill(self._pid, number)

    def _forget(self) -> None:
        self._guard = None
        self._drop_lock()

    def _drop_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
