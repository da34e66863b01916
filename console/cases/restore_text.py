"""Putting back what was cut from the mail of an update, and taking it out again."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.updates import restore_text
from console.cases import case_page
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.session import SEES_UPDATE, TheViewer

router = APIRouter()

_OF_CASE = text(f"""
select 1 from updates u where u.id = :update_id and u.case_id = :case_id and {SEES_UPDATE}
""")  # noqa: S608  # only a constant of ours is put in


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
    """Puts a cut back into the text of an update, or takes it out again (`undo`); `before` is the cursor of the page of
    the case that is open."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        if connection.execute(_OF_CASE, {"update_id": update_id, "case_id": case_id, **viewer.sees}).first() is None:
            raise HTTPException(404, "There is no such update, or it is not one of yours.")
        change = restore_text.undo if undo else restore_text.restore
        refusal = change(connection, update_id, number, viewer.id)
    done = "The text is as it was before." if undo else "The text is back in the update."
    say(request, Kind.PROBLEM if refusal else Kind.DONE, refusal.words if refusal else done)
    page = f"?before={quote(before)}" if before else ""
    return RedirectResponse(f"/cases/{case_id}{page}#u-{update_id}", 303)
