"""The page of the link that confirms an email alias; the person who opens it need not be logged in.

Opening the link changes nothing, so that link scanners don't confirm addresses.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError

from cases.outgoing import alias_link
from cases.people import aliases
from console.services import Services, TheServices
from console.web import session
from console.web.pages import page

router = APIRouter()

_PATH = "/aliases/confirm"


@router.get(_PATH)
def show(request: Request, services: TheServices, token: str = "") -> Response:
    """Asks whether the address is to be confirmed."""
    session.csrf_token(request)
    return _page(request, services, token, *_read(services, token))


@router.post(_PATH)
def confirm(request: Request, services: TheServices, token: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Confirms the address, which is the user's alias from now on."""
    tenant_id, alias_id = _read(services, token)
    try:
        with services.database.tenant(tenant_id) as connection:
            confirmed = aliases.confirm(connection, tenant_id, alias_id)
    except IntegrityError:
        confirmed = False
    if not confirmed:
        return _page(request, services, token, tenant_id, alias_id, problem=aliases.TAKEN)
    return RedirectResponse(f"{_PATH}?token={token}", 303)


def _read(services: Services, token: str) -> tuple[UUID, UUID]:
    named = alias_link.read(services.settings.secrets.session_secret, token)
    if named is None:
        raise HTTPException(404, "This link is too old, or was cut in the email. Ask for a new one on your profile.")
    return named


def _page(
    request: Request, services: Services, token: str, tenant_id: UUID, alias_id: UUID, problem: str = ""
) -> Response:
    with services.database.tenant(tenant_id) as connection:
        alias = aliases.load(connection, alias_id)
    if alias is None:
        raise HTTPException(404, "This address was removed since. Add it again on your profile.")
    # confirming twice is no problem
    problem = "" if alias.confirmed_at else problem
    return page(request, "confirm_alias.html", 409 if problem else 200, alias=alias, token=token, problem=problem)
