"""Limits how many request threads a person, a tenant, a known device or a stranger's address can take at a time."""

from contextlib import AsyncExitStack

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.guards.devices import Devices
from console.guards.throttle import place
from console.guards.turns import BusyError, Share, Turns
from console.web.errors import busy_page
from console.web.files_host import PREFIX
from console.web.security import STATIC_PATHS

#: Most requests at a time, and how many more may wait: from a person, a tenant, an address or device without a log-in,
#: from all strangers together, for all signed links together, and for health checks. There are 40 threads (anyio's
#: default).
PERSON, TENANT, ADDRESS = (6, 40), (12, 200), (6, 40)
STRANGERS, FILES, HEALTH = (12, 100), (12, 100), (2, 100)


class RequestShares:
    """ASGI middleware, inside the session's: a request waits for its turn, or is refused (429) if too many wait."""

    def __init__(self, app: ASGIApp, devices: Devices) -> None:
        self._app = app
        self._devices = devices
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request. Its turn ends when the response begins, so that slow readers hold up nobody."""
        if scope["type"] != "http" or scope["path"].startswith(STATIC_PATHS):
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as turn:

            async def until_answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await turn.aclose()
                await send(message)

            try:
                await turn.enter_async_context(self._turns.of(self._of(Request(scope))))
            except BusyError as busy:
                await busy_page(Request(scope), busy)(scope, receive, send)
                return
            await self._app(scope, receive, until_answer)

    def _of(self, request: Request) -> list[Share]:
        session, path = request.session, request.url.path
        if path == "/healthz":
            return [Share("health", *HEALTH)]
        if "token" in session:
            return [Share(f"user {session['user']}", *PERSON), Share(f"tenant {session['tenant']}", *TENANT)]
        if device := self._devices.number(request):
            return [Share(f"device {device}", *ADDRESS)]
        address = place(request.client.host) if request.client else ""
        # the host of files gets no cookies; signed links there must not wait behind strangers who try to log in
        everybody = Share("files", *FILES) if path.startswith(PREFIX) else Share("strangers", *STRANGERS)
        return [Share(f"address {address}", *ADDRESS), everybody]
