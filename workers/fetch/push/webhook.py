"""The HTTP application for providers that push mail: it answers 2xx only after custody, and 503 to have them try again.

It is separate from the console, because it is open to the Internet.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from schemas.settings import PREFIX, SettingsError
from schemas.tables import SourceKind, now
from storage.resources import Resources
from storage.secret_box import SecretBox
from workers import metrics
from workers.fetch.custody import Arrival, CustodyService
from workers.fetch.disk_space import DiskSpace, NoRoomError
from workers.fetch.entering import SourceMail, arrivals
from workers.fetch.push import endpoints, providers
from workers.fetch.push.endpoints import Endpoint, Provider
from workers.fetch.push.group_commit import GroupCommit, PushSource
from workers.fetch.push.memory_budget import BusyError, Hold, MemoryBudget, Patience
from workers.fetch.push.providers import Pushed, RefusedError
from workers.fetch.push.sns import Sns
from workers.metrics import PushCause

#: Most recipients in one envelope. A provider that is refused for more does not try again with fewer.
MOST_RECIPIENTS = 1_000
#: Seconds that a request may take to arrive.
READ_SECONDS = 120.0
#: Of mails up to this many times the size limit, the header is taken; a larger request is not read.
_OVERSIZE = 2
#: Most octets of a form besides the mail, and of a message of SNS (256 KB, and more by JSON's escapes).
_FORM_OCTETS, _SNS_OCTETS = 1_000_000, 1_000_000
#: When a provider may try again, in seconds.
_RETRY_AFTER = {"Retry-After": "60"}
_FORBIDDEN, _NOT_FOUND, _TOO_LARGE, _TOO_MANY, _UNAVAILABLE = 403, 404, 413, 422, 503
#: The form of our paths.
_PATH = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
#: Header fields of refusals; after a request that is too large, the connection is closed.
_HEADERS = {_UNAVAILABLE: _RETRY_AFTER, _TOO_LARGE: {"Connection": "close"}}

#: Why a mail is not taken now, by the exception raised.
_CAUSES: dict[type[Exception], PushCause] = {
    NoRoomError: PushCause.DISK,
    BusyError: PushCause.MEMORY,
    TimeoutError: PushCause.SLOW,
}

_log = structlog.get_logger(__name__)


class Webhooks:
    """The application's state: the memory budget, and for each endpoint its mails on the way into custody."""

    def __init__(self, resources: Resources, patience: Patience) -> None:
        """Raises `SettingsError` without a key for the webhooks' secrets: every webhook would reject all requests."""
        settings = resources.settings
        if not settings.secrets.secret_keys:
            why = "is missing: without it every webhook is closed; `casemail key --secret` makes a key"
            raise SettingsError([f"{PREFIX}SECRET_KEYS {why}"])
        self._resources = resources
        self._box = SecretBox.from_settings(settings)
        self._sns = Sns(settings)
        self._disk = DiskSpace(settings)
        self._largest = _largest_requests(settings.limits.mail)
        self._budget = MemoryBudget(max(settings.webhooks.memory, _OVERSIZE * settings.limits.mail), patience)
        self._commits: dict[UUID, tuple[GroupCommit, asyncio.Task[None]]] = {}

    async def receive(self, request: Request) -> Response:
        """Answers a request to an endpoint."""
        try:
            return await self._receive(request)
        except RefusedError as error:
            _log.info("webhook refused", status=error.status, error=error)
            metrics.PUSH_REFUSED.labels(PushCause.WEBHOOK).inc()
            return PlainTextResponse(f"{error}\n", error.status, _HEADERS.get(error.status))
        except ClientDisconnect:
            return Response(status_code=_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001  # not in custody: the provider keeps it and tries again
            _log.warning("custody failed", error=error)
            cause = next((cause for kind, cause in _CAUSES.items() if isinstance(error, kind)), PushCause.CUSTODY)
            metrics.PUSH_REFUSED.labels(cause).inc()
            return PlainTextResponse("not stored, try again later\n", _UNAVAILABLE, _RETRY_AFTER)

    async def close(self) -> None:
        """Stops taking mails and closes the open batches."""
        for commit, task in self._commits.values():
            task.cancel()
            await commit.close()

    async def _receive(self, request: Request) -> Response:
        self._disk.check()
        endpoint = await asyncio.to_thread(self._find, request.path_params["path"])
        if endpoint is None:
            raise RefusedError(_NOT_FOUND, "there is no such webhook")
        if endpoint.closed:
            raise RefusedError(_FORBIDDEN, "this webhook has no secret, so it is closed")
        limit = self._largest[endpoint.provider]
        length = request.headers.get("content-length", "")
        declared = int(length) if length.isascii() and length.isdigit() else limit
        if declared > limit:
            raise RefusedError(_TOO_LARGE, f"more than {limit} bytes")
        peer = request.client.host if request.client else ""

        def give_way() -> None:
            reading.reschedule(asyncio.get_running_loop().time())

        holding = self._budget.hold(declared, peer=peer, give_way=give_way)
        async with holding as held, asyncio.timeout(READ_SECONDS) as reading:
            body = await _body(request, limit, held)
            pushed = await asyncio.to_thread(self._read, endpoint, request, body, now())
            if pushed is None:
                return PlainTextResponse("noted\n")
            return await self._take(endpoint, pushed)

    async def _take(self, endpoint: Endpoint, pushed: Pushed) -> Response:
        commit = self._commit(endpoint)
        found = await asyncio.to_thread(self._arrivals, endpoint, pushed, commit.custody)
        if len(found) > MOST_RECIPIENTS:
            raise RefusedError(_TOO_MANY, f"more than {MOST_RECIPIENTS} recipients")
        if await asyncio.to_thread(self._was_seen, endpoint, pushed.nonce):
            return PlainTextResponse("in custody already\n")
        await commit.take(found, partial(endpoints.note, endpoint=endpoint, nonce=pushed.nonce))
        return PlainTextResponse(f"in custody as {found[0].source_ref}\n")

    def _arrivals(self, endpoint: Endpoint, pushed: Pushed, custody: CustodyService) -> list[Arrival]:
        sender = None if pushed.sender is None else pushed.sender.strip("<>")
        mail = SourceMail(pushed.raw, uuid4().hex, recipients=pushed.recipients, sender=sender, said=pushed.said)
        return arrivals(mail, endpoint.recipient_fields, custody, self._resources.settings.limits.mail)

    def _read(self, endpoint: Endpoint, request: Request, body: bytes, at: datetime) -> Pushed | None:
        match endpoint.provider:
            case Provider.GENERIC:
                return providers.generic(endpoint, request.headers, body, at)
            case Provider.MAILGUN:
                return providers.mailgun(endpoint, request.headers, body, at)
            case Provider.SNS:
                return self._sns.read(endpoint, body, at)

    def _find(self, path: str) -> Endpoint | None:
        if not _PATH.fullmatch(path):
            return None
        with self._resources.database.system() as connection:
            return endpoints.find(connection, self._box, path)

    def _was_seen(self, endpoint: Endpoint, nonce: str) -> bool:
        with self._resources.database.system() as connection:
            return endpoints.was_seen(connection, endpoint, nonce)

    def _commit(self, endpoint: Endpoint) -> GroupCommit:
        if endpoint.id not in self._commits:
            source = PushSource(SourceKind.HTTP, endpoint.name, endpoint.id, endpoint.tenant_id)
            commit = GroupCommit(self._resources, source)
            self._commits[endpoint.id] = (commit, asyncio.create_task(commit.run()))
        return self._commits[endpoint.id][0]


def _largest_requests(mail: int) -> dict[Provider, int]:
    """Returns the size of the largest request that is read, for each provider, in octets; `mail` is the mail limit."""
    most = _OVERSIZE * mail
    return {Provider.GENERIC: most, Provider.MAILGUN: most * 3 // 2 + _FORM_OCTETS, Provider.SNS: _SNS_OCTETS}


async def _body(request: Request, limit: int, held: Hold) -> bytes:
    """Reads the body of the request, never more than `limit` octets of it. Raises `RefusedError` when it is larger."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > limit:
            raise RefusedError(_TOO_LARGE, f"more than {limit} bytes")
        body += chunk
        held.arrived = len(body)
    held.whole = True
    return bytes(body)


def create_app(resources: Resources, *, patience: Patience | None = None) -> Starlette:
    """Returns the application: `POST /in/PATH`, and `GET /health` for monitoring. Raises `SettingsError`."""
    webhooks = Webhooks(resources, patience or Patience())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await webhooks.close()

    async def health(_: Request) -> Response:
        return PlainTextResponse("here\n")

    routes = [
        Route("/in/{path}", webhooks.receive, methods=["POST"]),
        Route("/in/{path}/mime", webhooks.receive, methods=["POST"]),  # Mailgun then sends the mail unchanged
        Route("/health", health),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
