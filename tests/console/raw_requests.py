"""Requests to the console as bytes, such as no HTTP client sends them."""

import socket
from urllib.parse import urlsplit

from tests.console.browser import Console


def raw(console: Console, request: bytes, *, ends: bool = True) -> tuple[socket.socket, bytes]:
    """Sends bytes as they are; the connection, and the first line of the answer."""
    connection = socket.create_connection((str(urlsplit(console.url).hostname), urlsplit(console.url).port or 0))
    connection.settimeout(30)
    connection.sendall(request)
    return connection, connection.recv(4096).partition(b"\r\n")[0] if ends else b""
