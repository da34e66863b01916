"""Sends files by signed link: from a mail, without a log-in, and on the host of files, which gets no cookies.

The user for whom the link was made must still be allowed to see the file. A link that has expired, or is opened where
another user is logged in, redirects to the page of the file, which needs a log-in.
"""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from cases.files.links import Grant, Purpose
from console.cases import files
from console.inbound import originals
from console.services import Services, TheServices
from console.web.blob_responses import Served, serve
from console.web.previews import preview_of
from console.web.session import Viewer, find_viewer

router = APIRouter()

_DEAD = "This link does not work, or not any more. Open the case and look there.\n"


def _file(services: Services, viewer: Viewer, file_id: UUID) -> Served:
    row = files.find(services, viewer, file_id)
    return Served(row.blob, row.name, row.content_type)


def _inline(services: Services, viewer: Viewer, file_id: UUID) -> Served:
    row = files.find(services, viewer, file_id)
    return Served(row.blob, row.name, row.content_type, inline=bool(preview_of(row.content_type)))


#: Finds the file of a link with the present rights of its user; raises HTTPException if the user may not see it.
_FIND: dict[Purpose, Callable[[Services, Viewer, UUID], Served]] = {
    Purpose.MAIL: _file,
    Purpose.DOWNLOAD: _file,
    Purpose.INLINE: _inline,
    Purpose.ORIGINAL: originals.find,
}


@router.get("/f/{purpose}/{token}")
def show(request: Request, services: TheServices, purpose: Purpose, token: str) -> Response:
    """Sends the file of a signed link."""
    grant = services.file_links.read(purpose, token)
    if grant is None:
        return PlainTextResponse(_DEAD, 404)
    if grant.expired or _is_another(request, grant):
        return RedirectResponse(services.settings.console.url + _page_of(purpose, grant.file_id), 303)
    viewer = find_viewer(services, grant.tenant_id, grant.user_id)
    if viewer is None:
        return PlainTextResponse(_DEAD, 404)
    try:
        return serve(request, services, _FIND[purpose](services, viewer, grant.file_id))
    except HTTPException as error:
        # plain text: the host of files has no pages
        return PlainTextResponse(_DEAD if error.status_code == 404 else f"{error.detail}\n", error.status_code)  # noqa: PLR2004


def _page_of(purpose: Purpose, file_id: UUID) -> str:
    return f"/inbound/{file_id}/original" if purpose is Purpose.ORIGINAL else f"/files/{file_id}"


def _is_another(request: Request, grant: Grant) -> bool:
    """Returns whether a user other than the link's user is logged in here; then that user's own rights count."""
    return str(request.session.get("user", grant.user_id)) != str(grant.user_id)
