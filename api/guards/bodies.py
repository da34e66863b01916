"""Bounds the body of a request; only a route that takes files gets a large one."""

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import response

#: The largest body without files, in bytes: a thousand objects.
MOST = 2_000_000


class Bodies:
    """ASGI middleware: refuses bodies over `MOST`, or over `with_files` bytes where updates are posted (413)."""

    def __init__(self, app: ASGIApp, with_files: int) -> None:
        self._app = app
        self._with_files = with_files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._with_files if scope["path"].endswith("/updates") else MOST
        words = f"The body is larger than {limit / 1_000_000:g} MB."
        if int(Headers(scope=scope).get("content-length", "0")) > limit:
            await response(413, words, headers={"Connection": "close"})(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, words, {"Connection": "close"})
            return message

        await self._app(scope, bounded, send)
