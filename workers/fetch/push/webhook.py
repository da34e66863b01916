"""The HTTP door for providers that push mail: 2xx only after custody, 503 when we can't, so that they try again.

An application of its own, apart from the console: it stands open to the internet.
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
from workers.fetch.entering import Brought, arrivals
from workers.fetch.push import endpoints, providers
from workers.fetch.push.endpoints import Endpoint, Provider
from workers.fetch.push.group_commit import GroupCommit, PushSource
from workers.fetch.push.memory_budget import Budget, BusyError, Hold
from workers.fetch.push.providers import Pushed, RefusedError
from workers.fetch.push.sns import Sns

#: Most recipients in one envelope; a provider tries no other way when it is told that these are too many.
MOST_RECIPIENTS = 1_000
#: Seconds that a request may take to arrive, and that it waits for room in memory.
READ_SECONDS, BUSY_SECONDS = 120.0, 20.0
#: How many times the largest mail a mail may be of which the header is taken; a larger request is not read.
_OVERSIZE = 2
#: Octets of a form beside the mail, of which some characters take three octets each; of a message of SNS (256 KB, and
#: what JSON escapes).
_FORM_OCTETS, _SNS_OCTETS = 1_000_000, 1_000_000
#: When a provider may try again, in seconds.
_RETRY_AFTER = {"Retry-After": "60"}
_SHUT, _NOT_FOUND, _TOO_LARGE, _TOO_MANY, _UNAVAILABLE = 403, 404, 413, 422, 503
#: What a path of ours looks like.
_PATH = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
#: Header fields of refusals: who sends too much is not listened to any longer.
_HEADERS = {_UNAVAILABLE: _RETRY_AFTER, _TOO_LARGE: {"Connection": "close"}}

#: Why a mail is not taken now, by what was raised.
_CAUSES: dict[type[Exception], str] = {NoRoomError: "disk", BusyError: "memory", TimeoutError: "slow"}

_log = structlog.get_logger(__name__)


class Webhooks:
    """The application's state: an intake for each door, and how much is in memory."""

    def __init__(self, resources: Resources) -> None:
        """Raises `SettingsError` when there is no key for the secrets of the doors: all would be shut."""
        settings = resources.settings
        if not settings.secrets.secret_keys:
            why = "is missing: without it every webhook is shut; `casemail key --secret` makes a key"
            raise SettingsError([f"{PREFIX}SECRET_KEYS {why}"])
        self._house = resources
        self._seal = SecretBox([key.get_secret_value() for key in settings.secrets.secret_keys])
        self._sns = Sns(settings)
        self._room = DiskSpace(settings)
        self._limits = _limits(settings.limits.mail)
        self._budget = Budget(max(settings.webhooks.memory, _OVERSIZE * settings.limits.mail))
        self._intakes: dict[UUID, tuple[GroupCommit, asyncio.Task[None]]] = {}

    async def receive(self, request: Request) -> Response:
        """One request to one door."""
        try:
            return await self._receive(request)
        except RefusedError as error:
            _log.info("webhook refused", status=error.status, error=str(error))
            metrics.PUSH_REFUSED.labels("webhook").inc()
            return PlainTextResponse(f"{error}\n", error.status, _HEADERS.get(error.status))
        except ClientDisconnect:
            return Response(status_code=_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001  # not in custody: the provider keeps it and tries again
            _log.warning("custody failed", error=str(error))
            cause = next((cause for kind, cause in _CAUSES.items() if isinstance(error, kind)), "custody")
            metrics.PUSH_REFUSED.labels(cause).inc()
            return PlainTextResponse("not stored, try again later\n", _UNAVAILABLE, _RETRY_AFTER)

    async def close(self) -> None:
        """Stops the intakes and closes their batches."""
        for intake, task in self._intakes.values():
            task.cancel()
            await intake.close()

    async def _receive(self, request: Request) -> Response:
        self._room.check()
        door = await asyncio.to_thread(self._door, request.path_params["path"])
        if door is None:
            raise RefusedError(_NOT_FOUND, "there is no such webhook")
        if door.shut:
            raise RefusedError(_SHUT, "this webhook has no secret, so it is shut")
        limit = self._limits[door.shape]
        length = request.headers.get("content-length", "")
        declared = int(length) if length.isascii() and length.isdigit() else limit
        if declared > limit:
            raise RefusedError(_TOO_LARGE, f"more than {limit} bytes")
        whose = request.client.host if request.client else ""

        def give_way() -> None:
            reading.reschedule(asyncio.get_running_loop().time())

        holding = self._budget.hold(declared, seconds=BUSY_SECONDS, whose=whose, give_way=give_way)
        async with holding as held, asyncio.timeout(READ_SECONDS) as reading:
            body = await _body(request, limit, held)
            pushed = await asyncio.to_thread(self._read, door, request, body, now())
            if pushed is None:
                return PlainTextResponse("noted\n")
            return await self._take(door, pushed)

    async def _take(self, door: Endpoint, pushed: Pushed) -> Response:
        intake = self._intake(door)
        found = await asyncio.to_thread(self._arrivals, door, pushed, intake.custodian)
        if len(found) > MOST_RECIPIENTS:
            raise RefusedError(_TOO_MANY, f"more than {MOST_RECIPIENTS} recipients")
        if await asyncio.to_thread(self._was_seen, door, pushed.nonce):
            return PlainTextResponse("in custody already\n")
        await intake.take(found, partial(endpoints.note, door=door, nonce=pushed.nonce))
        return PlainTextResponse(f"in custody as {found[0].source_ref}\n")

    def _arrivals(self, door: Endpoint, pushed: Pushed, custodian: CustodyService) -> list[Arrival]:
        sender = None if pushed.sender is None else pushed.sender.strip("<>")
        mail = Brought(pushed.raw, uuid4().hex, recipients=pushed.recipients, sender=sender, said=pushed.said)
        return arrivals(mail, door.recipient_fields, custodian, self._house.settings.limits.mail)

    def _read(self, door: Endpoint, request: Request, body: bytes, at: datetime) -> Pushed | None:
        match door.shape:
            case Provider.GENERIC:
                return providers.generic(door, request.headers, body, at)
            case Provider.MAILGUN:
                return providers.mailgun(door, request.headers, body, at)
            case Provider.SNS:
                return self._sns.read(door, body, at)

    def _door(self, path: str) -> Endpoint | None:
        if not _PATH.fullmatch(path):
            return None
        with self._house.database.system() as connection:
            return endpoints.find(connection, self._seal, path)

    def _was_seen(self, door: Endpoint, nonce: str) -> bool:
        with self._house.database.system() as connection:
            return endpoints.was_seen(connection, door, nonce)

    def _intake(self, door: Endpoint) -> GroupCommit:
        if door.id not in self._intakes:
            intake = GroupCommit(self._house, PushSource(SourceKind.HTTP, door.name, door.id, door.tenant_id))
            self._intakes[door.id] = (intake, asyncio.create_task(intake.run()))
        return self._intakes[door.id][0]


def _limits(mail: int) -> dict[Provider, int]:
    """The octets of the largest request of each shape that is read, by those of the largest mail."""
    most = _OVERSIZE * mail
    return {Provider.GENERIC: most, Provider.MAILGUN: most * 3 // 2 + _FORM_OCTETS, Provider.SNS: _SNS_OCTETS}


async def _body(request: Request, limit: int, held: Hold) -> bytes:
    """The body of the request; never more of it than `limit` octets are in memory. Raises `RefusedError`."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > limit:
            raise RefusedError(_TOO_LARGE, f"more than {limit} bytes")
        body += chunk
        held.arrived = len(body)
    held.whole = True
    return bytes(body)


def create_app(resources: Resources) -> Starlette:
    """The application, with `POST /in/PATH` and, for whoever watches it, `GET /health`. Raises `SettingsError`."""
    webhooks = Webhooks(resources)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await webhooks.close()

    async def health(_: Request) -> Response:
        return PlainTextResponse("here\n")

    routes = [
        Route("/in/{path}", webhooks.receive, methods=["POST"]),
        Route("/in/{path}/mime", webhooks.receive, methods=["POST"]),  # so that Mailgun sends the mail as it is
        Route("/health", health),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
