"""Sends the originals of mails, byte for byte, to people who may read the inbound log."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.files.links import Purpose
from console.inbound import queries
from console.services import Services, TheServices
from console.web.blob_responses import Served, serve
from console.web.pages import utc
from console.web.session import InboundReader, Viewer

router = APIRouter()


def find(services: Services, viewer: Viewer, mail_id: UUID) -> Served:
    """Returns the original of a mail, ready to be sent.

    Raises HTTPException: 404 if the viewer may not read the inbound log now, or there is no such mail; 410 if the
    original was deleted.
    """
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = queries.original(connection, mail_id)
    if mail is None or not viewer.reads_inbound:
        raise HTTPException(404, "There is no such mail.")
    if mail.raw_deleted_by:
        when = f" on {utc(mail.raw_deleted_at):%Y-%m-%d}" if mail.raw_deleted_at else ""
        raise HTTPException(410, f"The original was deleted{when} by {mail.raw_deleted_by}.")
    return Served(mail.raw, f"mail-{mail_id}.eml", "message/rfc822")


@router.get("/inbound/{mail_id}/original")
def original(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """Sends the mail as it came in."""
    served = find(services, viewer, mail_id)
    if services.settings.console.files_url:
        return RedirectResponse(services.file_links.write(Purpose.ORIGINAL, viewer.tenant_id, mail_id, viewer.id), 303)
    return serve(request, services, served)
