"""How a person sets their password: by a link that an admin makes and hands over, which works once, for a while; or
logged in, with the old one.

A link is bound to the password that was there when it was made: with a new one, it and all older ones are void.
"""

import hmac
from hashlib import sha256
from math import ceil
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Connection, Row, text

from cases import people
from cases.directory import email_key
from console import session
from console.pages import page
from console.passwords import SHORTEST, hash_password, problem, verify
from console.services import Services, TheServices
from console.session import TheViewer
from schemas.settings import Settings

router = APIRouter()

#: Seconds for which a link works.
VALID_SECONDS = 3 * 24 * 3600
_PATH = "/password"
_OLD = "This link is too old, was used, or is not whole. Ask an admin of your organisation for a new one."

_USER = text("""
select u.id, u.name, u.email, u.password_hash, t.slug, t.name as tenant_name
from users u join tenants t on t.id = u.tenant_id where u.id = :user_id and u.active and t.active
""")


def link(settings: Settings, connection: Connection, tenant_id: UUID, user_id: UUID) -> str:
    """The address by which an active user may set a password; empty for who is not active."""
    user = connection.execute(_USER, {"user_id": user_id}).first()
    if user is None:
        return ""
    token = _signer(settings).dumps([tenant_id.hex, user_id.hex, _stamp(user.password_hash)])
    return f"{settings.console_url}{_PATH}?token={token}"


@router.get(_PATH)
def show(request: Request, services: TheServices, token: str = "") -> Response:
    """Asks for the password. Opening the link does not use it up: what scans links opens them, too."""
    session.csrf_token(request)
    return _page(request, token, _read(services, token)[1])


@router.post(_PATH)
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
    request.session["flash"] = "Your password is set. Log in with it."
    return RedirectResponse(f"/login?tenant={user.slug}", 303)


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
        request.session["flash"] = f"Your password was not changed. {why}"
        return RedirectResponse(f"/people/{viewer.id}", 303)
    hashed, before = hash_password(new), user.password_hash
    with services.database.tenant(viewer.tenant_id) as connection:
        people.set_password(connection, viewer.tenant_id, viewer.id, password_hash=hashed, before=before, by=viewer.id)
    session.begin(request, viewer.tenant_id, viewer.id, hashed)
    request.session["flash"] = "Your password is changed. You are logged out everywhere else."
    return RedirectResponse(f"/people/{viewer.id}", 303)


def _page(request: Request, token: str, user: Row[Any], why: str = "") -> Response:
    values = {"token": token, "person": user, "problem": why, "shortest": SHORTEST}
    return page(request, "password.html", 422 if why else 200, **values)


def _read(services: Services, token: str) -> tuple[UUID, Row[Any]]:
    """The tenant and the user of a link that works; raises HTTPException (404) for any other."""
    try:
        tenant, user_id, stamp = _signer(services.settings).loads(token, max_age=VALID_SECONDS)
    except BadData:
        raise HTTPException(404, _OLD) from None
    tenant_id = UUID(hex=tenant)
    with services.database.tenant(tenant_id) as connection:
        user = connection.execute(_USER, {"user_id": UUID(hex=user_id)}).first()
    if user is None or not hmac.compare_digest(_stamp(user.password_hash), stamp):
        raise HTTPException(404, _OLD)
    return tenant_id, user


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.session_secret.get_secret_value(), salt="password link")


def _stamp(password_hash: str) -> str:
    return sha256(b"password link" + password_hash.encode()).hexdigest()[:32]
