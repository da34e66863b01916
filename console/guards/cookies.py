"""Limits the header of a request, and lets only the console's own cookies through.

`http.cookies` takes quadratic time for backslashes in a quoted value (CVE-2024-7592). So only the console's own cookies
reach it, and only with the characters that the console writes.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from itsdangerous import TimestampSigner
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cases.outgoing.signed_links import derive
from schemas.settings import Settings

#: Largest header of a request, in bytes of names and values; most fields in it; longest path with query, in bytes.
MOST_HEADER, MOST_FIELDS, MOST_TARGET = 16_384, 100, 8_192
#: Largest cookie, in bytes: browsers keep no larger cookie (RFC 6265 section 6.1).
MOST_COOKIE = 4_096
#: The names of the console's cookies, without a prefix.
SESSION, DEVICE = "casemail", "casemail_device"

_VALUE = re.compile(rb"[A-Za-z0-9._=+/-]{1,%d}" % MOST_COOKIE)
_TOO_LARGE = "The header of this request is too large. Delete the cookies of this site and try again.\n"
_TOO_LONG = "This address is too long.\n"

Fields = list[tuple[bytes, bytes]]


def cookie_name(plain: str, settings: Settings) -> str:
    """Returns the name of a cookie; behind TLS with a prefix that no other host can set (RFC 6265bis 4.1.3.2)."""
    return f"__Host-{plain}" if settings.console.url.startswith("https:") else plain


class HeaderLimits:
    """ASGI middleware, before most others: refuses large headers, and drops all cookies except `names`."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.encode() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; refuses it with 431 (RFC 6585 section 5) or 414 (RFC 9110 section 15.5.15)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fields: Fields = scope["headers"]
        if len(fields) > MOST_FIELDS or sum(len(name) + len(value) for name, value in fields) > MOST_HEADER:
            await PlainTextResponse(_TOO_LARGE, 431, {"connection": "close"})(scope, receive, send)
        elif len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_TARGET:
            await PlainTextResponse(_TOO_LONG, 414, {"connection": "close"})(scope, receive, send)
        else:
            await self._app({**scope, "headers": only_ours(fields, self._names)}, receive, send)


def only_ours(fields: Fields, names: frozenset[bytes]) -> Fields:
    """Returns the header with at most one Cookie field, which has the first valid cookie of each of these names."""
    kept: dict[bytes, bytes] = {}
    for field, value in fields:
        for cookie in value.split(b";") if field == b"cookie" else ():
            name, _, content = cookie.strip().partition(b"=")
            if name in names and _VALUE.fullmatch(content):
                kept.setdefault(name, content)
    others = [field for field in fields if field[0] != b"cookie"]
    return [*others, (b"cookie", b"; ".join(b"=".join(item) for item in kept.items()))] if kept else others


class SignedSession(SessionMiddleware):
    """Starlette's session cookie, signed with HMAC-SHA256 by the first of several secrets."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            app,
            secret_key="",  # Starlette's signer is replaced below
            session_cookie=cookie_name(SESSION, settings),
            max_age=settings.sessions.hours * 3600,
            same_site="lax",
            https_only=settings.console.url.startswith("https:"),
        )
        # itsdangerous signs with the last key
        keys = derive(settings.secrets.session_secret, "session")[::-1]
        self.signer = TimestampSigner(keys, key_derivation="hmac", digest_method=sha256)
