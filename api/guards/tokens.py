"""Finds out who asks before the body of a request is read, and how much they may ask for."""

import time
from collections import Counter
from collections.abc import Mapping
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import response
from cases.people import api_tokens
from cases.people.api_tokens import Token
from storage.resources import Resources

#: Paths that need no token.
OPEN = frozenset({"/healthz", "/api/v1/openapi.json"})
#: Most requests of one tenant that are worked on at a time, of the 40 threads that there are.
MOST_OF_TENANT = 12
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="casemail"'}
_WHO = "Send a valid token as Authorization: Bearer."


class Tokens:
    """ASGI middleware: passes on requests with a valid token, in `scope["state"]["token"]`.

    Others get 401. A token over its `per_minute`, or a tenant with too many requests at a time, gets 429; each response
    says how many requests are left (draft-ietf-httpapi-ratelimit-headers).
    """

    def __init__(self, app: ASGIApp, resources: Resources, per_minute: int) -> None:
        self._app = app
        self._resources = resources
        self._pace = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._running: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("authorization", "")
        kind, _, secret = sent.partition(" ")
        token = await run_in_threadpool(self._find, secret.strip()) if kind.lower() == "bearer" else None
        if token is None:
            await response(401, _WHO, headers=_CHALLENGE)(scope, receive, send)
            return
        within = self._limiter.hit(self._pace, str(token.id))
        pace = self._pace_fields(token)
        if not within:
            words = f"More than {self._pace.amount} requests in a minute. Try again later."
            await response(429, words, headers={**pace, "Retry-After": "10"})(scope, receive, send)
            return
        tenant = str(token.tenant_id)
        if self._running[tenant] >= MOST_OF_TENANT:
            words = f"More than {MOST_OF_TENANT} requests at a time. Try again later."
            await response(429, words, headers={**pace, "Retry-After": "1"})(scope, receive, send)
            return
        self._running[tenant] += 1
        try:
            scope.setdefault("state", {})["token"] = token
            await self._app(scope, receive, _with(send, pace))
        finally:
            self._running[tenant] -= 1
            if not self._running[tenant]:
                del self._running[tenant]

    def _find(self, secret: str) -> Token | None:
        tenant_id = api_tokens.tenant_of(secret)
        if tenant_id is None:
            return None
        with self._resources.database.tenant(tenant_id) as connection:
            return api_tokens.find(connection, secret)

    def _pace_fields(self, token: Token) -> Mapping[str, str]:
        stats = self._limiter.get_window_stats(self._pace, str(token.id))
        seconds = max(1, ceil(stats.reset_time - time.time()))
        return {
            "RateLimit-Policy": f'"token";q={self._pace.amount};w=60',
            "RateLimit": f'"token";r={stats.remaining};t={seconds}',
        }


def _with(send: Send, fields: Mapping[str, str]) -> Send:
    async def with_fields(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(fields)
        await send(message)

    return with_fields
