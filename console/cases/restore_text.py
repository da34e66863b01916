"""Restores text that was cut from the mail of an update, and removes it again."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from cases.updates import restore_text
from console.cases import queries
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.session import TheViewer

router = APIRouter()


@router.post("/cases/{case_id}/updates/{update_id}/cuts/{number}")
def put_back(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    case_id: UUID,
    update_id: UUID,
    number: int,
    undo: Annotated[bool, Form()] = False,
    before: Annotated[str, Form()] = "",
) -> Response:
    """Restores a cut in the text of an update, or removes it again (`undo`); `before` is the cursor of the open page of
    the case."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.check_update(connection, viewer, case_id, update_id)
        change = restore_text.undo if undo else restore_text.restore
        refusal = change(connection, update_id, number, viewer.id)
    done = "The text is as it was before." if undo else "The text is back in the update."
    say(request, Kind.PROBLEM if refusal else Kind.DONE, refusal.words if refusal else done)
    page = f"?before={quote(before)}" if before else ""
    return RedirectResponse(f"/cases/{case_id}{page}#u-{update_id}", 303)
