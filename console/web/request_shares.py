"""Nobody takes all request threads: each person, tenant, known device and stranger's address has a share of them."""

from contextlib import AsyncExitStack

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.guards.devices import Devices
from console.guards.throttle import place
from console.guards.turns import BusyError, Share, Turns
from console.web.errors import busy_page
from console.web.files_host import PREFIX
from console.web.security import STATIC_PATHS

#: Requests at a time, and how many more may wait: of one person, of one tenant, of one address or device that is not
#: logged in, of all who are not, of all who open signed links, and for looks at our health. There are 40 threads
#: (anyio's default).
PERSON, TENANT, ADDRESS = (6, 40), (12, 200), (6, 40)
STRANGERS, FILES, HEALTH = (12, 100), (12, 100), (2, 100)


class RequestShares:
    """ASGI middleware, within that of the session: a request goes on when it is its turn (429 when too many wait)."""

    def __init__(self, app: ASGIApp, devices: Devices) -> None:
        self._app = app
        self._devices = devices
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request. Its turn is over when the answer begins: who reads slowly takes no thread."""
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
        # on the files' own host nobody has a cookie: what is signed there waits for no stranger who tries to log in
        all_of_them = Share("files", *FILES) if path.startswith(PREFIX) else Share("strangers", *STRANGERS)
        return [Share(f"address {address}", *ADDRESS), all_of_them]
