"""A TCP proxy that cuts connections off in the middle of an answer."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Passes connections on to the port `target`. `after` has, for each of the first connections, the bytes of answers
    after which it is cut off; later connections are whole. `cut` counts the connections that were cut."""

    def __init__(self, target: int, after: Sequence[int]) -> None:
        self._target, self._after = target, list(after)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            limit = self._after.pop(0) if self._after else None
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, limit), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        try:
            while data := source.recv(65_536):
                if limit is not None and len(data) >= limit:
                    sink.sendall(data[:limit])
                    self.cut += 1
                    return
                limit = None if limit is None else limit - len(data)
                sink.sendall(data)
        except OSError:
            return
        finally:
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
