"""Adding a file that was left out of an update, fetched from the original of its mail."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.updates.late_files import MAY_ADD
from console.cases import case_page
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.session import SEES_UPDATE, TheViewer

router = APIRouter()

_OF_CASE = text(f"""
select 1 from updates u where u.id = :update_id and u.case_id = :case_id and {SEES_UPDATE}
""")  # noqa: S608  # only a constant of ours is put in


@router.post("/cases/{case_id}/updates/{update_id}/left-out/{part}")
def add(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    case_id: UUID,
    update_id: UUID,
    part: int,
    before: Annotated[str, Form()] = "",
) -> Response:
    """Adds the file with this number; `before` is the cursor of the page of the case that is open."""
    if viewer.role not in MAY_ADD or services.offers.add_file is None:
        raise HTTPException(403, "Your role does not add files that were left out.")
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        if connection.execute(_OF_CASE, {"update_id": update_id, "case_id": case_id, **viewer.sees}).first() is None:
            raise HTTPException(404, "There is no such update, or it is not one of yours.")
    refusal = services.offers.add_file(viewer.tenant_id, update_id, part, viewer.id)
    if refusal:
        say(request, Kind.PROBLEM, f"Not added: {refusal}")
    else:
        say(request, Kind.DONE, "The file is with the update.")
    page = f"?before={quote(before)}" if before else ""
    return RedirectResponse(f"/cases/{case_id}{page}#u-{update_id}", 303)
