"""Mails as they came, byte for byte, for who reads the inbound log."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.files.links import Purpose
from console.services import Services, TheServices
from console.web.blob_responses import Served, serve
from console.web.pages import utc
from console.web.session import InboundReader, Viewer

router = APIRouter()

_RAW = text("select raw, raw_deleted_at, raw_deleted_by from mails where id = :mail_id")


def find(services: Services, viewer: Viewer, mail_id: UUID) -> Served:
    """The original of a mail, if the viewer reads the inbound log now; else 404, or 410 when it was deleted."""
    with services.database.tenant(viewer.tenant_id) as connection:
        mail = connection.execute(_RAW, {"mail_id": mail_id}).first()
    if mail is None or not viewer.reads_inbound:
        raise HTTPException(404, "There is no such mail.")
    if mail.raw_deleted_by:
        when = f" on {utc(mail.raw_deleted_at):%Y-%m-%d}" if mail.raw_deleted_at else ""
        raise HTTPException(410, f"The original was deleted{when} by {mail.raw_deleted_by}.")
    return Served(mail.raw, f"mail-{mail_id}.eml", "message/rfc822")


@router.get("/inbound/{mail_id}/original")
def original(request: Request, services: TheServices, viewer: InboundReader, mail_id: UUID) -> Response:
    """The mail as it came, byte for byte."""
    served = find(services, viewer, mail_id)
    if services.settings.console.files_url:
        return RedirectResponse(services.file_links.write(Purpose.ORIGINAL, viewer.tenant_id, mail_id, viewer.id), 303)
    return serve(request, services, served)
