"""Reads the whole body of a request in the event loop, before the request gets a thread.

So a form that never ends takes no thread and no disk, and a form that is too large is refused as soon as its length is
known. People who are not logged in can only send small forms.
"""

import asyncio
from collections import deque

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException as ServerRefusal
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.errors import error_page

#: Largest form from a person who is not logged in, in bytes.
MOST_OF_STRANGERS = 65_536


class RequestBodies:
    """ASGI middleware, inside the session's: passes on complete bodies of at most `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit if "token" in scope["session"] else min(self._limit, MOST_OF_STRANGERS)
        try:
            body = await _whole(scope, receive, limit)
        except ServerRefusal as error:
            headers = {**(error.headers or {}), "connection": "close"}
            # in a thread: the error page reads the viewer from the database
            refusal = await run_in_threadpool(error_page, Request(scope), error.status_code, error.detail, headers)
            await refusal(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _again(body, receive), send)


async def _whole(scope: Scope, receive: Receive, limit: int) -> deque[bytes] | None:
    """Returns the body in pieces; None if the client disconnected. Raises HTTPException (413) above `limit` bytes."""
    declared, taken, more = int(Headers(scope=scope).get("content-length", "0")), 0, True
    pieces: deque[bytes] = deque()
    while more and max(declared, taken) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        taken += len(pieces[-1])
        more = message.get("more_body", False)
    if max(declared, taken) > limit:
        words = f"{limit / 1_000_000:g} MB" if limit >= 1_000_000 else f"{limit // 1000} KB"  # noqa: PLR2004
        raise HTTPException(413, f"The form is larger than {words}. Go back and send fewer or smaller files.")
    return pieces


def _again(pieces: deque[bytes], receive: Receive) -> Receive:
    """Returns a `Receive` that returns the pieces, and then the later messages of the connection."""

    async def next_piece() -> Message:
        if not pieces:
            return await receive()
        await asyncio.sleep(0)
        return {"type": "http.request", "body": pieces.popleft(), "more_body": bool(pieces)}

    return next_piece
