"""The interface that the embedded servers share."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from ops.embedded.process import ServerProcess, free_port


class EmbeddedServer(ABC):
    """A server in `folder`, on 127.0.0.1 only, that ends with this process.

    Without a `port` it gets a free one, which this object keeps. A context manager: starts on entry, stops on exit.
    """

    NAME: str
    STOP_SIGNAL: signal.Signals

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port or free_port()
        self._data = self.folder / "data"
        self._prepared = self.folder / "prepared"  # exists when the data folder is complete
        self._process = ServerProcess(self.NAME, self.folder, stop_signal=self.STOP_SIGNAL)

    @property
    def pid(self) -> int:
        """The server's process id; raises EmbeddedServerError if it does not run."""
        return self._process.pid

    def start(self) -> None:
        """Starts the server and returns when it answers; prepares the folder first. Does nothing if it runs already.

        A folder left by a crash, or by a first start that was interrupted, is fine. Raises EmbeddedServerError.
        """
        if self._process.running:
            return
        self._process.lock_folder()
        try:
            self._start()
        except BaseException:
            self._process.kill()
            raise

    def stop(self) -> None:
        """Stops the server cleanly."""
        self._process.stop()

    def kill(self) -> None:
        """Kills the server and all its children, as a crash would; `start()` works again after it."""
        self._process.kill()

    @abstractmethod
    def _start(self) -> None:
        """Prepares the locked folder if `_prepared` is missing, spawns the process, and waits for its answer."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
