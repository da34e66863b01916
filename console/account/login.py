"""Logs people in and out."""

from math import ceil
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from cases import audit
from cases.addresses.compare import email_key
from cases.outgoing import account_letters
from cases.outgoing.account_letters import Event
from console.account import queries
from console.account.passwords import verify
from console.guards import sessions
from console.guards.throttle import Try, place
from console.guards.turns import BusyError
from console.services import Services, TheServices
from console.web import session
from console.web.forms import form_text
from console.web.pages import page
from console.web.security import local_path
from schemas.tables import now

router = APIRouter()

_WRONG = "That organisation, email address and password do not belong together."
_BUSY = "Many people log in at the moment. Try again in some seconds."
#: The audit records only these numbers of refused log-ins to an account in an hour: strangers can't fill it.
_NOTED = frozenset({1, 10, 100, 1_000, 10_000, 100_000})


@router.get("/login")
def show(request: Request, next: str = "", tenant: str = "") -> Response:  # noqa: A002  # the name in the link
    """Shows the log-in page; `next` is the page to go to afterwards, `tenant` fills in the organisation."""
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
    """Begins a session. A refusal never says which of organisation, address and password is wrong."""
    slug, email = form_text(slug).strip().lower(), form_text(email).strip()
    key = email_key(email)
    wanted = Try(place(session.address(request)), f"{slug} {key}", services.devices.known(request, slug, key))

    def refuse(status: int, problem: str, wait: int = 0) -> Response:
        answer = page(request, "login.html", status, next=next, slug=slug, email=email, problem=problem)
        if wait:
            answer.headers["retry-after"] = str(wait)
        return answer

    if wait := await run_in_threadpool(services.throttle.log_in, wanted):
        return refuse(429, f"Too many tries. Wait {ceil(wait / 60)} minutes and try again.", wait)
    tenant_id, user_id, password_hash = await run_in_threadpool(queries.find_user, services.database, slug, key)
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


def _begin(
    services: Services, request: Request, wanted: Try, tenant_id: UUID, user_id: UUID, password_hash: str
) -> str:
    """Begins a session and returns its token; empty if the password was changed meanwhile.

    The user gets a mail about a log-in from an unknown device, except about their first log-in.
    """
    address, agent = session.address(request), request.headers.get("user-agent", "")
    details = {"address": address, "agent": sessions.browser(agent)}
    with services.database.tenant(tenant_id) as connection:
        if not queries.has_password(connection, user_id, password_hash):
            return ""
        if not wanted.device and queries.has_logged_in(connection, user_id):
            once = f"new device {user_id} {details['agent']} {address} {now():%Y-%m-%d}"
            account_letters.post(connection, tenant_id, user_id, Event.NEW_DEVICE, once=once, **details)
        audit.record(connection, [audit.Act(tenant_id, user_id, "user.logged_in", user_id, details)])
        token = sessions.begin(connection, services.settings, tenant_id, user_id, address, agent)
    services.throttle.right(wanted)
    return token


def _note_refusal(services: Services, wanted: Try, tenant_id: UUID, user_id: UUID | None) -> None:
    """Counts a wrong password for the account, which need not exist; if it does, the audit records some (`_NOTED`)."""
    tries = services.throttle.refused(wanted)
    if user_id is not None and tries in _NOTED:
        details = {"in an hour": str(tries), "last from": wanted.address}
        with services.database.tenant(tenant_id) as connection:
            audit.record(connection, [audit.Act(tenant_id, None, "user.log_in_refused", user_id, details)])
