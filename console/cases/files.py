"""The files of updates, for who is logged in and may see the update: downloads, previews, thumbnails.

Where files have a host of their own (`CASEMAIL_FILES_URL`), a download leads there by a signed link made for it.
Thumbnails are pictures of our own making, and part of the page.
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Row, text

from cases.files.links import Purpose
from console.services import Services, TheServices
from console.web.blob_responses import Served, serve
from console.web.pages import page
from console.web.previews import preview_of
from console.web.security import HEADERS
from console.web.session import MAY_SEE, SEES_UPDATE, TheViewer, Viewer

router = APIRouter()

_FILE = text(f"""
select f.id, f.name, f.content_type, f.size, f.blob, f.thumbnail, u.id as update_id, u.case_id, c.number as case_number
from update_files f join updates u on u.id = f.update_id join cases c on c.id = u.case_id
where f.id = :file_id and {MAY_SEE} and {SEES_UPDATE}
""")  # noqa: S608  # only constants of ours are put in


def find(services: Services, viewer: Viewer, file_id: UUID) -> Row[Any]:
    """The file, if the viewer may see its case and its update now; else 404, the same as for one that is not there."""
    with services.database.tenant(viewer.tenant_id) as connection:
        row = connection.execute(_FILE, {"file_id": file_id, **viewer.sees}).first()
    if row is None:
        raise HTTPException(404, "There is no such file, or it is not one of yours.")
    return row


@router.get("/files/{file_id}")
def show(request: Request, services: TheServices, viewer: TheViewer, file_id: UUID, inline: bool = False) -> Response:
    """A file of an update, to be saved; `inline` to be shown, where it is of a type that may be."""
    row = find(services, viewer, file_id)
    shown = inline and bool(preview_of(row.content_type))
    if services.settings.console.files_url:
        purpose = Purpose.INLINE if shown else Purpose.DOWNLOAD
        return RedirectResponse(services.file_links.write(purpose, viewer.tenant_id, file_id, viewer.id), 303)
    return serve(request, services, Served(row.blob, row.name, row.content_type, shown))


@router.get("/files/{file_id}/thumbnail")
def thumbnail(request: Request, services: TheServices, viewer: TheViewer, file_id: UUID) -> Response:
    """A small picture of a file that has one."""
    row = find(services, viewer, file_id)
    if row.thumbnail is None:
        raise HTTPException(404, "This file has no small picture.")
    return serve(request, services, Served(row.thumbnail, f"{row.name}.jpg", "image/jpeg", inline=True))


@router.get("/files/{file_id}/preview")
def preview(request: Request, services: TheServices, viewer: TheViewer, file_id: UUID) -> Response:
    """A page that shows a file, where it is of a type that may be shown."""
    row = find(services, viewer, file_id)
    kind = preview_of(row.content_type)
    if not kind:
        raise HTTPException(404, "This file can't be shown here. Download it instead.")
    apart = services.settings.console.files_url
    source = f"/files/{file_id}?inline=true"
    if apart:
        source = services.file_links.write(Purpose.INLINE, viewer.tenant_id, file_id, viewer.id)
    answer = page(request, "preview.html", file=row, kind=kind, source=source)
    sources = f"'self' {apart}".strip()
    policy = HEADERS["content-security-policy"].replace("img-src 'self'", f"img-src {sources}")
    answer.headers["content-security-policy"] = f"{policy}; media-src {sources}; frame-src {sources}"
    return answer
