"""Settings > API tokens: creates the tokens with which the tenant's own application uses the HTTP API, and revokes
them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from cases.people import api_tokens
from cases.people.api_tokens import SCOPES, Scope
from cases.refusal import Refusal
from console.services import Services, TheServices
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, Viewer
from schemas.tables import now

router = APIRouter()

#: For how many days a new token may be valid, with the words; 0: until it is revoked.
VALID = {90: "90 days", 365: "A year", 0: "Until it is revoked"}


@router.get("/settings/api-tokens")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the tokens, the newest first, and the form for a new one."""
    return _page(request, services, viewer)


@router.post("/settings/api-tokens")
def create(
    request: Request,
    services: TheServices,
    viewer: Admin,
    name: Annotated[str, Form(max_length=10_000)] = "",
    scope: Annotated[tuple[Scope, ...], Form()] = (),
    days: Annotated[int, Form(ge=0, le=3_650)] = 0,
) -> Response:
    """Creates a token and shows it, this once; or shows the form again with what is wrong."""
    typed = clear(form_text(name)).strip()
    until = now() + timedelta(days=days) if days else None
    with services.database.tenant(viewer.tenant_id) as connection:
        made = api_tokens.create(connection, viewer.tenant_id, typed, scope, by=viewer.id, expires_at=until)
    if isinstance(made, Refusal):
        return _page(request, services, viewer, name=typed, chosen=scope, days=days, problem=made.words)
    return _page(request, services, viewer, made=made)


@router.post("/settings/api-tokens/{token_id}/revoke")
def revoke(request: Request, services: TheServices, viewer: Admin, token_id: UUID) -> Response:
    """Revokes a token."""
    with services.database.tenant(viewer.tenant_id) as connection:
        revoked = api_tokens.revoke(connection, viewer.tenant_id, token_id, by=viewer.id)
    if revoked:
        say(request, Kind.DONE, "The token is revoked: it opens nothing any more.")
    else:
        say(request, Kind.NOTE, "That token was revoked already.")
    return RedirectResponse("/settings/api-tokens", 303)


def _page(
    request: Request,
    services: Services,
    viewer: Viewer,
    *,
    name: str = "",
    chosen: Collection[Scope] = (),
    days: int = 365,
    problem: str = "",
    made: str = "",
) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        tokens = api_tokens.of_tenant(connection)
    return page(
        request,
        "api_tokens.html",
        422 if problem else 200,
        tokens=tokens,
        scopes=SCOPES,
        valid=VALID,
        longest_name=api_tokens.LONGEST_NAME,
        name=name,
        chosen=chosen,
        days=days,
        problem=problem,
        made=made,
    )
