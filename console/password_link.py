"""How a person sets their password: by a link that is mailed to them or that an admin hands over, which works once, for
a while; or logged in, with the old one.
"""

from math import ceil
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row, text
from starlette.background import BackgroundTask

from cases import password_letters, people
from cases.directory import email_key
from console import session
from console.forms import typed
from console.login import find_user
from console.messages import Kind, say
from console.pages import page
from console.passwords import SHORTEST, hash_password, problem, verify
from console.services import Services, TheServices
from console.session import TheViewer
from schemas.settings import Settings

router = APIRouter()

_OLD = "This link is too old, was used, or is not whole. Ask for a new one on the log-in page."
_ASKED = "If that organisation knows the address, a link to set a password is on its way to it. Look in spam, too."

_USER = text("""
select u.id, u.name, u.email, u.password_hash, t.slug, t.name as tenant_name
from users u join tenants t on t.id = u.tenant_id where u.id = :user_id and u.active and t.active
""")


def link(settings: Settings, connection: Connection, tenant_id: UUID, user_id: UUID) -> str:
    """The address by which an active user may set a password; empty for who is not active."""
    user = connection.execute(_USER, {"user_id": user_id}).first()
    if user is None:
        return ""
    return password_letters.link(settings.address_keys, settings.console_url, tenant_id, user_id, user.password_hash)


@router.get(password_letters.PATH)
def show(request: Request, services: TheServices, token: str = "") -> Response:
    """Asks for the password. Opening the link does not use it up: what scans links opens them, too."""
    session.csrf_token(request)
    return _page(request, token, _read(services, token)[1])


@router.post(password_letters.PATH)
def set_it(
    request: Request,
    services: TheServices,
    token: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Sets the password; whoever did logs in with it."""
    tenant_id, user = _read(services, token)
    if why := problem(password, user.email):
        return _page(request, token, user, why)
    new = hash_password(password)
    with services.database.tenant(tenant_id) as connection:
        done = people.set_password(
            connection, tenant_id, user.id, password_hash=new, before=user.password_hash, by=user.id
        )
    if not done:
        raise HTTPException(404, _OLD)
    request.session.clear()
    say(request, Kind.DONE, "Your password is set. Log in with it.")
    return RedirectResponse(f"/login?tenant={user.slug}", 303)


@router.get("/forgot")
def ask(request: Request, tenant: str = "") -> Response:
    """Asks whose password is forgotten; `tenant` fills in the organisation."""
    session.csrf_token(request)
    return page(request, "forgot.html", slug=tenant, email="", problem="")


@router.post("/forgot")
def forgotten(
    request: Request,
    services: TheServices,
    slug: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    """Has a link mailed, if there is such a user; neither the answer nor its time tells whether there is."""
    slug, email = typed(slug).strip().lower(), typed(email).strip()
    if wait := services.forgot_throttle.wait((slug, email_key(email))):
        words = f"That was often enough. Wait {ceil(wait / 60)} minutes and try again."
        return page(request, "forgot.html", 429, slug=slug, email=email, problem=words)
    say(request, Kind.QUEUED, _ASKED)
    afterwards = BackgroundTask(_mail, services, slug, email_key(email))
    return RedirectResponse(f"/login?{urlencode({'tenant': slug})}", 303, background=afterwards)


def _mail(services: Services, slug: str, key: str) -> None:
    tenant_id, user_id, _ = find_user(services, slug, key)
    if user_id is not None:
        with services.database.tenant(tenant_id) as connection:
            password_letters.post(connection, tenant_id, user_id, by=None)


@router.post("/profile/password")
def change_own(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Changes the viewer's own password; their other sessions end."""
    with services.database.tenant(viewer.tenant_id) as connection:
        user = connection.execute(_USER, {"user_id": viewer.id}).one()
    who = (user.slug, email_key(user.email))
    if wait := services.log_in_throttle.wait(who):
        why = f"Too many tries. Wait {ceil(wait / 60)} minutes and try again."
    elif not verify(user.password_hash, old):
        why = "That is not your present password."
    else:
        services.log_in_throttle.forget(who)
        why = problem(new, user.email)
    if why:
        say(request, Kind.PROBLEM, f"Your password was not changed. {why}")
        return RedirectResponse(f"/people/{viewer.id}", 303)
    hashed, before = hash_password(new), user.password_hash
    with services.database.tenant(viewer.tenant_id) as connection:
        people.set_password(connection, viewer.tenant_id, viewer.id, password_hash=hashed, before=before, by=viewer.id)
    session.begin(request, viewer.tenant_id, viewer.id, hashed)
    say(request, Kind.DONE, "Your password is changed. You are logged out everywhere else.")
    return RedirectResponse(f"/people/{viewer.id}", 303)


def _page(request: Request, token: str, user: Row[Any], why: str = "") -> Response:
    values = {"token": token, "person": user, "problem": why, "shortest": SHORTEST}
    return page(request, "password.html", 422 if why else 200, **values)


def _read(services: Services, token: str) -> tuple[UUID, Row[Any]]:
    """The tenant and the user of a link that works; raises HTTPException (404) for any other."""
    named = password_letters.read(services.settings.address_keys, token)
    if named is None:
        raise HTTPException(404, _OLD)
    tenant_id, user_id, stamp = named
    with services.database.tenant(tenant_id) as connection:
        user = connection.execute(_USER, {"user_id": user_id}).first()
    if user is None or not password_letters.is_of(stamp, user.password_hash):
        raise HTTPException(404, _OLD)
    return tenant_id, user
