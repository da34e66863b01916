"""uvicorn within `HttpLimits`: each connection by `ops.http.connection`, and the requests of all by `Admission`."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.http.connection import Connection, Gate
from ops.http.limits import HttpLimits, network_of

#: Seconds that requests have to come to their end when a server stops.
STOP_SECONDS = 20

_TOO_MANY, _UNAVAILABLE = 429, 503
#: When to come again, in seconds.
_RETRY_AFTER = {"Retry-After": "10"}


class Admission:
    """ASGI middleware: so many requests and octets of their bodies at a time; one more is told to come again (429 to
    who has too many, 503 when all have)."""

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
        whose = network_of(scope["client"][0]) if scope["client"] else ""
        if status := self._refusal(whose):
            self._gate.refused("requests")
            words = "too many requests at a time, try again later\n"
            await PlainTextResponse(words, status, _RETRY_AFTER | {"Connection": "close"})(scope, receive, send)
            return
        async with self._counted(whose) as counted:
            await self._app(scope, counted(receive), send)

    def _refusal(self, whose: str) -> int:
        limits = self._gate.limits
        if not limits.trusts(whose) and self._requests[whose] >= limits.address_requests:
            return _TOO_MANY
        crowded = self._requests.total() >= limits.requests
        return _UNAVAILABLE if crowded and not self._gate.end_slowest_body() else 0

    @asynccontextmanager
    async def _counted(self, whose: str) -> AsyncIterator[Callable[[Receive], Receive]]:
        taken = 0

        def counted(receive: Receive) -> Receive:
            async def bounded() -> Message:
                nonlocal taken
                message = await receive()
                size = len(message.get("body", b""))
                taken += size
                self._octets[whose] += size
                if status := self._excess(whose):
                    self._gate.refused("octets")
                    raise HTTPException(status, "Too much is being sent at a time. Try again later.", _RETRY_AFTER)
                return message

            return bounded

        self._requests[whose] += 1
        try:
            yield counted
        finally:
            self._requests[whose] -= 1
            self._octets[whose] -= taken
            for counter in (self._requests, self._octets):
                if not counter[whose]:
                    del counter[whose]

    def _excess(self, whose: str) -> int:
        limits = self._gate.limits
        if not limits.trusts(whose) and self._octets[whose] > limits.address_bodies:
            return _TOO_MANY
        return _UNAVAILABLE if self._octets.total() > limits.bodies else 0


def config(
    app: ASGIApp, limits: HttpLimits, *, host: str, port: int, refused: Callable[[str], None] = lambda _: None
) -> uvicorn.Config:
    """uvicorn's configuration for an application within limits. Raises `ValueError` for what is no network."""
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


def serve(
    app: ASGIApp, limits: HttpLimits, *, host: str, port: int, refused: Callable[[str], None] = lambda _: None
) -> None:
    """Serves the application until SIGTERM or SIGINT."""
    uvicorn.Server(config(app, limits, host=host, port=port, refused=refused)).run()
