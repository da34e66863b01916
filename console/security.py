"""What guards every page: response headers, the CSRF token, the size of a request."""

import hmac
import re

from fastapi import HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.session import LoggedOutError

#: Headers of every response that does not set them itself.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
#: Paths of files that are the same for everybody; browsers keep them and ask whether they changed.
STATIC_PATHS = ("/assets/", "/static/")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_PATH = re.compile(r"/(?!/)[\w/?=&.%+:@~-]*(#[\w-]*)?", re.ASCII)


class SecurityHeaders:
    """ASGI middleware: puts `HEADERS` on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(STATIC_PATHS):
                    headers.setdefault("cache-control", "no-cache")
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


class BodyLimit:
    """ASGI middleware: refuses a request body of more than `limit` bytes before it fills the disk."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = int(Headers(scope=scope).get("content-length", "0"))
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive() if declared <= self._limit else {}
            taken += len(message.get("body", b""))
            if max(declared, taken) > self._limit:
                size = f"{self._limit / 1_000_000:g} MB"
                raise HTTPException(413, f"The form is larger than {size}. Go back and send fewer or smaller files.")
            return message

        await self._app(scope, counted, send)


async def check_csrf(request: Request) -> None:
    """Refuses a form without the token of its session (403); stands before every endpoint of the application."""
    if request.method in _SAFE_METHODS:
        return
    token = request.session.get("csrf")
    if token is None:
        raise LoggedOutError
    sent = (await request.form()).get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), token.encode()):
        raise HTTPException(403, "This form is out of date: nothing was changed. Go back to it and send it again.")


def local_path(path: str) -> str:
    """`path` if it leads to a page of ours, else the case list; so that a log-in link can't lead elsewhere."""
    return path if _LOCAL_PATH.fullmatch(path) else "/cases"
