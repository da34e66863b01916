"""The files of updates for people who are logged in: downloads, previews, thumbnails.

If files have a separate host (`CASEMAIL_FILES_URL`), downloads redirect there with a signed link. Thumbnails do not:
they are made by casemail, and part of the page.
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Row

from cases.files.links import Purpose
from console.cases import queries
from console.services import Services, TheServices
from console.web.blob_responses import Served, serve
from console.web.pages import page
from console.web.previews import preview_of
from console.web.security import HEADERS
from console.web.session import TheViewer, Viewer

router = APIRouter()


def find(services: Services, viewer: Viewer, file_id: UUID) -> Row[Any]:
    """Returns the row of a file. Raises HTTPException (404) if the viewer may not see it now, or it does not exist."""
    with services.database.tenant(viewer.tenant_id) as connection:
        return queries.file(connection, viewer, file_id)


@router.get("/files/{file_id}")
def show(request: Request, services: TheServices, viewer: TheViewer, file_id: UUID, inline: bool = False) -> Response:
    """Sends a file to be saved; with `inline`, to be shown if its type allows that."""
    row = find(services, viewer, file_id)
    shown = inline and bool(preview_of(row.content_type))
    if services.settings.console.files_url:
        purpose = Purpose.INLINE if shown else Purpose.DOWNLOAD
        return RedirectResponse(services.file_links.write(purpose, viewer.tenant_id, file_id, viewer.id), 303)
    return serve(request, services, Served(row.blob, row.name, row.content_type, shown))


@router.get("/files/{file_id}/thumbnail")
def thumbnail(request: Request, services: TheServices, viewer: TheViewer, file_id: UUID) -> Response:
    """Sends the thumbnail of a file that has one."""
    row = find(services, viewer, file_id)
    if row.thumbnail is None:
        raise HTTPException(404, "This file has no small picture.")
    return serve(request, services, Served(row.thumbnail, f"{row.name}.jpg", "image/jpeg", inline=True))


@router.get("/files/{file_id}/preview")
def preview(request: Request, services: TheServices, viewer: TheViewer, file_id: UUID) -> Response:
    """Shows a file in a page, if its type allows that."""
    row = find(services, viewer, file_id)
    kind = preview_of(row.content_type)
    if not kind:
        raise HTTPException(404, "This file can't be shown here. Download it instead.")
    files_url = services.settings.console.files_url
    source = f"/files/{file_id}?inline=true"
    if files_url:
        source = services.file_links.write(Purpose.INLINE, viewer.tenant_id, file_id, viewer.id)
    answer = page(request, "preview.html", file=row, kind=kind, source=source)
    sources = f"'self' {files_url}".strip()
    policy = HEADERS["content-security-policy"].replace("img-src 'self'", f"img-src {sources}")
    answer.headers["content-security-policy"] = f"{policy}; media-src {sources}; frame-src {sources}"
    return answer
