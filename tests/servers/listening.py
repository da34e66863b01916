"""The base of scripted TCP servers: listens from entry to exit, and handles each connection in a thread."""

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Self


class ListeningServer(ABC):
    """Listens on a free port of 127.0.0.1; `port` is known from entry on."""

    port: int
    _listener: socket.socket

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends accept(), which a close alone leaves waiting
        self._listener.close()

    @abstractmethod
    def handle(self, client: socket.socket) -> None:
        """Handles one connection, in a thread."""

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        try:
            self.handle(client)
        except OSError:  # the client has gone
            return
