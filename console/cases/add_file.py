"""Adds a file that was left out of an update, fetched from the original of its mail."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.updates.left_out_files import MAY_ADD
from console.cases import queries
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.session import TheViewer

router = APIRouter()


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
    """Adds the file with the number `part`; `before` is the cursor of the open page of the case."""
    if viewer.role not in MAY_ADD or services.offers.add_file is None:
        raise HTTPException(403, "Your role does not add files that were left out.")
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.check_update(connection, viewer, case_id, update_id)
    refusal = services.offers.add_file(viewer.tenant_id, update_id, part, viewer.id)
    if refusal:
        say(request, Kind.PROBLEM, f"Not added: {refusal}")
    else:
        say(request, Kind.DONE, "The file is with the update.")
    page = f"?before={quote(before)}" if before else ""
    return RedirectResponse(f"/cases/{case_id}{page}#u-{update_id}", 303)
