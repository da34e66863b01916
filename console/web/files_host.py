"""The separate host for files: signed links to files work only there, without cookies, and no page is served there."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Where the paths of signed links begin.
PREFIX = "/f/"
_DEFAULT_PORTS = (":80", ":443")


class FilesHost:
    """ASGI middleware: serves files on the host in `files_url` only, and pages on other hosts only.

    An empty `files_url` switches it off.
    """

    def __init__(self, app: ASGIApp, files_url: str) -> None:
        self._app = app
        self._host = _plain(urlsplit(files_url).netloc)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or not self._host:
            await self._app(scope, receive, send)
            return
        is_files = _plain(Headers(scope=scope).get("host", "")) == self._host
        if is_files is not scope["path"].startswith(PREFIX):
            await PlainTextResponse("There is nothing here.\n", 404)(scope, receive, send)
            return

        async def without_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                del MutableHeaders(scope=message)["set-cookie"]
            await send(message)

        if is_files:
            scope = {**scope, "headers": [item for item in scope["headers"] if item[0] != b"cookie"]}
        await self._app(scope, receive, without_cookies if is_files else send)


def _plain(host: str) -> str:
    """Returns the host in the form for comparisons: in lower case, without a default port."""
    host = host.lower()
    return next((host.removesuffix(port) for port in _DEFAULT_PORTS if host.endswith(port)), host)
