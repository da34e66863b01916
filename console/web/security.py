"""Protections of every page: response headers, the CSRF token, and redirects that stay in the console."""

import hmac
import re

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.session import LoggedOutError

#: Features of browsers that the pages do not use.
UNUSED = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi"),
    *("payment", "usb"),
)
#: Tells browsers to use TLS for a year.
HSTS = "max-age=31536000"
#: Headers of every response that does not set them itself.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in UNUSED),
    "x-permitted-cross-domain-policies": "none",
    "cache-control": "no-store",
}
#: Paths of files that are the same for all users: browsers cache them, and ask each time whether they changed.
STATIC_PATHS = ("/assets/", "/static/")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_PATH = re.compile(r"/(?!/)[\w/?=&.%+:@~-]*(#[\w-]*)?", re.ASCII)


class SecurityHeaders:
    """ASGI middleware: adds `HEADERS` to every response, and behind TLS also Strict-Transport-Security (RFC 6797)."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"strict-transport-security": HSTS} if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(STATIC_PATHS):
                    headers.setdefault("cache-control", "no-cache")
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


class HeadRequests:
    """ASGI middleware: answers HEAD like GET, without the content (RFC 9110 section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_content(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_content)


async def check_csrf(request: Request) -> None:
    """Raises HTTPException (403) for a form without the CSRF token of its session, `LoggedOutError` without a session.

    Runs before every endpoint.
    """
    if request.method in _SAFE_METHODS:
        return
    token = request.session.get("csrf")
    if token is None:
        raise LoggedOutError
    sent = (await request.form()).get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), token.encode()):
        raise HTTPException(403, "This form is out of date: nothing was changed. Go back to it and send it again.")


def local_path(path: str) -> str:
    """Returns `path` if it is a local path, else the case list, so that a log-in link can't lead to another site."""
    return path if _LOCAL_PATH.fullmatch(path) else "/cases"
