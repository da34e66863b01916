"""Inbound messages: mails that are no answers to the update whose address they used, for a case worker to decide."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases import inbound_messages
from cases.posting import Posted
from console.pages import page
from console.services import Services, TheServices
from console.session import InboundReader, Viewer

router = APIRouter()

_GONE = "Somebody has decided on this message already, or there is none."
_CASE = text("select id from cases where number = :number")


@router.get("/messages")
def show(request: Request, services: TheServices, viewer: InboundReader) -> Response:
    """The messages that wait for a decision."""
    return _page(request, services, viewer)


@router.post("/messages/{mail_id}/move")
def move(
    request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID, number: Annotated[str, Form()] = ""
) -> Response:
    """Posts the message on the case of this number, as its author."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case_id = connection.execute(_CASE, {"number": number.strip()}).scalar()
        if case_id is not None:
            try:
                outcome = inbound_messages.move(connection, mail_id, case_id, viewer.id)
            except LookupError:
                raise HTTPException(404, _GONE) from None
    if case_id is None:
        return _page(request, services, viewer, mail_id, "There is no case of this number.")
    if not isinstance(outcome, Posted):
        return _page(request, services, viewer, mail_id, outcome.words)
    request.session["flash"] = "The message is an update of the case now."
    return RedirectResponse(f"/cases/{case_id}#u-{outcome.update_id}", 303)


@router.post("/messages/{mail_id}/close")
def close(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """Closes the message: nothing else happens to it."""
    with services.database.tenant(viewer.tenant_id) as connection:
        try:
            inbound_messages.close(connection, mail_id, viewer.id)
        except LookupError:
            raise HTTPException(404, _GONE) from None
    request.session["flash"] = "The message is closed. It stays in the inbound log."
    return RedirectResponse("/messages", 303)


def _page(
    request: Request, services: Services, viewer: Viewer, refused: UUID | None = None, problem: str = ""
) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        messages = inbound_messages.waiting(connection)
    return page(request, "messages.html", 422 if problem else 200, messages=messages, refused=refused, problem=problem)
