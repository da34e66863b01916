"""A real clamd with a single signature, that of the EICAR test string."""

import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from ops.embedded import ServerProcess, free_port

_CLAMD = "/usr/sbin/clamd"
#: The test string (eicar.org), in two pieces, so that scanners do not find it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Eicar-Test-Signature.UNOFFICIAL"
#: The largest file that it takes, in bytes.
LARGEST = 2_000_000


class ClamAV:
    """Runs from entry to exit; `address` is `host:port`, `path` its Unix socket. Needs Debian's clamd
    (ops/packages.sh)."""

    def __init__(self, folder: Path) -> None:
        self._process = ServerProcess("clamd", folder, stop_signal=signal.SIGTERM)
        self._port = free_port()
        self.address = f"127.0.0.1:{self._port}"
        self.path = folder / "s"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def start(self) -> None:
        """Starts clamd; works again after `kill`."""
        self._process.lock_folder()
        folder = self._process.folder
        (folder / "db").mkdir(exist_ok=True)
        (folder / "db" / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
        settings = {
            "Foreground": "yes",
            "DatabaseDirectory": folder / "db",
            "TemporaryDirectory": folder,
            "LocalSocket": self.path,
            "TCPAddr": "127.0.0.1",
            "TCPSocket": self._port,
            "StreamMaxLength": LARGEST,
            "AlertExceedsMax": "yes",
        }
        (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self._process.spawn([_CLAMD, "--config-file", str(folder / "clamd.conf")], env={})
        self._process.wait_until(self._answers, seconds=60)

    def kill(self) -> None:
        """Kills clamd."""
        self._process.kill()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1) as wire:
                wire.sendall(b"zPING\0")
                return wire.recv(10) == b"PONG\0"
        except OSError:
            return False
