"""Sets passwords: by a link, which is mailed to the person or handed over by an admin, and works once, for a limited
time; or by a person who is logged in and knows their present password.
"""

from math import ceil
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row

from cases.addresses.compare import email_key
from cases.outgoing import password_link
from cases.people import users
from console.account import queries
from console.account.passwords import SHORTEST, hash_password, refusal, verify
from console.guards import sessions
from console.guards.throttle import Try, place
from console.services import Services, TheServices
from console.web import session
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import LoggedOutError, TheViewer, Viewer
from schemas.settings import Settings

router = APIRouter()

_OLD = "This link is too old, was used, or is not whole. Ask for a new one on the log-in page."
_ASKED = "If that organisation knows the address, a link to set a password is on its way to it. Look in spam, too."


def link(settings: Settings, connection: Connection, tenant_id: UUID, user_id: UUID) -> str:
    """Returns a link with which a user can set a password; empty if the user is not active."""
    user = queries.active_user(connection, user_id)
    if user is None:
        return ""
    return password_link.link(
        settings.secrets.session_secret, settings.console.url, tenant_id, user_id, user.password_hash
    )


@router.get(password_link.PATH)
def show(request: Request, services: TheServices, token: str = "") -> Response:
    """Asks for a new password. Opening the link does not use it up, because link scanners open it too."""
    session.csrf_token(request)
    return _page(request, token, _read(services, token)[1])


@router.post(password_link.PATH)
async def set_it(
    request: Request,
    services: TheServices,
    token: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Sets the password; the person then logs in with it."""
    tenant_id, user = await run_in_threadpool(_read, services, token)
    if why := await services.hashing.run(str(user.id), True, refusal, password, *_names(user)):
        return _page(request, token, user, why.words)
    new = await services.hashing.run(str(user.id), True, hash_password, password)
    if not await run_in_threadpool(_set, services, tenant_id, user, new):
        raise HTTPException(404, _OLD)
    request.session.clear()
    say(request, Kind.DONE, "Your password is set. Log in with it.")
    return RedirectResponse(f"/login?tenant={user.slug}", 303)


@router.get("/forgot")
def ask(request: Request, tenant: str = "") -> Response:
    """Asks for the address of the person who forgot their password; `tenant` fills in the organisation."""
    session.csrf_token(request)
    return page(request, "forgot.html", slug=tenant, email="", problem="")


@router.post("/forgot")
def forgotten(
    request: Request,
    services: TheServices,
    slug: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    """Mails a link if there is such a user; neither the response nor its timing shows whether there is."""
    slug, email = form_text(slug).strip().lower(), form_text(email).strip()
    key = email_key(email)
    if wait := services.throttle.letter(Try(place(session.address(request)), f"{slug} {key}")):
        words = f"That was often enough. Wait {ceil(wait / 60)} minutes and try again."
        answer = page(request, "forgot.html", 429, slug=slug, email=email, problem=words)
        answer.headers["retry-after"] = str(wait)
        return answer
    say(request, Kind.QUEUED, _ASKED)
    services.letters.do(_mail, services, slug, key)
    return RedirectResponse(f"/login?{urlencode({'tenant': slug})}", 303)


def _mail(services: Services, slug: str, key: str) -> None:
    tenant_id, user_id, _ = queries.find_user(services.database, slug, key)
    if user_id is not None:
        with services.database.tenant(tenant_id) as connection:
            password_link.post(connection, tenant_id, user_id, by=None)


@router.post("/profile/password")
async def change_own(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Changes the viewer's own password and ends their other sessions."""
    whose = str(viewer.id)
    user = await run_in_threadpool(_user, services, viewer)
    if wait := await run_in_threadpool(services.throttle.own_password, whose):
        why = f"Too many tries. Wait {ceil(wait / 60)} minutes and try again."
    elif not await services.hashing.run(whose, True, verify, user.password_hash, old):
        why = "That is not your present password."
    else:
        await run_in_threadpool(services.throttle.own_password_right, whose)
        refused = await services.hashing.run(whose, True, refusal, new, *_names(user))
        why = refused.words if refused else ""
    if not why:
        hashed = await services.hashing.run(whose, True, hash_password, new)
        if await run_in_threadpool(_change, services, request, viewer, user, hashed):
            say(request, Kind.DONE, "Your password is changed. You are logged out everywhere else.")
            return RedirectResponse(f"/people/{viewer.id}", 303)
        why = "It was changed elsewhere at the same moment."
    say(request, Kind.PROBLEM, f"Your password was not changed. {why}")
    return RedirectResponse(f"/people/{viewer.id}", 303)


def _change(services: Services, request: Request, viewer: Viewer, user: Row[Any], hashed: str) -> bool:
    """Sets the password, which ends all sessions, and begins a session for this browser. Returns False if the password
    was changed meanwhile."""
    with services.database.tenant(viewer.tenant_id) as connection:
        if not users.set_password(
            connection, viewer.tenant_id, viewer.id, password_hash=hashed, before=user.password_hash, by=viewer.id
        ):
            return False
        who = (viewer.tenant_id, viewer.id)
        agent = request.headers.get("user-agent", "")
        token = sessions.begin(connection, services.settings, *who, session.address(request), agent)
    session.begin(request, *who, token)
    return True


def _set(services: Services, tenant_id: UUID, user: Row[Any], hashed: str) -> bool:
    """Sets the password of a link's user. Returns False if another password was set since the link was read."""
    with services.database.tenant(tenant_id) as connection:
        return users.set_password(
            connection, tenant_id, user.id, password_hash=hashed, before=user.password_hash, by=user.id
        )


def _user(services: Services, viewer: Viewer) -> Row[Any]:
    with services.database.tenant(viewer.tenant_id) as connection:
        user = queries.active_user(connection, viewer.id)
    if user is None:
        raise LoggedOutError
    return user


def _names(user: Row[Any]) -> tuple[str, ...]:
    """Returns words about a person that others know, and that no password may be based on."""
    return (user.email, user.name, user.slug, user.tenant_name)


def _page(request: Request, token: str, user: Row[Any], why: str = "") -> Response:
    values = {"token": token, "person": user, "problem": why, "shortest": SHORTEST}
    return page(request, "password.html", 422 if why else 200, **values)


def _read(services: Services, token: str) -> tuple[UUID, Row[Any]]:
    """Returns the tenant and the user of a link. Raises HTTPException (404) for a link that does not work."""
    named = password_link.read(services.settings.secrets.session_secret, token)
    if named is None:
        raise HTTPException(404, _OLD)
    tenant_id, user_id, stamp = named
    with services.database.tenant(tenant_id) as connection:
        user = queries.active_user(connection, user_id)
    if user is None or not password_link.is_of(stamp, user.password_hash):
        raise HTTPException(404, _OLD)
    return tenant_id, user
