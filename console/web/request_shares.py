"""Shares the request threads among people, tenants, known devices and strangers' addresses, so that none takes all."""

from contextlib import AsyncExitStack

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.guards.devices import Devices
from console.guards.throttle import place
from console.guards.turns import BusyError, Share, Turns
from console.web.errors import busy_page
from console.web.files_host import PREFIX
from console.web.security import STATIC_PATHS

#: Requests at a time, and how many more may wait: of a person, of a tenant, of an address or device without a log-in,
#: of all strangers together, of all signed links together, and of health checks. There are 40 threads (anyio's
#: default).
PERSON, TENANT, ADDRESS = (6, 40), (12, 200), (6, 40)
STRANGERS, FILES, HEALTH = (12, 100), (12, 100), (2, 100)


class RequestShares:
    """ASGI middleware, inside that of the session: a request waits for its turn; 429 if too many wait."""

    def __init__(self, app: ASGIApp, devices: Devices) -> None:
        self._app = app
        self._devices = devices
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request. Its turn ends when the answer begins: a client that reads slowly takes no thread."""
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
        # the host of files has no cookies: signed links there must not wait for strangers who try to log in
        everybody = Share("files", *FILES) if path.startswith(PREFIX) else Share("strangers", *STRANGERS)
        return [Share(f"address {address}", *ADDRESS), everybody]
