"""Compressed answers: pages and their assets, by gzip.

A page holds secrets beside words that others can choose, and its compressed length tells of both (BREACH). Who could
measure that must make the browser of a person ask from another site; so only what the browser says it asked from here,
or because somebody typed the address, is compressed (Sec-Fetch-Site, W3C Fetch Metadata). Assets have no secrets.
"""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.security import STATIC_PATHS

#: Types that shrink; files and mails are given out as they are.
_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml")
#: Smallest and largest answer that is compressed, in bytes, and how hard (1 to 9).
_LEAST, _MOST, _LEVEL = 500, 2_000_000, 5
_OWN = ("same-origin", "none")


class Compression:
    """ASGI middleware: compresses for who takes gzip and asks from here."""

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
    """One answer on its way: held back until it is whole, where it is to be compressed."""

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
    # what is given out as a file has a name, and its own rules
    own = "content-encoding" not in headers and "content-disposition" not in headers
    return own and kind in _TYPES and _LEAST <= size <= _MOST
