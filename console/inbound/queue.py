"""Leads from one held mail to the next, in the order of the inbound log: the newest first."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import RedirectResponse, Response

from console.inbound import queries
from console.services import TheServices
from console.web.session import InboundReader
from schemas.reasons import Reason

router = APIRouter()

#: The reason for which the mails of a queue are held; empty for all held mails except inbound messages.
QueueReason = Annotated[Reason | Literal[""], Query(alias="reason")]


@router.get("/inbound/{mail_id}/next")
def go_on(services: TheServices, viewer: InboundReader, mail_id: UUID, reason: QueueReason = "") -> Response:
    """Redirects to the next held mail; from the last mail, to the list of mails that are still held."""
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = queries.place(connection, mail_id)
        if mail is None:
            raise HTTPException(404, "There is no such mail.")
        _, older = queries.neighbours(connection, mail, reason)
    query = f"?{urlencode({'reason': reason})}" if reason else ""
    left = f"/inbound?{urlencode({'state': 'held', **({'reason': reason} if reason else {})})}"
    return RedirectResponse(f"/inbound/{older}{query}" if older else left, 303)
