"""Compresses pages and assets with gzip.

A page contains secrets beside text that strangers can choose, and its compressed length depends on both (BREACH). To
use that, an attacker must make a person's browser send requests from another site. So a page is only compressed if the
browser says that the request came from the console, or that a person typed the address (Sec-Fetch-Site, W3C Fetch
Metadata). Assets contain no secrets, and are always compressed.
"""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.security import STATIC_PATHS

#: Content types that are compressed; files and mails are sent as they are.
_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml")
#: Smallest and largest response that is compressed, in bytes, and gzip's level.
_LEAST, _MOST, _LEVEL = 500, 2_000_000, 5
_OWN = ("same-origin", "none")


class Compression:
    """ASGI middleware: compresses assets, and pages that no other site asked for, if the client accepts gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "http" and _may(scope):
            await self._app(scope, receive, _Answer(send).take)
        else:
            await self._app(scope, receive, send)


def _may(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    takes = "gzip" in headers.get("accept-encoding", "") and "range" not in headers
    return takes and (scope["path"].startswith(STATIC_PATHS) or headers.get("sec-fetch-site") in _OWN)


class _Answer:
    """One response; if it is compressed, it is held back until it is complete."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _shrinks(Headers(raw=message["headers"])):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._give()

    async def _give(self) -> None:
        assert self._start is not None
        headers, body = MutableHeaders(raw=list(self._start["headers"])), self._body
        if body:
            body = gzip.compress(body, _LEVEL, mtime=0)
            headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(body))
            if etag := headers.get("etag"):
                headers["etag"] = f"W/{etag.removeprefix('W/')}"
        headers.add_vary_header("Accept-Encoding")
        headers.add_vary_header("Sec-Fetch-Site")
        await self._send({**self._start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _shrinks(headers: Headers) -> bool:
    size = int(headers.get("content-length", "0"))
    kind = headers.get("content-type", "").partition(";")[0]
    # responses with a file name are files, which have their own rules
    own = "content-encoding" not in headers and "content-disposition" not in headers
    return own and kind in _TYPES and _LEAST <= size <= _MOST
