"""Ends sessions of the viewer: one, or all except the present one. The profile lists them."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from console.guards import sessions
from console.services import TheServices
from console.web.messages import Kind, say
from console.web.session import TheViewer

router = APIRouter()


@router.post("/profile/sessions/others/end")
def end_others(request: Request, services: TheServices, viewer: TheViewer) -> Response:
    """Ends all sessions of the viewer except the present one."""
    assert viewer.session_id is not None
    with services.database.tenant(viewer.tenant_id) as connection:
        ended = sessions.end_others(connection, viewer.tenant_id, viewer.id, viewer.session_id)
    which = "1 other session has" if ended == 1 else f"{ended} other sessions have"
    say(request, Kind.DONE, f"{which} ended.")
    return RedirectResponse(f"/people/{viewer.id}", 303)


@router.post("/profile/sessions/{session_id}/end")
def end(request: Request, services: TheServices, viewer: TheViewer, session_id: UUID) -> Response:
    """Ends one session of the viewer."""
    with services.database.tenant(viewer.tenant_id) as connection:
        sessions.end(connection, viewer.tenant_id, viewer.id, session_id)
    say(request, Kind.DONE, "That session has ended.")
    return RedirectResponse(f"/people/{viewer.id}", 303)
