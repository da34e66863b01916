"""A site on a real socket for the tests of the HTTP limits, and its clients."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ops.http.limits import HttpLimits
from ops.http.server import config

STRANGERS = HttpLimits(trusted=())


class Site:
    """A server of one page that keeps the cookies it got and the clients it refused."""

    def __init__(self, limits: HttpLimits) -> None:
        self.seen: list[str] = []
        self.refused: list[str] = []
        app = Starlette(routes=[Route("/in", self._take, methods=["GET", "POST"])])
        settings = config(app, limits, host="127.0.0.1", port=0, refused=self.refused.append)
        self.server = uvicorn.Server(settings)
        self.hold = threading.Event()

    async def _take(self, request: Request) -> Response:
        self.seen.append(request.headers.get("cookie", ""))
        body = await request.body()
        while self.hold.is_set():
            await asyncio.sleep(0.01)
        return PlainTextResponse(
            "y" * int(request.query_params.get("size", 0)) or f"{len(body)} from {_client(request)}"
        )

    @property
    def port(self) -> int:
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    def connect(self, first: bytes = b"", *, source: str = "127.0.0.1") -> socket.socket:
        """Opens a connection and sends `first`."""
        connection = socket.create_connection(("127.0.0.1", self.port), 30, source_address=(source, 0))
        connection.sendall(first)
        return connection

    def get(self, **headers: str) -> httpx.Response:
        """Sends an ordinary GET request with these headers; returns the answer."""
        return httpx.get(f"http://127.0.0.1:{self.port}/in", headers=headers, timeout=60)


def _client(request: Request) -> str:
    assert request.client is not None
    return request.client.host


@contextmanager
def served(limits: HttpLimits = STRANGERS) -> Iterator[Site]:
    site = Site(limits)
    thread = threading.Thread(target=site.server.run)
    thread.start()
    while not site.server.started:
        time.sleep(0.01)
    try:
        yield site
    finally:
        site.hold.clear()
        site.server.should_exit = True
        thread.join()


@contextmanager
def held(site: Site, first: bytes, count: int, *, source: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(site.connect(first, source=source)) for _ in range(count)]


def _answer(connection: socket.socket) -> bytes:
    """Returns all octets that the server sends until it closes the connection."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            said += part
    return said


def _until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(0.01)
