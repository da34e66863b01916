"""uvicorn within `HttpLimits`: `ops.http.connection` bounds each connection, `Admission` the requests of all."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.hard_stop import arm
from ops.http.connection import Connection, Gate
from ops.http.limits import HttpLimits, network_of

#: Seconds that requests may still take when a server stops.
STOP_SECONDS = 20

_TOO_MANY, _UNAVAILABLE = 429, 503
#: Seconds after which a client may try again.
_RETRY_AFTER = {"Retry-After": "10"}


class Admission:
    """ASGI middleware that bounds the requests and the octets of their bodies at a time.

    A request over a limit is answered with 429 at the limit of its address, with 503 at the limit of the server.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate
        self._requests: Counter[str] = Counter()
        self._octets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        peer = network_of(scope["client"][0]) if scope["client"] else ""
        if status := self._refusal(peer):
            self._gate.refused("requests")
            words = "too many requests at a time, try again later\n"
            await PlainTextResponse(words, status, _RETRY_AFTER | {"Connection": "close"})(scope, receive, send)
            return
        async with self._counted(peer) as counted:
            await self._app(scope, counted(receive), send)

    def _refusal(self, peer: str) -> int:
        limits = self._gate.limits
        if not limits.trusts(peer) and self._requests[peer] >= limits.address_requests:
            return _TOO_MANY
        crowded = self._requests.total() >= limits.requests
        return _UNAVAILABLE if crowded and not self._gate.end_slowest_body() else 0

    @asynccontextmanager
    async def _counted(self, peer: str) -> AsyncIterator[Callable[[Receive], Receive]]:
        taken = 0

        def counted(receive: Receive) -> Receive:
            async def bounded() -> Message:
                nonlocal taken
                message = await receive()
                size = len(message.get("body", b""))
                taken += size
                self._octets[peer] += size
                if status := self._excess(peer):
                    self._gate.refused("octets")
                    raise HTTPException(status, "Too much is being sent at a time. Try again later.", _RETRY_AFTER)
                return message

            return bounded

        self._requests[peer] += 1
        try:
            yield counted
        finally:
            self._requests[peer] -= 1
            self._octets[peer] -= taken
            for counter in (self._requests, self._octets):
                if not counter[peer]:
                    del counter[peer]

    def _excess(self, peer: str) -> int:
        limits = self._gate.limits
        if not limits.trusts(peer) and self._octets[peer] > limits.address_bodies:
            return _TOO_MANY
        return _UNAVAILABLE if self._octets.total() > limits.bodies else 0


def config(
    app: ASGIApp, limits: HttpLimits, *, host: str, port: int, refused: Callable[[str], None] = lambda _: None
) -> uvicorn.Config:
    """Returns uvicorn's configuration for an application within limits. Raises `ValueError` for a wrong network."""
    limits.trusts("127.0.0.1")
    gate = Gate(limits, refused)
    protocol: Any = type("GatedConnection", (Connection,), {"gate": gate})
    return uvicorn.Config(
        Admission(app, gate),
        host=host,
        port=port,
        http=protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=limits.header_bytes,
        forwarded_allow_ips=list(limits.trusted),
    )


class Server(uvicorn.Server):
    """uvicorn that runs the coroutine of `beside`, if there is one, in its event loop while it serves."""

    beside: Callable[[], Coroutine[Any, Any, None]] | None = None

    @property
    def listens(self) -> bool:
        """Whether it accepts connections."""
        return bool(self.started) and not self.should_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begins to stop; uvicorn calls this at a signal."""
        arm()
        super().handle_exit(sig, frame)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until SIGTERM or SIGINT."""
        task = asyncio.create_task(self.beside()) if self.beside else None
        try:
            await super().serve(sockets)
        finally:
            if task is not None:
                task.cancel()


def make(
    app: ASGIApp, limits: HttpLimits, *, host: str, port: int, refused: Callable[[str], None] = lambda _: None
) -> Server:
    """Returns a server of the application; its `run` serves until SIGTERM or SIGINT."""
    return Server(config(app, limits, host=host, port=port, refused=refused))
