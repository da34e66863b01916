"""Log in and log out."""

from math import ceil
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.directory import email_key
from console import session
from console.forms import typed
from console.pages import page
from console.passwords import verify
from console.security import local_path
from console.services import Services, TheServices

router = APIRouter()

_WRONG = "That organisation, email address and password do not belong together."
_NO_TENANT = UUID(int=0)

_TENANT = text("select id from tenants where slug = :slug and active")
_USER = text("select id, password_hash from users where email_key = :key and active")


@router.get("/login")
def show(request: Request, next: str = "", tenant: str = "") -> Response:  # noqa: A002  # the name in the link
    """The log-in page; `next` is where to go afterwards, `tenant` fills in the organisation."""
    if "user" in request.session:
        return RedirectResponse(local_path(next), 303)
    session.csrf_token(request)
    return page(request, "login.html", next=next, slug=tenant, email="", problem="")


@router.post("/login")
def log_in(
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
    wait = services.log_in_throttle.wait((slug, key))
    if wait:
        words = f"Too many tries. Wait {ceil(wait / 60)} minutes and try again."
        return page(request, "login.html", 429, next=next, slug=slug, email=email, problem=words)
    tenant_id, user_id, password_hash = find_user(services, slug, key)
    if not verify(password_hash, password) or user_id is None:
        return page(request, "login.html", 401, next=next, slug=slug, email=email, problem=_WRONG)
    services.log_in_throttle.forget((slug, key))
    session.begin(request, tenant_id, user_id, password_hash)
    return RedirectResponse(local_path(next), 303)


@router.post("/logout")
def log_out(request: Request) -> Response:
    """Ends the session."""
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
