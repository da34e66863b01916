"""A TCP proxy that cuts connections off in the middle of an answer."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

from tests.servers.listening import ListeningServer


class CuttingProxy(ListeningServer):
    """Passes connections on to the port `target`. `after` has, for each of the first connections, the bytes of answers
    after which it is cut off; later connections are whole. `cut` counts the connections that were cut."""

    def __init__(self, target: int, after: Sequence[int]) -> None:
        self._target, self._after = target, list(after)
        self.cut = 0

    def handle(self, client: socket.socket) -> None:
        """Passes on what comes in both directions."""
        limit = self._after.pop(0) if self._after else None
        server = socket.create_connection(("127.0.0.1", self._target))
        threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
        self._pass(server, client, limit)

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
