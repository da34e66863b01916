"""Log in and log out."""

from math import ceil
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases import audit
from cases.addresses.compare import email_key
from cases.outgoing import account_letters
from cases.outgoing.account_letters import Event
from console.account.passwords import verify
from console.guards import sessions
from console.guards.throttle import Try, place
from console.guards.turns import BusyError
from console.services import Services, TheServices
from console.web import session
from console.web.forms import typed
from console.web.pages import page
from console.web.security import local_path
from schemas.tables import now

router = APIRouter()

_WRONG = "That organisation, email address and password do not belong together."
_BUSY = "Many people log in at the moment. Try again in some seconds."
_NO_TENANT = UUID(int=0)
#: Refused log-ins to one account within the hour at which the audit tells of them: a stranger can't fill it.
_TOLD = frozenset({1, 10, 100, 1_000, 10_000, 100_000})

_TENANT = text("select id from tenants where slug = :slug and active")
_USER = text("select id, password_hash from users where email_key = :key and active")
# until the session is there nobody changes the password, which would end it
_STILL = text("select 1 from users where id = :user_id and active and password_hash = :hash for share")
_LOGGED_IN = text("select 1 from audit where subject_id = :user_id and act = 'user.logged_in' limit 1")


@router.get("/login")
def show(request: Request, next: str = "", tenant: str = "") -> Response:  # noqa: A002  # the name in the link
    """The log-in page; `next` is where to go afterwards, `tenant` fills in the organisation."""
    if "token" in request.session:
        return RedirectResponse(local_path(next), 303)
    session.csrf_token(request)
    return page(request, "login.html", next=next, slug=tenant, email="", problem="")


@router.post("/login")
async def log_in(
    request: Request,
    services: TheServices,
    slug: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=1000)] = "",  # noqa: A002  # the name in the form
) -> Response:
    """Begins a session, or says that the three do not belong together, and never which of them is wrong."""
    slug, email = typed(slug).strip().lower(), typed(email).strip()
    key = email_key(email)
    wanted = Try(place(session.address(request)), f"{slug} {key}", services.devices.known(request, slug, key))

    def refuse(status: int, problem: str, wait: int = 0) -> Response:
        answer = page(request, "login.html", status, next=next, slug=slug, email=email, problem=problem)
        if wait:
            answer.headers["retry-after"] = str(wait)
        return answer

    if wait := await run_in_threadpool(services.throttle.log_in, wanted):
        return refuse(429, f"Too many tries. Wait {ceil(wait / 60)} minutes and try again.", wait)
    tenant_id, user_id, password_hash = await run_in_threadpool(find_user, services, slug, key)
    try:
        whose = wanted.device or wanted.address
        right = await services.hashing.run(whose, bool(wanted.device), verify, password_hash, password)
    except BusyError as busy:
        return refuse(429, _BUSY, busy.seconds)
    token = ""
    if right and user_id is not None:
        token = await run_in_threadpool(_begin, services, request, wanted, tenant_id, user_id, password_hash)
    if not token or user_id is None:
        services.refusals.do(_note_refusal, services, wanted, tenant_id, user_id)
        return refuse(401, _WRONG)
    session.begin(request, tenant_id, user_id, token)
    answer = RedirectResponse(local_path(next), 303)
    services.devices.remember(request, answer, slug, key)
    return answer


@router.post("/logout")
def log_out(request: Request, services: TheServices) -> Response:
    """Ends the session."""
    if "token" in request.session:
        with services.database.tenant(UUID(request.session["tenant"])) as connection:
            sessions.log_out(connection, request.session["token"])
    request.session.clear()
    return RedirectResponse("/login", 303)


def find_user(services: Services, slug: str, key: str) -> tuple[UUID, UUID | None, str]:
    """Tenant, active user and password hash; the same two look-ups for a tenant that is not there.

    `key` is that of the email address."""
    with services.database.system() as connection:
        tenant_id = connection.execute(_TENANT, {"slug": slug}).scalar() or _NO_TENANT
    with services.database.tenant(tenant_id) as connection:
        # an address that is not one has the empty key
        row = connection.execute(_USER, {"key": key or "-"}).first()
    return (tenant_id, row.id, row.password_hash) if row else (tenant_id, None, "")


def _begin(
    services: Services, request: Request, wanted: Try, tenant_id: UUID, user_id: UUID, password_hash: str
) -> str:
    """The token of a new session; empty when the password is another by now. A log-in from a device that is not known
    is told to the person, but for the first."""
    address, agent = session.address(request), request.headers.get("user-agent", "")
    details = {"address": address, "agent": sessions.browser(agent)}
    with services.database.tenant(tenant_id) as connection:
        if connection.execute(_STILL, {"user_id": user_id, "hash": password_hash}).first() is None:
            return ""
        before = connection.execute(_LOGGED_IN, {"user_id": user_id}).first()
        if before and not wanted.device:
            once = f"new device {user_id} {details['agent']} {address} {now():%Y-%m-%d}"
            account_letters.post(connection, tenant_id, user_id, Event.NEW_DEVICE, once=once, **details)
        audit.record(connection, [audit.Act(tenant_id, user_id, "user.logged_in", user_id, details)])
        token = sessions.begin(connection, services.settings, tenant_id, user_id, address, agent)
    services.throttle.right(wanted)
    return token


def _note_refusal(services: Services, wanted: Try, tenant_id: UUID, user_id: UUID | None) -> None:
    """Counts a wrong password for the account, whether it is there or not; of one that is, the audit tells."""
    tries = services.throttle.refused(wanted)
    if user_id is not None and tries in _TOLD:
        details = {"in an hour": str(tries), "last from": wanted.address}
        with services.database.tenant(tenant_id) as connection:
            audit.record(connection, [audit.Act(tenant_id, None, "user.log_in_refused", user_id, details)])
