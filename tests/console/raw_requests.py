"""Sends requests to the console that no HTTP client would send, as bytes."""

import socket
from urllib.parse import urlsplit

from tests.console.browser import Console


def raw(console: Console, request: bytes, *, ends: bool = True) -> tuple[socket.socket, bytes]:
    """Sends the bytes unchanged; returns the connection, and the first line of the answer if the request `ends`."""
    connection = socket.create_connection((str(urlsplit(console.url).hostname), urlsplit(console.url).port or 0))
    connection.settimeout(30)
    connection.sendall(request)
    return connection, connection.recv(4096).partition(b"\r\n")[0] if ends else b""
